//! The services behind the offchain HTTP calls of a test: an Ethereum node and a prover service.

use super::{chain::Chain, contracts::fold};
use crate::{
    abi::OrderState,
    mock::*,
    offchain::rpc::REQUEST_MS,
    order::{evidence, MountainRange},
    KEY_TYPE,
};
use alloy_primitives::{Address, U256};
use alloy_sol_types::SolCall;
use codec::{Decode, Encode};
use frame_support::traits::Hooks;
use pallet_sequencer::{order::order_key, Batches};
use parking_lot::{Mutex, MutexGuard};
use sp_core::offchain::{
    testing::TestOffchainExt, Duration, Externalities, HttpError, HttpRequestId, HttpRequestStatus,
    OffchainDbExt, OffchainWorkerExt, OpaqueNetworkState, Timestamp,
};
use sp_io::hashing::blake2_256;
use sp_keystore::{testing::MemoryKeystore, Keystore, KeystoreExt};
use sp_runtime::offchain::storage::StorageValueRef;
use std::{collections::BTreeMap, sync::Arc};
use zkfusion_contracts::{
    ISettlement::{self, AppConfig},
    SettlementStatement,
};
use zkfusion_primitives::{
    ids::{AppId, BatchIndex},
    job::{JobId, JobState, JobStats, SettlementJob, SettlementResult},
    order::OrderHead,
    statement::Statement,
};

/// The private key of the account, one that anvil endows.
const PRIVATE_KEY: &str = "0x2a871d0798f97d79848a013d4936a73bf4cc922c825d33c1cf7073dff6d409c6";

/// Key of the set that the worker takes for Ethereum's next.
pub(super) const KEY_SEEN_NEXT_SET: &[u8] = b"zkfusion::relayer::next_set";

