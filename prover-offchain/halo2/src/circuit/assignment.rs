//! Values of the circuit's columns.

use std::collections::HashMap;

use halo2_proofs::halo2curves::{
    bn256::Fr,
    ff::{BatchInvert, Field, PrimeField},
};
use rayon::prelude::*;
use zkfusion_air::{
    bus::Bus,
    checker::view,
    expr::{Expr, Node},
    fixed::{
        instruction_entries, interval_entries, intervals, Field as StatementField, Lookup, Token, FIXED_WIDTH,
    },
    table::Interaction,
    witness::Witness,
};
use zkfusion_vm::Program;

use super::layout::{Layout, Term};

/// Returns the rows of the fixed table: lookups, instructions, and the image's intervals. Then
/// comes a row on no bus, so that no column is zero everywhere.
pub fn fixed_rows(program: &Program) -> Vec<[Fr; FIXED_WIDTH]> {
    let mut unused = [Fr::ONE; FIXED_WIDTH];
    unused[0] = Fr::ZERO;
    let instructions = program
        .code
        .iter()
        .enumerate()
        .map(|(pc, instruction)| instruction_entries(pc, instruction));
    let intervals = intervals(&program.image);
    Lookup::all()
        .map(Lookup::entries)
        .chain(instructions)
        .chain(intervals.iter().map(interval_entries))
        .chain([unused])
        .collect()
}

/// Returns the fields of the statement that are received, which are also their rows, and with them
/// the tokens.
pub fn statement_rows() -> impl Iterator<Item = u64> {
    let fields = StatementField::ALL.into_iter().map(StatementField::index);
    fields.chain(Token::ALL.into_iter().map(Token::index))
}

/// Which table's row a row of the circuit is.
type Owner = Option<(usize, usize)>;

/// The columns that do not depend on challenges, and what is needed to compute those that do.
#[derive(Debug)]
pub struct Assignment<'a> {
    layout: &'a Layout,
    witness: &'a Witness,
    fixed: Vec<[Fr; FIXED_WIDTH]>,
    /// Columns shared by the tables, then the uses of the fixed table.
    pub columns: Vec<Vec<Fr>>,
}

impl<'a> Assignment<'a> {
    /// Lays out a witness on `rows` rows, of which the last is left to nobody.
    pub fn new(layout: &'a Layout, program: &Program, witness: &'a Witness, rows: usize) -> Self {
        let mut columns = vec![vec![Fr::ZERO; rows]; layout.width()];
        let mut first = 0;
        for (index, (table, places)) in witness.tables.iter().zip(&layout.places).enumerate() {
            columns[index].fill(Fr::ONE);
            columns[index][first..first + table.len()].fill(Fr::ZERO);
            for (row, cells) in table.cells.chunks_exact(table.width.max(1)).enumerate() {
                for (place, cell) in places.iter().zip(cells) {
                    columns[*place][first + row] = *cell;
                }
            }
            first += table.len();
        }
        // A column that is zero everywhere would have no commitment that a transcript takes.
        for column in &mut columns[layout.tables.len()..] {
            column[rows - 1] = Fr::ONE;
        }
        let uses = witness.lookups.iter().chain(&witness.program);
        let mut uses: Vec<Fr> = uses.map(|uses| Fr::from(*uses)).collect();
        uses.resize(rows, Fr::ZERO);
        count_ranges(layout, &columns, &mut uses);
        columns.push(uses);
        Self {
            layout,
            witness,
            fixed: fixed_rows(program),
            columns,
        }
    }

    fn rows(&self) -> usize {
        self.columns.first().map_or(0, Vec::len)
    }

    fn owners(&self) -> Vec<Owner> {
        let tables = self.witness.tables.iter().enumerate();
        let mut owners: Vec<Owner> = tables
            .flat_map(|(table, rows)| (0..rows.len()).map(move |row| Some((table, row))))
            .collect();
        owners.resize(self.rows(), None);
        owners
    }

    /// Returns the helper columns and, last, the running total; it comes back to zero exactly when
    /// every bus balances.
    pub fn helpers(&self, alpha: Fr, beta: Fr, instances: &[Fr]) -> Vec<Vec<Fr>> {
        let helpers = self.layout.helpers();
        let compressor = Compressor::new(self, alpha, beta, instances);
        let owners = self.owners();
        let blocks: Vec<Vec<Fr>> = owners
            .par_chunks(1 << 10)
            .enumerate()
            .map(|(block, owners)| compressor.block(&helpers, block << 10, owners))
            .collect();
        let width = helpers.len();
        let mut columns = vec![Vec::with_capacity(self.rows()); width + 1];
        let mut total = Fr::ZERO;
        for row in blocks.iter().flat_map(|block| block.chunks_exact(width)) {
            columns[width].push(total);
            for (column, value) in columns.iter_mut().zip(row) {
                column.push(*value);
                total += value;
            }
        }
        columns
    }
}

