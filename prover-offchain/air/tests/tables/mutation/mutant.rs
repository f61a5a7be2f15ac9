//! A change of an honest witness, and whether anything sees it.
//!
//! Only the constraints and interactions of a row and of the row before it can see a cell, and an
//! honest witness balances. So a change is refused if and only if one of those constraints breaks
//! or the tuples of those rows change.

use std::collections::{BTreeMap, BTreeSet};

use halo2curves::ff::Field;
use rand::{rngs::StdRng, Rng};
use zkfusion_air::checker::view;
use zkfusion_air::columns::Kind;
use zkfusion_air::expr::Evaluator;
use zkfusion_air::field::to_bytes;
use zkfusion_air::table::{Rows, Table};
use zkfusion_air::Fr;

/// How a cell is changed.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Change {
    /// One more.
    Increment,
    /// The largest field element.
    Largest,
    /// A random field element.
    Random,
    /// What its neighbour in the row has.
    Neighbour,
    /// Swapped with its neighbour in the row.
    SwapInRow,
    /// Swapped with its neighbour in the column.
    SwapInColumn,
}

impl Change {
    pub(crate) const ALL: [Self; 6] = [
        Self::Increment,
        Self::Largest,
        Self::Random,
        Self::Neighbour,
        Self::SwapInRow,
        Self::SwapInColumn,
    ];

    /// Returns the cells that become others, and what they become.
    pub(crate) fn of(self, rows: &Rows, place: usize, rng: &mut StdRng) -> Vec<(usize, Fr)> {
        let cells = &rows.cells;
        let value = cells[place];
        let below = (place + rows.width) % cells.len();
        let beside = (place + 1) % cells.len();
        let changes = match self {
            Self::Increment => vec![(place, value + Fr::ONE)],
            Self::Largest => vec![(place, -Fr::ONE)],
            Self::Random => vec![(place, Fr::random(rng))],
            Self::Neighbour => vec![(place, cells[beside])],
            Self::SwapInRow => vec![(place, cells[beside]), (beside, value)],
            Self::SwapInColumn => vec![(place, cells[below]), (below, value)],
        };
        let others = changes.into_iter();
        others.filter(|(place, other)| cells[*place] != *other).collect()
    }

    /// Returns one of them.
    pub(crate) fn any(rng: &mut StdRng) -> Self {
        Self::ALL[rng.gen_range(0..Self::ALL.len())]
    }
}

/// What rows put on the buses: how often each tuple.
type Tuples = BTreeMap<(u8, Vec<[u8; 32]>), Fr>;

/// Returns whether rows look the same to every constraint and every bus after the changes. They are
/// undone.
pub(crate) fn survives(table: &Table, rows: &mut Rows, changes: &[(usize, Fr)]) -> bool {
    let seeing: BTreeSet<usize> = changes
        .iter()
        .flat_map(|(place, _)| {
            let row = place / rows.width;
            [row.saturating_sub(1), row]
        })
        .collect();
    let honest = seen(table, rows, &seeing).expect("the witness is honest");
    let before: Vec<Fr> = changes.iter().map(|(place, _)| rows.cells[*place]).collect();
    for (place, other) in changes {
        rows.cells[*place] = *other;
    }
    let changed = seen(table, rows, &seeing);
    for ((place, _), value) in changes.iter().zip(before) {
        rows.cells[*place] = value;
    }
    changed == Some(honest)
}

/// Returns what rows put on the buses, or `None` when one of their constraints breaks.
fn seen(table: &Table, rows: &Rows, numbers: &BTreeSet<usize>) -> Option<Tuples> {
    let mut tuples = Tuples::new();
    for &row in numbers {
        let view = view(rows, row);
        let mut evaluator = Evaluator::new(view);
        let in_range = table
            .columns
            .iter()
            .zip(view.local)
            .all(|(column, cell)| match column.kind {
                Kind::Byte => *cell <= Fr::from(0xff),
                Kind::Limb => *cell <= Fr::from(0xfff),
                Kind::Any | Kind::Bit => true,
            });
        let entry = table.entry.iter().filter(|_| row == 0);
        let constraints = table.constraints.iter().map(|constraint| &constraint.expr);
        if !in_range
            || entry
                .chain(constraints)
                .any(|expr| evaluator.value(expr) != Fr::ZERO)
        {
            return None;
        }
        for interaction in &table.interactions {
            let times = evaluator.value(&interaction.multiplicity);
            if times != Fr::ZERO {
                let tuple = interaction
                    .tuple
                    .iter()
                    .map(|entry| to_bytes(&evaluator.value(entry)));
                let key = (interaction.bus as u8, tuple.collect());
                *tuples.entry(key).or_insert(Fr::ZERO) += times;
            }
        }
    }
    tuples.retain(|_, times| *times != Fr::ZERO);
    Some(tuples)
}