/// What the node can reach.
#[derive(Default)]
pub(super) struct Network {
    pub(super) chain: Chain,
    /// The address of an Ethereum node that is there instead of the chain.
    pub(super) anvil: Option<String>,
    /// Nobody else tells Ethereum at once what validators signed.
    pub(super) alone: bool,
    /// The Ethereum node does not answer.
    pub(super) chain_offline: bool,
    /// The prover service does not answer.
    pub(super) prover_offline: bool,
    /// The Ethereum node takes a transaction and its answer is lost.
    pub(super) lose_answer: bool,
    pub(super) jobs: Vec<(JobId, SettlementJob)>,
    /// Where jobs stand; done if nothing is said.
    pub(super) states: BTreeMap<JobId, JobState<SettlementResult>>,
    /// The proof that the service makes.
    pub(super) proof: Vec<u8>,
    /// Requests: `POST`, `GET`, `view`, or the method of a single JSON-RPC call.
    pub(super) requests: Vec<String>,
    /// The node's clock, in milliseconds.
    pub(super) clock: u64,
    /// The HTTP status and the header `location` with which Ethereum's server answers instead.
    pub(super) chain_status: Option<(u16, &'static str)>,
    /// Headers of the newest request.
    pub(super) headers: Vec<(String, String)>,
    open: BTreeMap<u16, Request>,
}

#[derive(Default)]
struct Request {
    line: String,
    body: Vec<u8>,
    answer: Option<(u16, Vec<u8>)>,
}

impl Network {
    fn answer(&mut self, line: &str, body: &[u8]) -> Option<(u16, Vec<u8>)> {
        if line == format!("POST {L1_URL}") {
            let request: serde_json::Value = serde_json::from_slice(body).expect("it is JSON");
            let name = request["method"].as_str().unwrap_or("view").to_owned();
            let lost = self.lose_answer && name == "eth_sendRawTransaction";
            self.requests.push(name);
            if self.chain_offline {
                return None;
            }
            if let Some((status, _)) = self.chain_status {
                return Some((status, b"refused".to_vec()));
            }
            let answer = match &self.anvil {
                Some(url) => serde_json::to_vec(&rpc(url, &request)?).expect("an answer is JSON"),
                None => self.chain.answer(body),
            };
            return (!lost).then_some((200, answer));
        }
        let (method, path) = line.split_once(' ').expect("a method and a path");
        self.requests.push(method.into());
        if self.prover_offline {
            return None;
        }
        let path = path.strip_prefix(PROVER_URL).expect("there is nobody else");
        if path == "/v1/settlements" {
            let job = SettlementJob::decode(&mut &body[..]).expect("a job is posted");
            let id = blake2_256(body);
            self.jobs.retain(|(known, _)| *known != id);
            self.jobs.push((id, job));
            return Some((200, id.to_vec()));
        }
        let id = path
            .strip_prefix("/v1/settlements/")
            .expect("no other path is known");
        let job = self
            .jobs
            .iter()
            .find(|(job, _)| sp_core::bytes::to_hex(job, false)[2..] == *id);
        Some(match job {
            Some((id, job)) => {
                let state = self.states.get(id).cloned();
                let state = state.unwrap_or_else(|| JobState::Done(result(job, &self.proof)));
                (200, state.encode())
            }
            None => (404, b"unknown job".to_vec()),
        })
    }
}

/// Asks a real Ethereum node; nothing if it does not answer.
pub(super) fn rpc(url: &str, request: &serde_json::Value) -> Option<serde_json::Value> {
    let body = serde_json::to_vec(request).expect("a request is JSON");
    let mut answer = ureq::post(url)
        .header("content-type", "application/json")
        .send(&body[..])
        .ok()?;
    let answer = answer.body_mut().read_to_vec().ok()?;
    serde_json::from_slice(&answer).ok()
}

/// Returns the result of a job.
pub(super) fn result(job: &SettlementJob, proof: &[u8]) -> SettlementResult {
    let statements: Vec<_> = job.batches.iter().map(|batch| batch.statement.clone()).collect();
    let statement = range_statement(&statements);
    SettlementResult {
        first: statement.batch_index,
        last: statement.batch_index + statements.len() as u64 - 1,
        statement,
        proof: proof.to_vec(),
        stats: JobStats::default(),
    }
}

/// Returns the statement over the batches with these.
fn range_statement(statements: &[Statement]) -> Statement {
    let [first, rest @ ..] = statements else {
        panic!("a settlement has batches");
    };
    let Some(last) = rest.last() else {
        return first.clone();
    };
    let seed = |statement: &Statement| U256::from_le_bytes(statement.vrf_seed);
    let rest: Vec<_> = rest.iter().map(seed).collect();
    Statement {
        post_root: last.post_root,
        inbox_hash_post: last.inbox_hash_post,
        deposit_hash_post: last.deposit_hash_post,
        // Nobody here looks at the other folds.
        writes_hash: [8; 32],
        outbox_root: [9; 32],
        vrf_seed: fold(seed(first), &rest).to_le_bytes(),
        ..first.clone()
    }
}

/// Returns the words of a statement over `count` batches.
fn words(statement: &Statement, count: u64) -> SettlementStatement {
    let encoded = statement.abi_encode().expect("it is canonical");
    let words: Vec<_> = encoded.chunks(32).map(U256::from_be_slice).collect();
    SettlementStatement {
        genesisHash: words[0],
        appId: words[1],
        programId: words[2],
        batchIndex: words[3],
        preRoot: words[4],
        postRoot: words[5],
        inboxHashPre: words[6],
        inboxHashPost: words[7],
        writesHash: words[8],
        outboxRoot: words[9],
        vrfSeed: words[10],
        depositHashPre: words[11],
        depositHashPost: words[12],
        batchCount: U256::from(count),
    }
}

/// A node with the relayer role.
pub(super) struct Node {
    ext: sp_io::TestExternalities,
    network: Arc<Mutex<Network>>,
}

impl Node {
    /// Returns a node and the network that it is in.
    pub(super) fn new() -> Self {
        let network = Network {
            proof: b"good".to_vec(),
            clock: 1_000_000,
            ..Network::default()
        };
        Self::in_network(Arc::new(Mutex::new(network)), PRIVATE_KEY)
    }

    /// Returns another node in the same network, with another account.
    pub(super) fn another(&self) -> Self {
        Self::in_network(self.network.clone(), "//Another")
    }

    /// Returns another node in the same network, with the same account.
    pub(super) fn with_same_key(&self) -> Self {
        Self::in_network(self.network.clone(), PRIVATE_KEY)
    }

    fn in_network(network: Arc<Mutex<Network>>, key: &str) -> Self {
        let keystore = MemoryKeystore::new();
        keystore
            .ecdsa_generate_new(KEY_TYPE, Some(key))
            .expect("the key is valid");
        let mut ext = new_test_ext();
        let (db, _) = TestOffchainExt::with_offchain_db(ext.offchain_db());
        ext.register_extension(OffchainDbExt::new(db));
        ext.register_extension(OffchainWorkerExt::new(FakeHttp(network.clone())));
        ext.register_extension(KeystoreExt::new(keystore));
        ext.execute_with(|| {
            set_role();
            finalize(1);
            // The node has seen Ethereum before.
            StorageValueRef::persistent(KEY_SEEN_NEXT_SET).set(&1u64);
        });
        Self { ext, network }
    }

