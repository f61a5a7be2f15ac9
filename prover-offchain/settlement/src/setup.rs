//! The trusted setup of the settlement circuit.

use zkfusion_halo2::{
    proof::verifier_srs,
    srs::{Params, SrsStore},
};
use zkfusion_primitives::verifier::halo2::CheckedProtocol;

use crate::{circuit::SettlementConfig, SettlementError};

/// Loads the setup of the settlement circuit, which is that of the batch circuit's `protocol`.
pub(crate) fn load(
    store: &SrsStore,
    config: &SettlementConfig,
    protocol: &CheckedProtocol,
) -> Result<Params, SettlementError> {
    let srs = store.load(config.k)?;
    if verifier_srs(&srs).as_ref() != Ok(&protocol.protocol().srs) {
        return Err(SettlementError::Protocol("it is for another trusted setup"));
    }
    Ok(srs)
}
