//! The choices that a forger is free to make, made as well as possible.

use std::collections::{BTreeMap, HashMap};

use halo2curves::ff::{Field as _, PrimeField};
use zkfusion_air::bus::Bus;
use zkfusion_air::checker::view;
use zkfusion_air::expr::Evaluator;
use zkfusion_air::fixed::{instruction_entries, interval_entries, intervals, Lookup};
use zkfusion_air::poseidon::Hasher;
use zkfusion_air::table::{Rows, Table};
use zkfusion_air::witness::Witness;
use zkfusion_air::word::Word;
use zkfusion_air::{Fr, TableId};
use zkfusion_vm::Program;

type Tuple = Vec<[u8; 32]>;

/// Tuples on each bus, each with how often it is sent less received.
type Sent = HashMap<(Bus, Tuple), (Vec<Fr>, Fr)>;

/// Gives every range check, every power of two and every hash the row that proves it if there is
/// one, and every row of a fixed table the multiplicity that balances it.
pub(super) fn settle(tables: &[Table], program: &Program, witness: &mut Witness) {
    let mut sent = Sent::new();
    for (index, (table, rows)) in tables.iter().zip(&witness.tables).enumerate() {
        if index != TableId::Word as usize && index != TableId::Poseidon as usize {
            collect(table, rows, &mut sent);
        }
    }
    // The order is of no matter, but a test should do the same each time.
    let ordered: BTreeMap<(u8, &Tuple), &(Vec<Fr>, Fr)> = sent
        .iter()
        .map(|((bus, tuple), entry)| ((*bus as u8, tuple), entry))
        .collect();
    let mut words = Rows::new::<Word<Fr>>();
    let mut hasher = Hasher::default();
    for ((bus, _), (tuple, count)) in ordered {
        for _ in 0..small(*count).unwrap_or_default() {
            if bus == Bus::Poseidon as u8 {
                hasher.hash(tuple[0], tuple[1]);
            } else if let (true, Fr::ZERO, Some(value)) = (bus == Bus::Word as u8, tuple[0], small(tuple[1]))
            {
                words.push(Word {
                    note: [tuple[2], tuple[3]],
                    byte: value.to_le_bytes().map(|byte| Fr::from(u64::from(byte))),
                });
            }
        }
    }
    witness.tables[TableId::Word as usize] = words;
    witness.tables[TableId::Poseidon as usize] = hasher.rows;
    let uses = |entries: &[Fr]| {
        let bus = BUSES.into_iter().find(|bus| Fr::from(*bus as u64) == entries[0]);
        let count = bus.and_then(|bus| sent.get(&(bus, key(&entries[1..]))));
        count.and_then(|(_, count)| small(*count)).unwrap_or_default()
    };
    witness.lookups = Lookup::all().map(|lookup| uses(&lookup.entries())).collect();
    let code = program.code.iter().enumerate();
    let code = code.map(|(pc, instruction)| uses(&instruction_entries(pc, instruction)));
    let image = intervals(&program.image);
    witness.program = code
        .chain(image.iter().map(|interval| uses(&interval_entries(interval))))
        .collect();
}

/// Buses of which a fixed table is one side.
const BUSES: [Bus; 4] = [Bus::Program, Bus::Image, Bus::And, Bus::Word];

fn collect(table: &Table, rows: &Rows, sent: &mut Sent) {
    for row in 0..rows.len() {
        let mut evaluator = Evaluator::new(view(rows, row));
        for interaction in &table.interactions {
            let count = evaluator.value(&interaction.multiplicity);
            if count == Fr::ZERO {
                continue;
            }
            let tuple: Vec<Fr> = interaction
                .tuple
                .iter()
                .map(|entry| evaluator.value(entry))
                .collect();
            sent.entry((interaction.bus, key(&tuple)))
                .or_insert((tuple, Fr::ZERO))
                .1 += count;
        }
    }
}

/// Returns a tuple in a form that can be compared, without the zeroes at its end.
fn key(tuple: &[Fr]) -> Tuple {
    let mut key: Tuple = tuple.iter().map(zkfusion_air::field::to_bytes).collect();
    while key.last() == Some(&[0; 32]) {
        key.pop();
    }
    key
}

/// Returns a number below 2^64.
fn small(value: Fr) -> Option<u64> {
    let bytes = value.to_repr();
    let (low, high) = bytes.as_ref().split_at(8);
    let low: [u8; 8] = low.try_into().ok()?;
    high.iter()
        .all(|byte| *byte == 0)
        .then(|| u64::from_le_bytes(low))
}