    /// Returns a node in a network in which nobody else tells Ethereum what validators signed.
    pub(super) fn alone() -> Self {
        let node = Self::new();
        node.network().alone = true;
        node
    }

    /// Takes the keys away.
    pub(super) fn without_key(mut self) -> Self {
        self.ext
            .register_extension(KeystoreExt::new(MemoryKeystore::new()));
        self
    }

    /// Runs a part of the test on the appchain.
    pub(super) fn on_chain<R>(&mut self, part: impl FnOnce() -> R) -> R {
        let result = self.ext.execute_with(part);
        // What blocks index for offchain workers.
        self.ext.persist_offchain_overlay();
        result
    }

    /// Returns the network.
    pub(super) fn network(&self) -> MutexGuard<'_, Network> {
        self.network.lock()
    }

    /// Runs the worker on the current block and returns the requests that it made.
    pub(super) fn work(&mut self) -> Vec<String> {
        self.tell_ethereum();
        self.network().requests.clear();
        self.on_chain(|| Relayer::offchain_worker(System::block_number()));
        self.network().requests.clone()
    }

    /// Tells Ethereum what validators signed, as somebody else, unless the relayer is alone.
    fn tell_ethereum(&mut self) {
        if self.network().alone {
            return;
        }
        let Some((block, root, set)) = self.on_chain(beefy::newest_signed) else {
            return;
        };
        let mut network = self.network();
        if u64::from(network.chain.order.block) < block {
            network.chain.order.follow(block, root, set);
        }
    }

    /// Begins the next block, makes it final and runs the worker on it.
    pub(super) fn work_in_next_block(&mut self) -> Vec<String> {
        self.on_chain(|| {
            next_block();
            finalize(System::block_number());
        });
        self.network().clock += 3_000;
        self.work()
    }

    /// Registers an app with verified batches, in the current block.
    pub(super) fn add(&mut self, app: u32, batches: u64) {
        self.on_chain(|| {
            add_app(app);
            (0..batches).for_each(|_| verify_batch(app));
        });
    }

    /// Returns how many batches of an app are settled.
    pub(super) fn settled(&mut self, app: u32) -> u64 {
        let chain = &self.network().chain;
        chain
            .apps
            .get(&name(app).key())
            .map_or(0, |state| state.next_batch)
    }

    /// Returns the calldata that settles these batches, with evidence for the newest root.
    pub(super) fn calldata(
        &mut self,
        app: AppId,
        first: BatchIndex,
        last: BatchIndex,
        proof: &[u8],
    ) -> Vec<u8> {
        let order = self.network().chain.order.state();
        self.calldata_for(&contracts(), &order, app, first..=last, proof)
    }

    /// Returns the calldata that settles these batches with these contracts, in this state.
    pub(super) fn calldata_for(
        &mut self,
        contracts: &crate::abi::Contracts,
        order: &OrderState,
        app: AppId,
        batches: std::ops::RangeInclusive<BatchIndex>,
        proof: &[u8],
    ) -> Vec<u8> {
        let statements: Vec<_> = batches.clone().map(|batch| statement(app, batch)).collect();
        let statement = words(&range_statement(&statements), statements.len() as u64);
        let call = ISettlement::settleCall {
            config: AppConfig {
                genesisHash: statement.genesisHash,
                appId: statement.appId,
                programId: statement.programId,
                order: contracts.order,
                verifier: contracts.verifier,
                upgrader: Address::ZERO,
            },
            seeds: statements
                .iter()
                .map(|statement| U256::from_le_bytes(statement.vrf_seed))
                .collect(),
            statement,
            proof: proof.to_vec().into(),
            evidence: self.evidence(order, app, *batches.end()).into(),
        };
        call.abi_encode()
    }

    /// Returns the evidence that a batch has ended, for the root of a light client in this state.
    pub(super) fn evidence(&mut self, order: &OrderState, app: AppId, batch: BatchIndex) -> Vec<u8> {
        self.on_chain(|| {
            let sealed = Batches::<Test>::get(app, batch).expect("the batch is there");
            let ended = sealed.end.expect("the batch has ended").at;
            let proved = beefy::MockRange::prove(ended + 1, order.block).expect("the block is committed to");
            let heads: Vec<OrderHead> = StorageValueRef::persistent(&order_key(&proved.leaf.leaf_extra))
                .get()
                .ok()
                .flatten()
                .expect("the heads are indexed");
            let head = heads.iter().find(|head| (head.app, head.batch) == (app, batch));
            evidence(head.expect("it is there"), &heads, &proved, order.root_slot).expect("it is well-formed")
        })
    }