/// Adds how often each byte and limb occurs to the fixed table's uses.
fn count_ranges(layout: &Layout, columns: &[Vec<Fr>], uses: &mut [Fr]) {
    let count = |range: std::ops::Range<usize>, size: usize| {
        columns[range]
            .par_iter()
            .map(|column| {
                let mut counts = vec![0u64; size];
                for value in column {
                    if let Some(count) = counts.get_mut(small(value)) {
                        *count += 1;
                    }
                }
                counts
            })
            .reduce(
                || vec![0; size],
                |a, b| a.iter().zip(b).map(|(a, b)| a + b).collect(),
            )
    };
    let bytes = count(layout.byte_columns(), 1 << 8).into_iter().enumerate();
    let limbs = count(layout.limb_columns(), 1 << 12).into_iter().enumerate();
    let bytes = bytes.map(|(value, count)| (Lookup::Byte(value as u64), count));
    let limbs = limbs.map(|(value, count)| (Lookup::Limb(value as u64), count));
    for (lookup, count) in bytes.chain(limbs) {
        uses[lookup.position()] += Fr::from(count);
    }
}

/// Returns a value that is known to be small.
fn small(value: &Fr) -> usize {
    let bytes = value.to_repr();
    let bytes: &[u8] = bytes.as_ref();
    usize::from(bytes[0]) | usize::from(bytes[1]) << 8
}

/// Computes terms of the buses' sum.
struct Compressor<'a> {
    assignment: &'a Assignment<'a>,
    alpha: Fr,
    beta: Fr,
    /// Inverses of the fixed table's compressed rows.
    fixed: Vec<Fr>,
    statement: HashMap<usize, Fr>,
}

impl<'a> Compressor<'a> {
    fn new(assignment: &'a Assignment<'a>, alpha: Fr, beta: Fr, instances: &[Fr]) -> Self {
        let mut compressor = Self {
            assignment,
            alpha,
            beta,
            fixed: Vec::new(),
            statement: HashMap::new(),
        };
        let rows = assignment.fixed.iter();
        compressor.fixed = rows.map(|row| compressor.compress(row)).collect();
        compressor.fixed.iter_mut().batch_invert();
        for row in statement_rows() {
            let value = instances.get(row as usize).copied().unwrap_or_default();
            let tuple = [Fr::from(Bus::Statement as u64), row.into(), value];
            let inverse = compressor.compress(&tuple).invert().unwrap_or(Fr::ZERO);
            compressor.statement.insert(row as usize, inverse);
        }
        compressor
    }

    /// Returns `alpha` less the compressed tuple.
    fn compress(&self, tuple: &[Fr]) -> Fr {
        self.alpha
            - tuple
                .iter()
                .rev()
                .fold(Fr::ZERO, |sum, entry| sum * self.beta + entry)
    }

    /// Returns the helpers of a block of rows, row by row.
    fn block(&self, helpers: &[Vec<Term>], first: usize, owners: &[Owner]) -> Vec<Fr> {
        let mut sums = vec![Fr::ZERO; owners.len() * helpers.len()];
        // Places in `sums`, multiplicities and denominators of interactions.
        let mut pending: Vec<(usize, Fr)> = Vec::new();
        let mut denominators: Vec<Fr> = Vec::new();
        for (offset, owner) in owners.iter().enumerate() {
            for (index, terms) in helpers.iter().enumerate() {
                let place = offset * helpers.len() + index;
                for term in terms {
                    match (term, owner) {
                        (Term::Slot(slot), Some((table, row))) => {
                            if let Some((multiplicity, denominator)) = self.slot(*table, *row, *slot) {
                                pending.push((place, multiplicity));
                                denominators.push(denominator);
                            }
                        }
                        (Term::Slot(_), None) => {}
                        (term, _) => sums[place] += self.fixed(*term, first + offset),
                    }
                }
            }
        }
        denominators.iter_mut().batch_invert();
        for ((place, multiplicity), inverse) in pending.into_iter().zip(denominators) {
            sums[place] += multiplicity * inverse;
        }
        sums
    }

    fn slot(&self, table: usize, row: usize, slot: usize) -> Option<(Fr, Fr)> {
        let interaction: &Interaction = self.assignment.layout.tables[table].interactions.get(slot)?;
        let view = view(&self.assignment.witness.tables[table], row);
        let multiplicity = interaction.multiplicity.evaluate(&view);
        if multiplicity == Fr::ZERO {
            return None;
        }
        let evaluate = |entry: &Expr| match entry.node() {
            Node::Local(column) => view.local[*column],
            _ => entry.evaluate(&view),
        };
        let sum = interaction
            .tuple
            .iter()
            .rev()
            .fold(Fr::ZERO, |sum, entry| sum * self.beta + evaluate(entry));
        let sum = sum * self.beta + Fr::from(interaction.bus as u64);
        Some((multiplicity, self.alpha - sum))
    }

    fn fixed(&self, term: Term, row: usize) -> Fr {
        let columns = &self.assignment.columns;
        let width = self.assignment.layout.width();
        match term {
            Term::Slot(_) => Fr::ZERO,
            Term::Byte(column) => self.fixed[Lookup::Byte(small(&columns[column][row]) as u64).position()],
            Term::Limb(column) => self.fixed[Lookup::Limb(small(&columns[column][row]) as u64).position()],
            Term::Fixed => self
                .fixed
                .get(row)
                .map_or(Fr::ZERO, |inverse| -columns[width][row] * inverse),
            Term::Statement => self.statement.get(&row).copied().unwrap_or_default(),
        }
    }
}
