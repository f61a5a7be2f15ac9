//! The lines that the node prints about itself when it starts.

use crate::{
    roles::{Prover, Roles},
    running::RunningRoles,
};
use sc_service::Configuration;
use zkfusion_offchain::url::Shown;

/// Says what runs where.
pub(crate) fn print(config: &Configuration, roles: &Roles, running: &RunningRoles) {
    let rpc = config.rpc.addr.iter().flatten().next();
    let rpc = rpc.map_or_else(
        || format!("127.0.0.1:{}", config.rpc.port),
        |endpoint| endpoint.listen_addr.to_string(),
    );
    let validator = if config.role.is_authority() { "yes" } else { "no" };
    let workers = if config.offchain_worker.enabled {
        "on"
    } else {
        "off"
    };
    let metrics = config
        .prometheus_config
        .as_ref()
        .map_or("off".into(), |it| format!("http://{}/metrics", it.port));
    let prover = match (&roles.prover, &running.embedded) {
        (Prover::Embedded, Some(embedded)) => format!("embedded, at {}", embedded.url()),
        (Prover::Embedded, None) => "embedded, but it did not start".into(),
        (Prover::Remote(url), _) => Shown(url.as_str()).to_string(),
        (prover, _) => prover.to_string(),
    };
    let relayer = match (&roles.relayer, &running.relayer) {
        (None, _) => "off".into(),
        (Some(relayer), Some(account)) => format!("{account} to {relayer}"),
        (Some(relayer), None) => format!("without a key, to {relayer}"),
    };
    let lines = [
        ("Chain", config.chain_spec.name().to_string()),
        ("RPC", format!("ws://{rpc} (and http)")),
        ("Metrics", metrics),
        ("Validator", validator.into()),
        ("Offchain workers", workers.into()),
        ("Prover", prover),
        ("Relayer", relayer),
        ("Data", config.data_path.display().to_string()),
    ];
    log::info!("zkFusion node {}", config.impl_version);
    for (label, value) in lines {
        log::info!("  {label:<16}  {value}");
    }
}
