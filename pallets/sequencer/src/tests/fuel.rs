use super::completion::{complete, PROVER};
use crate::{mock::*, Error, Messages, Senders};
use frame_support::{assert_noop, assert_ok, dispatch::DispatchResultWithPostInfo};
use sp_runtime::Perbill;
use zkfusion_primitives::price::unit_price;

/// The units of an empty message: its share of a batch.
const SHARE: u64 = BUDGET / MAX_MESSAGES as u64;
/// The units of an empty message that costs a batch more than its share.
const LARGE: u64 = MAX_FUEL + 500;

fn submit_from(sender: u8, app: u32, fuel: u64, max_fee: u128) -> DispatchResultWithPostInfo {
    Sequencer::submit(RuntimeOrigin::signed(account(sender)), app, vec![], fuel, max_fee)
}

fn balance(n: u8) -> u128 {
    Balances::free_balance(account(n))
}

/// Fills the batch of an app with messages of account 2 and gives it its seed.
fn seal(app: u32) {
    (0..MAX_MESSAGES).for_each(|_| {
        submit_from(2, app, 1, FUNDS).expect("the message is good");
    });
    go_to(System::block_number() + 2);
}

#[test]
fn message_should_pay_for_its_fuel_or_for_its_share_of_a_batch() {
    execute(|| {
        let app = register();
        assert_ok!(submit_from(2, app, MAX_FUEL, FUNDS));
        assert_eq!(balance(2), FUNDS - LOWEST_PRICE * u128::from(LARGE));
        assert_eq!(inbox(app).backlog, LARGE);

        let app = register();
        assert_ok!(submit_from(3, app, 1, FUNDS));
        assert_eq!(balance(3), FUNDS - LOWEST_PRICE * u128::from(SHARE));
        assert_eq!(inbox(app).backlog, SHARE);
    });
}

#[test]
fn price_should_follow_what_waits_of_the_app() {
    execute(|| {
        let (app, other) = (register(), register());
        seal(app);
        let backlog = u64::from(MAX_MESSAGES) * SHARE;
        assert_eq!(Sequencer::price(app), unit_price(LOWEST_PRICE, backlog));
        assert!(Sequencer::price(app) > LOWEST_PRICE);
        assert_eq!(Sequencer::price(other), LOWEST_PRICE);
        complete(app);
        assert_eq!(Sequencer::price(app), LOWEST_PRICE);
    });
}

#[test]
fn message_should_be_refused_when_its_fuel_costs_more_than_allowed() {
    execute(|| {
        let app = register();
        let fee = LOWEST_PRICE * u128::from(SHARE);
        assert_noop!(submit_from(2, app, 1, fee - 1), Error::<Test>::FuelTooExpensive);
        assert_ok!(submit_from(2, app, 1, fee));
        // The price went up with the first message.
        assert_noop!(submit_from(2, app, 1, fee), Error::<Test>::FuelTooExpensive);
    });
}

#[test]
fn message_should_be_refused_when_its_sender_cannot_pay() {
    execute(|| {
        let app = register();
        let fee = LOWEST_PRICE * u128::from(SHARE);
        let poor = account(50);
        let give = |amount| Balances::force_set_balance(RuntimeOrigin::root(), poor.clone(), amount);
        assert_noop!(submit_from(50, app, 1, FUNDS), Error::<Test>::CannotPayFuel);
        // The account must keep what an account has to have.
        assert_ok!(give(fee));
        assert_noop!(submit_from(50, app, 1, FUNDS), Error::<Test>::CannotPayFuel);
        assert_ok!(give(fee + 1));
        assert_ok!(submit_from(50, app, 1, FUNDS));
        assert_eq!(balance(50), 1);
    });
}

#[test]
fn rest_should_be_returned_and_prover_and_treasury_be_paid_when_a_batch_is_proved() {
    execute(|| {
        let app = register();
        let issued = Balances::total_issuance();
        let mut prices = Vec::new();
        for sender in [2, 3] {
            prices.push(Sequencer::price(app));
            assert_ok!(submit_from(sender, app, MAX_FUEL, FUNDS));
        }
        go_to(System::block_number() + MAX_AGE + 2);
        let batch = Sequencer::provable(app, 0).expect("the batch is provable");
        let ok = zkfusion_primitives::status::MessageStatus::Ok;
        // One uses more than its share, one less.
        Sequencer::complete(&batch, [(ok, 700), (ok, 1)].into_iter(), &account(PROVER));

        let charged = [
            prices[0] * u128::from(700 + 500u64),
            prices[1] * u128::from(SHARE),
        ];
        assert_eq!(balance(2), FUNDS - charged[0]);
        assert_eq!(balance(3), FUNDS - charged[1]);
        let total = charged[0] + charged[1];
        let earned = Perbill::from_percent(80).mul_floor(total);
        assert_eq!(balance(PROVER), FUNDS + earned);
        assert_eq!(balance(TREASURY), total - earned);
        assert_eq!(Balances::total_issuance(), issued);
        assert_eq!(Senders::<Test>::iter().count(), 0);
    });
}

#[test]
fn everything_should_be_returned_when_a_batch_is_voided() {
    execute(|| {
        let app = register();
        let issued = Balances::total_issuance();
        seal(app);
        assert!(balance(2) < FUNDS);
        let batch = Sequencer::provable(app, 0).expect("the batch is provable");
        Sequencer::void(&batch);
        assert_eq!(balance(2), FUNDS);
        assert_eq!((balance(PROVER), balance(TREASURY)), (FUNDS, 0));
        assert_eq!(Balances::total_issuance(), issued);
        assert_eq!(inbox(app).backlog, 0);
    });
}

#[test]
fn message_should_be_charged_the_price_at_which_it_came_in() {
    execute(|| {
        let app = register();
        seal(app);
        let prices: Vec<_> = Messages::<Test>::iter_prefix(app)
            .map(|(_, waiting)| waiting.price)
            .collect();
        // A second batch raises the price of the next message, not of those before.
        let before = balance(2);
        submit(app, MAX_FUEL);
        let paid_later = before - balance(2);
        complete(app);
        let charged: u128 = prices.iter().map(|price| price * u128::from(SHARE)).sum();
        assert_eq!(balance(2), FUNDS - charged - paid_later);
    });
}

#[test]
fn sender_should_have_no_more_than_its_share_of_an_inbox() {
    execute(|| {
        let (app, other) = (register(), register());
        (0..MAX_OF_SENDER).for_each(|_| {
            assert_ok!(submit_from(2, app, 1, FUNDS));
        });
        assert_noop!(submit_from(2, app, 1, FUNDS), Error::<Test>::TooManyOfSender);
        assert_ok!(submit_from(3, app, 1, FUNDS));
        assert_ok!(submit_from(2, other, 1, FUNDS));
        go_to(System::block_number() + 2);
        complete(app);
        assert_ok!(submit_from(2, app, 1, FUNDS));
    });
}
