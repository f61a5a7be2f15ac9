//! A stranger tries to settle a history that it made up: real contracts on a real Ethereum, and
//! honest proofs. The validators of the appchain have signed nothing of it.

use alloy::{
    network::TransactionBuilder,
    primitives::{Address, Bytes, B256, U256},
    providers::{DynProvider, Provider, ProviderBuilder},
    rpc::types::TransactionRequest,
    sol_types::{SolCall, SolValue},
    transports::http::reqwest::Url,
};
use pallet_relayer::abi::{refusal, Refusal};
use serde_json::Value;
use zkfusion_contracts::{
    IBeefyOrder::IBeefyOrderErrors as Order,
    ISettlement::{appStateCall, registerCall, settleCall, AppConfig},
    MerklePath, MmrLeaf, OrderEvidence, SettlementStatement,
};
use zkfusion_tests::{anvil::Anvil, build, contracts::Contracts};

/// The stranger, with an account on Ethereum.
struct Stranger {
    provider: DynProvider,
    account: Address,
    settlement: Address,
}

impl Stranger {
    /// Sends a call to the Settlement contract and returns whether it had its effect.
    async fn send(&self, call: impl SolCall) -> bool {
        let transaction = self.transaction(call).with_gas_limit(3_000_000);
        let pending = self.provider.send_transaction(transaction).await.unwrap();
        pending.get_receipt().await.unwrap().status()
    }

    /// Returns why the contract would refuse a call.
    async fn refusal(&self, call: impl SolCall) -> Refusal {
        let error = self.provider.call(self.transaction(call)).await;
        let error = error.expect_err("the call is refused");
        let payload = error.as_error_resp().expect("the node answers");
        let data: Bytes = payload.try_data_as().expect("it reverts").expect("with data");
        refusal(&data).expect("with an error of the contracts")
    }

    /// Returns the state of an app.
    async fn state(&self, key: B256) -> Bytes {
        let call = appStateCall { key };
        self.provider.call(self.transaction(call)).await.unwrap()
    }

    fn transaction(&self, call: impl SolCall) -> TransactionRequest {
        TransactionRequest::default()
            .with_from(self.account)
            .with_to(self.settlement)
            .with_input(call.abi_encode())
    }
}

/// Returns the statement and the proof of an honest settlement of a history that nobody ordered.
fn invented() -> (SettlementStatement, Bytes) {
    let path = build::repository().join("contracts/test/fixtures/proofs.json");
    let fixtures: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let bytes = |field: &str| -> Vec<u8> {
        let digits = fixtures["proofs"][0][field].as_str().unwrap();
        hex::decode(digits.trim_start_matches("0x")).unwrap()
    };
    let statement = SettlementStatement::abi_decode(&bytes("statement")).unwrap();
    (statement, bytes("proof").into())
}

/// Returns evidence of an order head that the stranger invents too, under the root in a slot.
fn made_up_evidence(root_slot: u64) -> Bytes {
    let path = || MerklePath {
        siblings: vec![],
        order: U256::ZERO,
    };
    let evidence = OrderEvidence {
        rootSlot: U256::from(root_slot),
        headPath: path(),
        leaf: MmrLeaf {
            version: 0,
            parentNumber: 7,
            parentHash: B256::ZERO,
            nextSetId: 1,
            nextSetLength: 1,
            nextSetRoot: B256::ZERO,
            orderRoot: B256::repeat_byte(9),
        },
        leafPath: path(),
    };
    evidence.abi_encode().into()
}

#[tokio::test(flavor = "multi_thread")]
async fn invented_history_is_refused_though_its_proof_is_honest() {
    let folder = tempfile::tempdir().unwrap();
    let artifacts = tokio::task::spawn_blocking(build::contracts)
        .await
        .unwrap()
        .unwrap();
    let anvil = Anvil::start(folder.path(), 0, false).await.unwrap();
    let contracts = Contracts::deploy(&anvil.http(), &artifacts).await.unwrap();
    let url = anvil.http().parse::<Url>().unwrap();
    let provider = ProviderBuilder::new().connect_http(url).erased();
    let account = provider.get_accounts().await.unwrap()[1];
    let stranger = Stranger {
        provider,
        account,
        settlement: contracts.settlement,
    };

    let (statement, proof) = invented();
    let config = AppConfig {
        genesisHash: statement.genesisHash,
        appId: statement.appId,
        programId: statement.programId,
        order: contracts.order,
        verifier: contracts.verifier,
        upgrader: Address::ZERO,
    };
    let register = registerCall {
        config: config.clone(),
    };
    assert!(stranger.send(register).await, "anybody may register");
    let key = alloy::primitives::keccak256(config.abi_encode());
    let before = stranger.state(key).await;

    let settle = |evidence: Bytes| settleCall {
        config: config.clone(),
        statement: statement.clone(),
        seeds: vec![statement.vrfSeed],
        proof: proof.clone(),
        evidence,
    };
    let order_root = stranger.refusal(settle(made_up_evidence(0))).await;
    assert!(
        matches!(order_root, Refusal::Order(Order::OrderRootMismatch(_))),
        "{order_root}"
    );
    assert!(!stranger.send(settle(made_up_evidence(0))).await);
    assert!(!stranger.send(settle(Bytes::new())).await);
    assert_eq!(stranger.state(key).await, before, "nothing has changed");
}
