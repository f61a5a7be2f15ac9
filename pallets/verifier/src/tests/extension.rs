//! What transactions with proofs pass.

use crate::{mock::*, CheckProofs};
use frame_support::{
    assert_ok,
    dispatch::{DispatchClass, DispatchInfo, GetDispatchInfo, PostDispatchInfo},
    weights::Weight,
};
use sp_core::crypto::AccountId32;
use sp_runtime::{
    traits::{DispatchTransaction, TransactionExtension, TxBaseImplication},
    transaction_validity::{InvalidTransaction, TransactionSource, ValidTransaction},
    DispatchErrorWithPostInfo,
};

const PROVER: AccountId32 = AccountId32::new([9; 32]);

/// Gives the prover something.
fn endow(funds: u64) {
    Funds::mutate(|all| all.insert(PROVER, funds));
}

fn funds() -> u64 {
    Funds::get().get(&PROVER).copied().unwrap_or_default()
}

fn valid(call: &RuntimeCall) -> Result<ValidTransaction, InvalidTransaction> {
    let validated = CheckProofs::<Test>::new().validate(
        RuntimeOrigin::signed(PROVER),
        call,
        &call.get_dispatch_info(),
        0,
        (),
        &TxBaseImplication(()),
        TransactionSource::External,
    );
    match validated {
        Ok((valid, _, _)) => Ok(valid),
        Err(error) => Err(match error {
            sp_runtime::transaction_validity::TransactionValidityError::Invalid(reason) => reason,
            other => panic!("{other:?}"),
        }),
    }
}

/// Includes a transaction, as a block does.
fn include(
    call: RuntimeCall,
) -> Result<
    Result<PostDispatchInfo, DispatchErrorWithPostInfo<PostDispatchInfo>>,
    sp_runtime::transaction_validity::TransactionValidityError,
> {
    let info = call.get_dispatch_info();
    CheckProofs::<Test>::new().dispatch_transaction(RuntimeOrigin::signed(PROVER), call, &info, 0, 0)
}

fn remark() -> RuntimeCall {
    frame_system::Call::remark { remark: vec![] }.into()
}

/// Makes the block look as if its transactions had this weight and length.
fn fill(weight: u64, bytes: u32) {
    frame_system::BlockWeight::<Test>::mutate(|all| {
        *all = Default::default();
        all.accrue(Weight::from_parts(weight, 0), DispatchClass::Normal);
    });
    frame_system::BlockSize::<Test>::put(bytes);
}

#[test]
fn proof_should_come_first_and_others_as_they_are() {
    new_test_ext().execute_with(|| {
        let app = app_with_batch();
        endow(FINE);
        let proof: RuntimeCall = Submission::next(app).call().into();
        let first = valid(&proof).expect("it is good");
        assert_eq!(first.priority, u64::MAX);
        assert_eq!(valid(&remark()), Ok(ValidTransaction::default()));
        assert_ok!(include(proof).expect("it comes in"));
        assert_eq!(funds(), FINE);
    });
}

#[test]
fn pool_should_hold_one_proof_of_a_batch_from_an_account() {
    new_test_ext().execute_with(|| {
        let app = app_with_batch();
        endow(FINE);
        let good = Submission::next(app);
        let mut wrong = good.clone();
        wrong.proof[0] ^= 1;
        let tags = |submission: Submission| valid(&submission.call().into()).map(|valid| valid.provides);
        assert_eq!(tags(good.clone()), tags(wrong));
        assert_eq!(tags(good).map(|tags| tags.len()), Ok(1));
    });
}

#[test]
fn transaction_should_stay_out_of_the_pool_when_no_block_could_take_its_length() {
    new_test_ext().execute_with(|| {
        let lengths = <<Test as frame_system::Config>::BlockLength as frame_support::traits::Get<
            frame_system::limits::BlockLength,
        >>::get();
        let most = *lengths.max.get(DispatchClass::Normal) as usize - 2 * 1_000;
        let tried = |len| {
            CheckProofs::<Test>::new().validate(
                RuntimeOrigin::signed(PROVER),
                &remark(),
                &remark().get_dispatch_info(),
                len,
                (),
                &TxBaseImplication(()),
                TransactionSource::External,
            )
        };
        assert!(tried(most).is_ok());
        assert!(tried(most + 1).is_err());
    });
}

#[test]
fn proof_should_stay_out_when_it_cannot_be_of_any_use() {
    new_test_ext().execute_with(|| {
        let app = app_with_batch();
        endow(FINE);
        let good = Submission::next(app);
        let stays_out = |submission: &Submission, reason| {
            let call: RuntimeCall = submission.clone().call().into();
            assert_eq!(valid(&call), Err(reason));
            assert!(include(call).is_err());
            assert_eq!(funds(), FINE);
        };
        let with = |change: fn(&mut Submission)| {
            let mut other = good.clone();
            change(&mut other);
            other
        };
        stays_out(&with(|it| it.app += 1), InvalidTransaction::Call);
        stays_out(&with(|it| it.batch += 9), InvalidTransaction::Future);
        stays_out(
            &with(|it| it.statement.vrf_seed[0] ^= 1),
            InvalidTransaction::BadProof,
        );
        endow(FINE - 1);
        let call: RuntimeCall = good.clone().call().into();
        assert_eq!(valid(&call), Err(InvalidTransaction::Payment));
        endow(FINE);
        assert_ok!(include(call).expect("it comes in"));
        stays_out(&good, InvalidTransaction::Stale);
    });
}

#[test]
fn wrong_proof_should_cost_its_sender() {
    new_test_ext().execute_with(|| {
        let app = app_with_batch();
        let wrong: [fn(&mut Submission); 4] = [
            |it| it.proof[0] ^= 1,
            |it| it.proof = vec![],
            |it| it.k += 1,
            |it| it.effects.outbox = vec![],
        ];
        for change in wrong {
            endow(3 * FINE);
            let mut submission = Submission::next(app);
            change(&mut submission);
            let included = include(submission.call().into()).expect("it comes in");
            assert!(included.is_err());
            assert_eq!(funds(), 2 * FINE);
        }
        assert_ok!(include(Submission::next(app).call().into()).expect("it comes in"));
        assert_eq!(funds(), 2 * FINE);
    });
}

#[test]
fn room_should_be_left_to_proofs_in_a_full_block() {
    new_test_ext().execute_with(|| {
        let app = app_with_batch();
        endow(FINE);
        let class = DispatchClass::Normal;
        let limits = <<Test as frame_system::Config>::BlockWeights as frame_support::traits::Get<
            frame_system::limits::BlockWeights,
        >>::get();
        let most = limits.get(class).max_total.expect("there is a limit").ref_time();
        let lengths = <<Test as frame_system::Config>::BlockLength as frame_support::traits::Get<
            frame_system::limits::BlockLength,
        >>::get();
        let bytes = *lengths.max.get(class);
        for (weight, length, fits) in [
            (most - 1_000, bytes - 1_000, true),
            (most - 999, 0, false),
            (0, bytes - 999, false),
        ] {
            fill(weight, length);
            assert_eq!(include(remark()).is_ok(), fits, "{weight} {length}");
        }
        fill(most, bytes);
        // Calls of other classes have limits of their own.
        let info = DispatchInfo {
            class: DispatchClass::Operational,
            ..remark().get_dispatch_info()
        };
        let operational = CheckProofs::<Test>::new().dispatch_transaction(
            RuntimeOrigin::signed(PROVER),
            remark(),
            &info,
            0,
            0,
        );
        assert!(operational.is_ok());
        assert_ok!(include(Submission::next(app).call().into()).expect("it comes in"));
    });
}