    /// Runs the worker in new blocks, each with a block of Ethereum, until all of these batches are
    /// settled.
    pub(super) fn work_until_settled(&mut self, app: u32, batches: u64) {
        for _ in 0..60 {
            if self.settled(app) >= batches {
                return;
            }
            self.work_in_next_block();
            self.network().chain.mine();
        }
        panic!("{} of {batches} batches are settled", self.settled(app));
    }
}

/// The offchain calls of the node.
#[derive(Clone)]
struct FakeHttp(Arc<Mutex<Network>>);

impl Externalities for FakeHttp {
    fn is_validator(&self) -> bool {
        false
    }

    fn network_state(&self) -> Result<OpaqueNetworkState, ()> {
        TestOffchainExt::new().0.network_state()
    }

    fn timestamp(&mut self) -> Timestamp {
        Timestamp::from_unix_millis(self.0.lock().clock)
    }

    fn sleep_until(&mut self, _deadline: Timestamp) {
        panic!("the worker must not wait");
    }

    fn random_seed(&mut self) -> [u8; 32] {
        [0; 32]
    }

    fn http_request_start(&mut self, method: &str, uri: &str, _meta: &[u8]) -> Result<HttpRequestId, ()> {
        let mut network = self.0.lock();
        let id = network.open.last_key_value().map_or(0, |(last, _)| last + 1);
        let line = format!("{method} {uri}");
        network.headers.clear();
        network.open.insert(
            id,
            Request {
                line,
                ..Request::default()
            },
        );
        Ok(HttpRequestId(id))
    }

    fn http_request_add_header(&mut self, _id: HttpRequestId, name: &str, value: &str) -> Result<(), ()> {
        self.0.lock().headers.push((name.into(), value.into()));
        Ok(())
    }

    fn http_request_write_body(
        &mut self,
        id: HttpRequestId,
        chunk: &[u8],
        deadline: Option<Timestamp>,
    ) -> Result<(), HttpError> {
        let mut network = self.0.lock();
        let latest = Timestamp::from_unix_millis(network.clock).add(Duration::from_millis(REQUEST_MS));
        assert!(
            deadline.is_some_and(|deadline| deadline <= latest),
            "every request has a deadline"
        );
        let request = network.open.get_mut(&id.0).ok_or(HttpError::Invalid)?;
        request.body.extend(chunk);
        Ok(())
    }

    fn http_response_wait(
        &mut self,
        ids: &[HttpRequestId],
        deadline: Option<Timestamp>,
    ) -> Vec<HttpRequestStatus> {
        assert!(deadline.is_some(), "every wait has a deadline");
        let mut network = self.0.lock();
        let wait = |id: &HttpRequestId| {
            let Some(request) = network.open.remove(&id.0) else {
                return HttpRequestStatus::Invalid;
            };
            let Some((status, answer)) = network.answer(&request.line, &request.body) else {
                return HttpRequestStatus::DeadlineReached;
            };
            let answer = Some((status, answer));
            network.open.insert(id.0, Request { answer, ..request });
            HttpRequestStatus::Finished(status)
        };
        ids.iter().map(wait).collect()
    }

    fn http_response_headers(&mut self, _id: HttpRequestId) -> Vec<(Vec<u8>, Vec<u8>)> {
        let location = self.0.lock().chain_status.map(|(_, location)| location);
        let header = location.map(|location| (b"location".to_vec(), location.as_bytes().to_vec()));
        header.into_iter().collect()
    }

    fn http_response_read_body(
        &mut self,
        id: HttpRequestId,
        buffer: &mut [u8],
        deadline: Option<Timestamp>,
    ) -> Result<usize, HttpError> {
        assert!(deadline.is_some(), "every read has a deadline");
        let mut network = self.0.lock();
        let answer = network
            .open
            .get_mut(&id.0)
            .and_then(|request| request.answer.as_mut());
        let (_, answer) = answer.ok_or(HttpError::Invalid)?;
        let read = answer.len().min(buffer.len());
        buffer[..read].copy_from_slice(&answer[..read]);
        answer.drain(..read);
        Ok(read)
    }

    fn set_authorized_nodes(&mut self, _nodes: Vec<sp_core::OpaquePeerId>, _authorized_only: bool) {}
}
