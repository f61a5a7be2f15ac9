//! The host functions of `docs/vm.md` for wasmi.

use std::collections::BTreeMap;

use wasmi::{Caller, Engine, Error, Linker, StoreLimits, StoreLimitsBuilder};
use zkfusion_vm::{
    environment::Leaf,
    isa::PAGE_BYTES,
    limits::{MAX_PAGES, MAX_TABLE},
    status,
};

/// What host functions work on, and how far memories and tables can grow: as far as here.
pub(crate) struct Host {
    pub(crate) limits: StoreLimits,
    tape: Vec<u64>,
    position: usize,
    seed: Leaf,
    leaf: Leaf,
    pub(crate) state: BTreeMap<u32, Leaf>,
    pub(crate) writes: Vec<(u32, Leaf)>,
    pub(crate) outbox: Vec<Leaf>,
}

impl Host {
    /// Returns the host of a message with this tape.
    pub(crate) fn new(tape: &[u64], seed: Leaf) -> Self {
        let limits = StoreLimitsBuilder::new()
            .memory_size((MAX_PAGES * PAGE_BYTES) as usize)
            .table_elements(MAX_TABLE as usize)
            .build();
        Self {
            limits,
            tape: tape.to_vec(),
            position: 0,
            seed,
            leaf: Leaf::default(),
            state: BTreeMap::new(),
            writes: Vec::new(),
            outbox: Vec::new(),
        }
    }

    /// Begins another message, which finds the state as it is.
    pub(crate) fn restart(&mut self) {
        (self.position, self.leaf) = (0, Leaf::default());
    }

    fn next(&mut self) -> u64 {
        self.position += 1;
        self.tape.get(self.position - 1).copied().unwrap_or(0)
    }
}

/// Returns a linker that knows all host functions.
pub(crate) fn linker(engine: &Engine) -> Result<Linker<Host>, Error> {
    type Call<'a> = Caller<'a, Host>;
    let mut linker = Linker::new(engine);
    linker
        .func_wrap("env", "inbox_next", |mut call: Call<'_>| call.data_mut().next())?
        .func_wrap("env", "wasm_input", |mut call: Call<'_>, _: u32| {
            call.data_mut().next()
        })?
        .func_wrap("env", "kv_load", |mut call: Call<'_>, index: u32| {
            let host = call.data_mut();
            host.leaf = host.state.get(&index).copied().unwrap_or_default();
        })?
        .func_wrap("env", "kv_store", |mut call: Call<'_>, index: u32| {
            let host = call.data_mut();
            host.state.insert(index, host.leaf);
            host.writes.push((index, host.leaf));
        })?
        .func_wrap("env", "leaf_get", |call: Call<'_>, i: u32| {
            call.data().leaf[i as usize % 4]
        })?
        .func_wrap("env", "leaf_set", |mut call: Call<'_>, i: u32, word: u64| {
            call.data_mut().leaf[i as usize % 4] = word;
        })?
        .func_wrap("env", "outbox_push", |mut call: Call<'_>| {
            let host = call.data_mut();
            host.outbox.push(host.leaf);
        })?
        .func_wrap("env", "vrf_seed", |call: Call<'_>, i: u32| {
            call.data().seed[i as usize % 4]
        })?
        .func_wrap("env", "log", |_: u32, _: u32| ())?
        .func_wrap("env", "require", |condition: u32| match condition {
            0 => Err(Error::i32_exit(status::REQUIRE.into())),
            _ => Ok(()),
        })?;
    Ok(linker)
}
