//! Deploying the contracts.

use alloy::{
    network::{Ethereum, TransactionBuilder},
    primitives::{address, keccak256, Address, Bytes, B256, U256},
    providers::{DynProvider, Provider, ProviderBuilder},
    rpc::types::TransactionRequest,
    transports::http::reqwest::Url,
};
use serde_json::Value;
use std::path::Path;

use crate::{Failure, Result};

/// The Ethereum address of a validator: that of its key for BEEFY.
pub type Validator = Address;

/// The address of //Alice, who is the only validator of the development chain.
const ALICE: Validator = address!("e04cc55ebee1cbce552f250e85c57b70b2e2625b");

/// The deployed contracts.
#[derive(Clone, Copy, Debug)]
pub struct Contracts {
    /// Address of `Settlement`.
    pub settlement: Address,
    /// Address of `BeefyOrder`.
    pub order: Address,
    /// Address of `SettlementProofVerifier`.
    pub verifier: Address,
    /// Bytes of the generated verifier's code, which Ethereum limits.
    pub verifier_code_bytes: usize,
}

impl Contracts {
    /// Deploys the contracts that `artifacts` holds for the development chain, whose only validator
    /// is Alice, paid by the first account of a development Ethereum.
    ///
    /// # Errors
    ///
    /// When Ethereum refuses one.
    pub async fn deploy(l1: &str, artifacts: &Path) -> Result<Self> {
        Self::deploy_for(l1, artifacts, &[ALICE]).await
    }

    /// As [`deploy`](Self::deploy), for a chain whose first two sessions have these validators, in
    /// the chain's order.
    ///
    /// # Errors
    ///
    /// As [`deploy`](Self::deploy).
    pub async fn deploy_for(l1: &str, artifacts: &Path, validators: &[Validator]) -> Result<Self> {
        let url = l1.parse::<Url>().map_err(|error| Failure::of(l1, error))?;
        let provider = ProviderBuilder::new().connect_http(url).erased();
        let accounts = provider
            .get_accounts()
            .await
            .map_err(|error| Failure::of(l1, error))?;
        let deployer = *accounts
            .first()
            .ok_or_else(|| Failure(format!("{l1} has no development accounts")))?;
        let deployment = Deployment {
            provider: &provider,
            deployer,
            artifacts,
        };
        let halo2 = deployment.create("InsecureHalo2Verifier", &[]).await?;
        let halo2_word = B256::left_padding_from(halo2.as_slice());
        let verifier = deployment
            .create("SettlementProofVerifier", &[halo2_word])
            .await?;
        let order = deployment.create("BeefyOrder", &first_sets(validators)).await?;
        let settlement = deployment.create("Settlement", &[]).await?;
        let code = provider
            .get_code_at(halo2)
            .await
            .map_err(|error| Failure::of(l1, error))?;
        Ok(Self {
            settlement,
            order,
            verifier,
            verifier_code_bytes: code.len(),
        })
    }
}

/// Returns the first two sets of a chain, which have the same validators, as the words of two
/// `AuthoritySet`s: id, length, and root of the keccak tree over their addresses.
fn first_sets(validators: &[Validator]) -> [B256; 6] {
    let word = |number: usize| B256::from(U256::from(number));
    let (length, root) = (word(validators.len()), root(validators));
    [word(0), length, root, word(1), length, root]
}

/// Returns the root of the keccak tree over addresses; zero if there are none. The last node of an
/// odd row moves up.
fn root(validators: &[Validator]) -> B256 {
    let mut row: Vec<B256> = validators.iter().map(keccak256).collect();
    while row.len() > 1 {
        let parent = |children: &[B256]| match children {
            [single] => *single,
            pair => keccak256(pair.concat()),
        };
        row = row.chunks(2).map(parent).collect();
    }
    row.first().copied().unwrap_or_default()
}

struct Deployment<'a> {
    provider: &'a DynProvider<Ethereum>,
    deployer: Address,
    artifacts: &'a Path,
}

impl Deployment<'_> {
    /// Deploys a contract whose constructor takes these words.
    async fn create(&self, name: &str, arguments: &[B256]) -> Result<Address> {
        let failed = |error: &dyn std::fmt::Display| Failure::of(format!("deploying {name}"), error);
        let path = self.artifacts.join(format!("{name}.sol/{name}.json"));
        let artifact = std::fs::read_to_string(&path).map_err(|error| Failure::of(path.display(), error))?;
        let artifact: Value = serde_json::from_str(&artifact).map_err(|e| failed(&e))?;
        let code = artifact["bytecode"]["object"].as_str().unwrap_or_default();
        let mut code = hex::decode(code.trim_start_matches("0x")).map_err(|e| failed(&e))?;
        code.extend(arguments.iter().flatten());
        let transaction = TransactionRequest::default()
            .with_from(self.deployer)
            .with_deploy_code(Bytes::from(code));
        let pending = self
            .provider
            .send_transaction(transaction)
            .await
            .map_err(|e| failed(&e))?;
        let receipt = pending.get_receipt().await.map_err(|e| failed(&e))?;
        match receipt.contract_address {
            Some(address) if receipt.status() => Ok(address),
            _ => Err(failed(&"Ethereum refused its code")),
        }
    }
}
