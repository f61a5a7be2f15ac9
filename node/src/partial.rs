//! Builds what the node and its commands share: chain, database, transaction pool, import of
//! blocks.

use sc_service::{error::Error as ServiceError, Configuration};
use sc_telemetry::TelemetryWorker;
use sc_transaction_pool_api::{OffchainTransactionPoolFactory, RejectAllTxPool};
use std::sync::Arc;
use zkfusion_runtime::{apis::RuntimeApi, opaque::Block};

use crate::{
    client::{Consensus, Executor, Inherents, PartialComponents},
    equivocation::ReportingImport,
};

/// The distance of the blocks whose finality proof is kept and passed on.
pub(crate) const JUSTIFICATION_PERIOD: u32 = 512;

/// Builds what the node and its commands share.
///
/// # Errors
///
/// When the database cannot be opened, or holds another chain.
pub(crate) fn new_partial(config: &Configuration) -> Result<PartialComponents, ServiceError> {
    let telemetry = config
        .telemetry_endpoints
        .clone()
        .filter(|endpoints| !endpoints.is_empty())
        .map(|endpoints| -> Result<_, sc_telemetry::Error> {
            let worker = TelemetryWorker::new(16)?;
            let telemetry = worker.handle().new_telemetry(endpoints);
            Ok((worker, telemetry))
        })
        .transpose()?;

    let executor = sc_service::new_wasm_executor(&config.executor);
    let (client, backend, keystore_container, task_manager) =
        sc_service::new_full_parts::<Block, RuntimeApi, Executor>(
            config,
            telemetry.as_ref().map(|(_, telemetry)| telemetry.handle()),
            executor,
            Default::default(),
        )?;
    let client = Arc::new(client);

    let telemetry = telemetry.map(|(worker, telemetry)| {
        task_manager.spawn_handle().spawn("telemetry", None, worker.run());
        telemetry
    });
    let telemetry_handle = || telemetry.as_ref().map(|telemetry| telemetry.handle());

    let select_chain = sc_consensus::LongestChain::new(backend.clone());

    let transaction_pool = Arc::from(
        sc_transaction_pool::Builder::new(
            task_manager.spawn_essential_handle(),
            client.clone(),
            config.role.is_authority().into(),
        )
        .with_options(config.transaction_pool.clone())
        .with_prometheus(config.prometheus_registry())
        .build(),
    );

    let (grandpa_block_import, grandpa) = sc_consensus_grandpa::block_import(
        client.clone(),
        JUSTIFICATION_PERIOD,
        &client,
        select_chain.clone(),
        telemetry_handle(),
    )?;
    let justification_import = grandpa_block_import.clone();
    let (beefy_block_import, beefy, beefy_rpc) = sc_consensus_beefy::beefy_block_import_and_links(
        grandpa_block_import,
        backend.clone(),
        client.clone(),
        config.prometheus_registry().cloned(),
    );
    let babe_config = sc_consensus_babe::configuration(&*client)?;
    let inherents = Inherents {
        slot_duration: babe_config.slot_duration(),
    };
    let (block_import, babe) = sc_consensus_babe::block_import(
        babe_config,
        beefy_block_import,
        client.clone(),
        inherents,
        select_chain.clone(),
        // BABE's reports are no proofs: see `equivocation`.
        OffchainTransactionPoolFactory::new(RejectAllTxPool::default()),
    )?;
    let block_import = ReportingImport {
        inner: block_import,
        client: client.clone(),
        pool: OffchainTransactionPoolFactory::new(transaction_pool.clone()),
        slot_duration: inherents.slot_duration,
    };
    let (import_queue, babe_worker) =
        sc_consensus_babe::import_queue(sc_consensus_babe::ImportQueueParams {
            link: babe.clone(),
            block_import: block_import.clone(),
            justification_import: Some(Box::new(justification_import)),
            client: client.clone(),
            slot_duration: inherents.slot_duration,
            spawner: &task_manager.spawn_essential_handle(),
            registry: config.prometheus_registry(),
            telemetry: telemetry_handle(),
        })?;

    Ok(sc_service::PartialComponents {
        client,
        backend,
        task_manager,
        import_queue,
        keystore_container,
        select_chain,
        transaction_pool,
        other: Consensus {
            block_import,
            babe,
            babe_worker,
            grandpa,
            beefy,
            beefy_rpc,
            inherents,
            telemetry,
        },
    })
}
