//! Deploying the contracts.

use alloy::{
    network::{Ethereum, TransactionBuilder},
    primitives::{Address, Bytes, B256},
    providers::{DynProvider, Provider, ProviderBuilder},
    rpc::types::TransactionRequest,
    transports::http::reqwest::Url,
};
use serde_json::Value;
use std::path::Path;

use crate::{Failure, Result};

/// The deployed contracts.
#[derive(Clone, Copy, Debug)]
pub struct Contracts {
    /// Address of `Settlement`.
    pub settlement: Address,
    /// Bytes of the generated verifier's code, which Ethereum limits.
    pub verifier_code_bytes: usize,
}

impl Contracts {
    /// Deploys the contracts that `artifacts` holds, paid by the first account of a development Ethereum.
    ///
    /// # Errors
    ///
    /// When Ethereum refuses one.
    pub async fn deploy(l1: &str, artifacts: &Path) -> Result<Self> {
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
        let halo2 = deployment.create("Halo2Verifier", None).await?;
        let verifier = deployment.create("SettlementProofVerifier", Some(halo2)).await?;
        let settlement = deployment.create("Settlement", Some(verifier)).await?;
        let code = provider
            .get_code_at(halo2)
            .await
            .map_err(|error| Failure::of(l1, error))?;
        Ok(Self {
            settlement,
            verifier_code_bytes: code.len(),
        })
    }
}

struct Deployment<'a> {
    provider: &'a DynProvider<Ethereum>,
    deployer: Address,
    artifacts: &'a Path,
}

impl Deployment<'_> {
    /// Deploys a contract whose constructor takes an address or nothing.
    async fn create(&self, name: &str, argument: Option<Address>) -> Result<Address> {
        let failed = |error: &dyn std::fmt::Display| Failure::of(format!("deploying {name}"), error);
        let path = self.artifacts.join(format!("{name}.sol/{name}.json"));
        let artifact = std::fs::read_to_string(&path).map_err(|error| Failure::of(path.display(), error))?;
        let artifact: Value = serde_json::from_str(&artifact).map_err(|e| failed(&e))?;
        let code = artifact["bytecode"]["object"].as_str().unwrap_or_default();
        let mut code = hex::decode(code.trim_start_matches("0x")).map_err(|e| failed(&e))?;
        if let Some(address) = argument {
            code.extend(B256::left_padding_from(address.as_slice()));
        }
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
