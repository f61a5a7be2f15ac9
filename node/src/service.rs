//! Puts the node together: chain, network, consensus, offchain workers and off-chain roles.

use futures::{FutureExt, StreamExt};
use sc_client_api::{Backend, BlockBackend};
use sc_consensus_babe::SlotProportion;
use sc_consensus_beefy::{
    communication::{beefy_peers_set_config, request_response::BeefyJustifsRequestHandler},
    gossip_protocol_name,
};
use sc_consensus_grandpa::{FinalityProofProvider, SharedVoterState};
use sc_consensus_slots::BackoffAuthoringOnFinalizedHeadLagging;
use sc_network::{service::traits::NetworkService, Event, NetworkBackend, NetworkEventStream};
use sc_service::{error::Error as ServiceError, Configuration, TaskManager, WarpSyncConfig};
use sc_transaction_pool_api::OffchainTransactionPoolFactory;
use sp_consensus_beefy::{ecdsa_crypto::AuthorityId as BeefyId, mmr::MmrRootProvider};
use std::{marker::PhantomData, sync::Arc, time::Duration};
use zkfusion_runtime::{opaque::Block, Hash};

use crate::{
    banner,
    client::Consensus,
    mountain_range,
    partial::{new_partial, JUSTIFICATION_PERIOD},
    roles::{Prover, Roles},
    rpc,
    running::{self, RunningRoles},
    setup,
};

/// How often finality votes are passed on.
const GOSSIP_PERIOD: Duration = Duration::from_millis(333);
/// The distance of the final blocks that validators sign for Ethereum, in blocks.
const BEEFY_PERIOD: u32 = 4;

