//! What the node prints about itself when it starts.

use crate::roles::Roles;
use sc_service::Configuration;

/// Says what runs where.
pub(crate) fn print(config: &Configuration, roles: &Roles) {
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
    let relayer = roles
        .relayer
        .as_ref()
        .map_or("off".into(), |relayer| relayer.to_string());
    let lines = [
        ("Chain", config.chain_spec.name().to_string()),
        ("RPC", format!("ws://{rpc} (and http)")),
        ("Metrics", metrics),
        ("Validator", validator.into()),
        ("Offchain workers", workers.into()),
        ("Prover", roles.prover.to_string()),
        ("Relayer", relayer),
        ("Data", config.data_path.display().to_string()),
    ];
    log::info!("zkFusion node {}", config.impl_version);
    for (label, value) in lines {
        log::info!("  {label:<16}  {value}");
    }
}
