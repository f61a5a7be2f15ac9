//! What a transaction with a proof passes, so that proofs come through full blocks and nothing else
//! does in their name.

use crate::{
    pallet::{Call, Config, Pallet},
    traits::WrongProofs,
    weights::WeightInfo,
};
use alloc::vec;
use codec::{Decode, DecodeWithMemTracking, Encode};
use core::{fmt, marker::PhantomData};
use frame_support::{
    dispatch::{DispatchClass, DispatchInfo, PostDispatchInfo},
    traits::{Get, IsSubType, OriginTrait},
    weights::Weight,
};
use pallet_sequencer::NotProvable;
use scale_info::TypeInfo;
use sp_runtime::{
    traits::{DispatchInfoOf, Dispatchable, PostDispatchInfoOf, TransactionExtension, ValidateResult},
    transaction_validity::{
        InvalidTransaction, TransactionSource, TransactionValidityError, ValidTransaction,
    },
    DispatchResult,
};

type CallOf<T> = <T as frame_system::Config>::RuntimeCall;
type OriginOf<T> = <CallOf<T> as Dispatchable>::RuntimeOrigin;

/// The priority of a proof in the pool: the highest, so that no tip goes before it.
const PRIORITY: u64 = u64::MAX;

/// Lets proofs through.
///
/// The pool takes proofs before other transactions, and a block holds room that others leave to
/// them: [`Config::RoomForProofs`]. Nobody has this for the price of a usual transaction:
///
/// - A proof comes into pool and block only when it is of a batch that can be proved now, and its
///   statement is the one that the chain expects. So a second proof of a batch costs nothing.
/// - Who sends a wrong one pays [`Config::WrongProofs`] in addition to the fee, and must be able
///   to.
/// - The pool holds one proof of a batch from an account, so that one that can pay for one wrong
///   proof does not fill it with many.
/// - A proof within another call, a batch of calls for example, is a usual transaction.
///
/// It has to come after `CheckWeight` in the list of extensions, which counts the transaction.
#[derive(Clone, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
#[scale_info(skip_type_params(T))]
pub struct CheckProofs<T>(PhantomData<T>);

impl<T> CheckProofs<T> {
    /// Returns the extension, which says nothing.
    pub fn new() -> Self {
        Self(PhantomData)
    }
}

impl<T> Default for CheckProofs<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> fmt::Debug for CheckProofs<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CheckProofs")
    }
}

impl<T> TransactionExtension<CallOf<T>> for CheckProofs<T>
where
    T: Config + Send + Sync,
    CallOf<T>: Dispatchable<Info = DispatchInfo, PostInfo = PostDispatchInfo> + IsSubType<Call<T>>,
    OriginOf<T>: OriginTrait<AccountId = T::AccountId> + Clone,
{
    const IDENTIFIER: &'static str = "CheckProofs";
    type Implicit = ();
    /// Who pays if the proof is wrong.
    type Val = Option<T::AccountId>;
    type Pre = Option<T::AccountId>;

    fn weight(&self, call: &CallOf<T>) -> Weight {
        match call.is_sub_type() {
            Some(Call::submit_proof { .. }) => <T as Config>::WeightInfo::check_proofs(),
            _ => Weight::zero(),
        }
    }

    fn validate(
        &self,
        origin: OriginOf<T>,
        call: &CallOf<T>,
        info: &DispatchInfoOf<CallOf<T>>,
        len: usize,
        (): (),
        _inherited_implication: &impl Encode,
        _source: TransactionSource,
    ) -> ValidateResult<Self::Val, CallOf<T>> {
        let Some(sender) = origin.as_signer().cloned() else {
            return Ok((ValidTransaction::default(), None, origin));
        };
        let Some(Call::submit_proof {
            app,
            batch,
            statement,
            ..
        }) = call.is_sub_type()
        else {
            if info.class == DispatchClass::Normal && never_fits::<T>(len) {
                return Err(InvalidTransaction::ExhaustsResources.into());
            }
            return Ok((ValidTransaction::default(), None, origin));
        };
        let provable = pallet_sequencer::Pallet::<T>::provable(*app, *batch).map_err(invalid)?;
        Pallet::<T>::check_statement(&provable, statement).map_err(|_| InvalidTransaction::BadProof)?;
        if !T::WrongProofs::can_pay(&sender) {
            return Err(InvalidTransaction::Payment.into());
        }
        let first = ValidTransaction {
            priority: PRIORITY,
            provides: vec![("proof", &sender, app, batch).encode()],
            ..ValidTransaction::default()
        };
        Ok((first, Some(sender), origin))
    }

    fn prepare(
        self,
        payer: Self::Val,
        _origin: &OriginOf<T>,
        _call: &CallOf<T>,
        info: &DispatchInfoOf<CallOf<T>>,
        _len: usize,
    ) -> Result<Self::Pre, TransactionValidityError> {
        if payer.is_none() && info.class == DispatchClass::Normal && takes_room::<T>() {
            return Err(InvalidTransaction::ExhaustsResources.into());
        }
        Ok(payer)
    }

    fn post_dispatch_details(
        payer: Self::Pre,
        _info: &DispatchInfoOf<CallOf<T>>,
        _post_info: &PostDispatchInfoOf<CallOf<T>>,
        _len: usize,
        result: &DispatchResult,
    ) -> Result<Weight, TransactionValidityError> {
        // Whatever it was, who checks a proof before sending it, as the worker does, knew.
        if let (Some(payer), Err(_)) = (payer, result) {
            T::WrongProofs::pay(&payer);
        }
        Ok(Weight::zero())
    }
}

/// Returns whether the transactions of the block so far, this one included, take room that is for
/// proofs.
fn takes_room<T: Config>() -> bool {
    let class = DispatchClass::Normal;
    let (weight, bytes) = T::RoomForProofs::get();
    let most_weight = <T as frame_system::Config>::BlockWeights::get()
        .get(class)
        .max_total;
    let most_bytes = *<T as frame_system::Config>::BlockLength::get().max.get(class);
    let taken = *frame_system::BlockWeight::<T>::get().get(class);
    let taken_bytes = frame_system::Pallet::<T>::block_size();
    most_weight.is_some_and(|most| taken.any_gt(most.saturating_sub(weight)))
        || taken_bytes > most_bytes.saturating_sub(bytes)
}

/// Returns whether a transaction without a proof is longer than a block could ever take. The pool
/// would keep it for ever. A block's header and inherents need a part of the bytes: as many are
/// left to them as to proofs.
fn never_fits<T: Config>(len: usize) -> bool {
    let (_, bytes) = T::RoomForProofs::get();
    let most = *<T as frame_system::Config>::BlockLength::get()
        .max
        .get(DispatchClass::Normal);
    len > most.saturating_sub(bytes.saturating_mul(2)) as usize
}

/// Returns why the proof of such a batch does not come in. Some of it passes.
fn invalid(reason: NotProvable) -> InvalidTransaction {
    match reason {
        NotProvable::AlreadyVerified => InvalidTransaction::Stale,
        NotProvable::UnknownApp => InvalidTransaction::Call,
        NotProvable::NotSealed | NotProvable::SeedPending | NotProvable::OutOfOrder => {
            InvalidTransaction::Future
        }
        NotProvable::BlockFull => InvalidTransaction::ExhaustsResources,
    }
}