/// Starts a node.
///
/// # Errors
///
/// When a part does not start.
pub(crate) async fn new_full<N: NetworkBackend<Block, Hash>>(
    config: Configuration,
    roles: Roles,
) -> Result<TaskManager, ServiceError> {
    let sc_service::PartialComponents {
        client,
        backend,
        mut task_manager,
        import_queue,
        keystore_container,
        select_chain,
        transaction_pool,
        other:
            Consensus {
                block_import,
                babe,
                babe_worker,
                grandpa,
                beefy,
                beefy_rpc,
                inherents,
                mut telemetry,
            },
    } = new_partial(&config)?;
    let keystore = keystore_container.keystore();
    let proves = roles.prover == Prover::Embedded;
    setup::check(&client, &config.chain_spec.chain_type(), proves)?;

    let mut net_config = sc_network::config::FullNetworkConfiguration::<Block, Hash, N>::new(
        &config.network,
        config.prometheus_registry().cloned(),
    );
    let metrics = N::register_notification_metrics(config.prometheus_registry());
    let genesis_hash = client
        .block_hash(0)?
        .ok_or_else(|| ServiceError::Other("there is no genesis block".into()))?;
    let grandpa_protocol_name =
        sc_consensus_grandpa::protocol_standard_name(&genesis_hash, &config.chain_spec);
    let (grandpa_protocol_config, grandpa_notification_service) =
        sc_consensus_grandpa::grandpa_peers_set_config::<_, N>(
            grandpa_protocol_name.clone(),
            metrics.clone(),
            net_config.peer_store_handle(),
        );
    net_config.add_notification_protocol(grandpa_protocol_config);
    let beefy_protocol_name = gossip_protocol_name(genesis_hash, config.chain_spec.fork_id());
    let (beefy_protocol_config, beefy_notification_service) = beefy_peers_set_config::<_, N>(
        beefy_protocol_name.clone(),
        metrics.clone(),
        net_config.peer_store_handle(),
    );
    net_config.add_notification_protocol(beefy_protocol_config);
    let (beefy_justifications, beefy_justifications_config) = BeefyJustifsRequestHandler::new::<_, N>(
        &genesis_hash,
        config.chain_spec.fork_id(),
        client.clone(),
        config.prometheus_registry().cloned(),
    );
    net_config.add_request_response_protocol(beefy_justifications_config);

    let warp_sync = Arc::new(sc_consensus_grandpa::warp_proof::NetworkProvider::new(
        backend.clone(),
        grandpa.shared_authority_set().clone(),
        Vec::default(),
    ));

    let (network, system_rpc_tx, tx_handler_controller, sync_service, _bitswap) =
        sc_service::build_network(sc_service::BuildNetworkParams {
            config: &config,
            net_config,
            client: client.clone(),
            transaction_pool: transaction_pool.clone(),
            spawn_handle: task_manager.spawn_handle(),
            spawn_essential_handle: task_manager.spawn_essential_handle(),
            import_queue,
            block_announce_validator_builder: None,
            warp_sync_config: Some(WarpSyncConfig::WithProvider(warp_sync)),
            block_relay: None,
            metrics,
            gap_sync_body_policy: None,
        })?;

    let started = RunningRoles::start(&config, &roles, &keystore, &backend).await?;
    banner::print(&config, &roles, &started);
    task_manager.keep_alive(started.embedded);
    if roles.relayer.is_some() {
        task_manager.spawn_handle().spawn(
            "relayer-finality",
            "offchain-worker",
            running::follow_finality(client.clone(), backend.clone()),
        );
        task_manager.spawn_handle().spawn(
            "relayer-commitments",
            "offchain-worker",
            running::follow_commitments(
                client.clone(),
                backend.clone(),
                beefy_rpc.from_voter_justif_stream.clone(),
            ),
        );
    }

    if config.offchain_worker.enabled {
        let offchain_workers = sc_offchain::OffchainWorkers::new(sc_offchain::OffchainWorkerOptions {
            runtime_api_provider: client.clone(),
            is_validator: config.role.is_authority(),
            keystore: Some(keystore.clone()),
            offchain_db: backend.offchain_storage(),
            transaction_pool: Some(OffchainTransactionPoolFactory::new(transaction_pool.clone())),
            network_provider: Arc::new(network.clone()),
            enable_http_requests: true,
            custom_extensions: |_| Vec::new(),
        })?;
        task_manager.spawn_handle().spawn(
            "offchain-workers-runner",
            "offchain-worker",
            offchain_workers
                .run(client.clone(), task_manager.spawn_handle())
                .boxed(),
        );
    }

    let role = config.role;
    let force_authoring = config.force_authoring;
    let name = config.network.node_name.clone();
    let enable_grandpa = !config.disable_grandpa;
    let prometheus_registry = config.prometheus_registry().cloned();
    let discovery = sc_authority_discovery::WorkerConfig {
        publish_non_global_ips: config.network.allow_non_globals_in_dht,
        public_addresses: config.network.public_addresses.clone(),
        persisted_cache_directory: config.network.net_config_path.clone(),
        ..Default::default()
    };
    let voter_state = SharedVoterState::empty();

    let rpc_builder = {
        let dependencies = rpc::Dependencies {
            client: client.clone(),
            backend: backend.clone(),
            pool: transaction_pool.clone(),
            grandpa: rpc::GrandpaDependencies {
                voter_state: voter_state.clone(),
                authority_set: grandpa.shared_authority_set().clone(),
                justifications: grandpa.justification_stream(),
                proofs: FinalityProofProvider::new_for_service(
                    backend.clone(),
                    Some(grandpa.shared_authority_set().clone()),
                ),
            },
            babe: rpc::BabeDependencies {
                worker: babe_worker,
                keystore: keystore.clone(),
                select_chain: select_chain.clone(),
            },
            beefy: rpc::BeefyDependencies {
                commitments: beefy_rpc.from_voter_justif_stream,
                best_block: beefy_rpc.from_voter_best_beefy_stream,
            },
        };
        Box::new(move |executor| rpc::create(dependencies.clone(), executor).map_err(Into::into))
    };

    sc_service::spawn_tasks(sc_service::SpawnTasksParams {
        network: network.clone(),
        client: client.clone(),
        keystore: keystore.clone(),
        task_manager: &mut task_manager,
        transaction_pool: transaction_pool.clone(),
        rpc_builder,
        backend: backend.clone(),
        system_rpc_tx,
        tx_handler_controller,
        sync_service: sync_service.clone(),
        config,
        telemetry: telemetry.as_mut(),
        tracing_execute_block: None,
    })?;

    if role.is_authority() {
        let proposer_factory = sc_basic_authorship::ProposerFactory::new(
            task_manager.spawn_handle(),
            client.clone(),
            transaction_pool.clone(),
            prometheus_registry.as_ref(),
            telemetry.as_ref().map(|telemetry| telemetry.handle()),
        );
        let author = sc_consensus_babe::start_babe(sc_consensus_babe::BabeParams {
            keystore: keystore.clone(),
            client: client.clone(),
            select_chain,
            env: proposer_factory,
            block_import,
            sync_oracle: sync_service.clone(),
            justification_sync_link: sync_service.clone(),
            create_inherent_data_providers: inherents,
            force_authoring,
            backoff_authoring_blocks: Some(BackoffAuthoringOnFinalizedHeadLagging::default()),
            babe_link: babe,
            block_proposal_slot_portion: SlotProportion::new(2f32 / 3f32),
            max_block_proposal_slot_portion: None,
            telemetry: telemetry.as_ref().map(|telemetry| telemetry.handle()),
        })?;
        task_manager
            .spawn_essential_handle()
            .spawn_blocking("babe", Some("block-authoring"), author);

        let events = network
            .event_stream("authority-discovery")
            .filter_map(|event| async move {
                match event {
                    Event::Dht(event) => Some(event),
                    _ => None,
                }
            });
        let (worker, _service) = sc_authority_discovery::new_worker_and_service_with_config(
            discovery,
            client.clone(),
            Arc::new(network.clone()),
            Box::pin(events),
            sc_authority_discovery::Role::PublishAndDiscover(keystore.clone()),
            prometheus_registry.clone(),
            task_manager.spawn_handle(),
        );
        task_manager
            .spawn_handle()
            .spawn("authority-discovery", Some("networking"), worker.run());
    }

    // Nodes that do not vote need no keys.
    let voting_keys = role.is_authority().then_some(keystore);

    let network_service: Arc<dyn NetworkService> = network.clone();
    let beefy_voter = sc_consensus_beefy::start_beefy_gadget::<_, _, _, _, _, _, _, BeefyId>(
        sc_consensus_beefy::BeefyParams {
            client: client.clone(),
            backend: backend.clone(),
            payload_provider: MmrRootProvider::new(client.clone()),
            runtime: client.clone(),
            key_store: voting_keys.clone(),
            network_params: sc_consensus_beefy::BeefyNetworkParams {
                network: Arc::new(network_service),
                sync: sync_service.clone(),
                notification_service: beefy_notification_service,
                gossip_protocol_name: beefy_protocol_name,
                justifications_protocol_name: beefy_justifications.protocol_name(),
                _phantom: PhantomData::<Block>,
            },
            min_block_delta: BEEFY_PERIOD,
            prometheus_registry: prometheus_registry.clone(),
            links: beefy,
            on_demand_justifications_handler: beefy_justifications,
            is_authority: role.is_authority(),
        },
    );
    task_manager
        .spawn_essential_handle()
        .spawn_blocking("beefy-voter", None, beefy_voter);
    task_manager.spawn_essential_handle().spawn_blocking(
        "mmr-nodes",
        None,
        mmr_gadget::MmrGadget::start(
            client.clone(),
            backend.clone(),
            sp_mmr_primitives::INDEXING_PREFIX.to_vec(),
        ),
    );
    task_manager.spawn_handle().spawn(
        "mmr-peaks",
        "offchain-worker",
        mountain_range::restore_peaks(client.clone(), backend.clone()),
    );

    if enable_grandpa {
        let config = sc_consensus_grandpa::Config {
            gossip_duration: GOSSIP_PERIOD,
            justification_generation_period: JUSTIFICATION_PERIOD,
            name: Some(name),
            observer_enabled: false,
            keystore: voting_keys,
            local_role: role,
            telemetry: telemetry.as_ref().map(|telemetry| telemetry.handle()),
            protocol_name: grandpa_protocol_name,
        };
        let voter = sc_consensus_grandpa::run_grandpa_voter(sc_consensus_grandpa::GrandpaParams {
            config,
            link: grandpa,
            network,
            sync: sync_service,
            notification_service: grandpa_notification_service,
            voting_rule: sc_consensus_grandpa::VotingRulesBuilder::default().build(),
            prometheus_registry,
            shared_voter_state: voter_state,
            telemetry: telemetry.as_ref().map(|telemetry| telemetry.handle()),
            offchain_tx_pool_factory: OffchainTransactionPoolFactory::new(transaction_pool),
        })?;
        task_manager
            .spawn_essential_handle()
            .spawn_blocking("grandpa-voter", None, voter);
    }

    Ok(task_manager)
}
