//! The constraints of a built circuit, checked one by one: faster than `MockProver`, and for single
//! cells.

use std::collections::BTreeMap;

use halo2_base::{gates::circuit::builder::BaseCircuitBuilder, halo2_proofs::plonk::Assigned, ContextCell};
use halo2_proofs::halo2curves::{
    bn256::Fr,
    ff::{Field, PrimeField},
};

/// A circuit in one column: gates, equal cells, constants, range checks and public cells.
pub(in crate::circuit) struct Constraints {
    values: Vec<Fr>,
    /// Where a gate starts: `a + b * c = d`.
    gates: Vec<bool>,
    /// Cells that are constrained to be equal, as lists; each cell is in one.
    classes: Vec<Vec<usize>>,
    constants: BTreeMap<usize, Vec<Fr>>,
    lookups: Vec<bool>,
    lookup_bits: usize,
    public: Vec<(usize, Fr)>,
}

impl Constraints {
    /// Takes the constraints of a circuit whose public cells are required to have these values.
    pub(super) fn new(builder: &BaseCircuitBuilder<Fr>, public: &[Fr]) -> Self {
        let manager = &builder.core().phase_manager[0];
        assert_eq!(manager.threads.len(), 1, "the circuit is built in one column");
        let column = &manager.threads[0];
        let at = |cell: &ContextCell| cell.offset;
        let copies = manager.copy_manager.lock().unwrap();
        let mut constants: BTreeMap<usize, Vec<Fr>> = BTreeMap::new();
        for (constant, cell) in &copies.constant_equalities {
            constants.entry(at(cell)).or_default().push(*constant);
        }
        let mut gates = column.selector.clone();
        gates.resize(column.advice.len(), false);
        let mut lookups = vec![false; column.advice.len()];
        for [cell] in builder.lookup_manager()[0]
            .cells_to_lookup
            .lock()
            .unwrap()
            .values()
            .flatten()
        {
            lookups[at(&cell.cell.unwrap())] = true;
        }
        let cells = builder.assigned_instances[0]
            .iter()
            .map(|cell| at(&cell.cell.unwrap()));
        let public: Vec<_> = cells.zip(public.iter().copied()).collect();
        assert_eq!(public.len(), builder.assigned_instances[0].len());
        let equalities = copies.advice_equalities.iter().map(|(a, b)| (at(a), at(b)));
        Self {
            values: column.advice.iter().map(value).collect(),
            gates,
            classes: classes(column.advice.len(), equalities),
            constants,
            lookups,
            lookup_bits: builder.lookup_bits().unwrap(),
            public,
        }
    }

    /// Returns whether all constraints hold.
    pub(super) fn hold(&self) -> bool {
        let value = |cell| self.values[cell];
        let equal = |class: &Vec<usize>| class.iter().all(|cell| value(*cell) == value(class[0]));
        (0..self.values.len()).all(|cell| self.cell_holds(cell, &value))
            && self.classes.iter().all(equal)
            && self
                .public
                .iter()
                .all(|(cell, expected)| value(*cell) == *expected)
    }

    /// Returns the cells that can be changed, with those that equal them, without a constraint
    /// noticing.
    pub(super) fn free_cells(&self) -> Vec<usize> {
        let public: Vec<usize> = self.public.iter().map(|(cell, _)| *cell).collect();
        let unnoticed = |class: &&Vec<usize>, change: Fr| {
            let value =
                |cell: usize| self.values[cell] + if class.contains(&cell) { change } else { Fr::ZERO };
            class.iter().all(|cell| {
                let gates = cell.saturating_sub(3)..=*cell;
                gates.into_iter().all(|gate| self.gate_holds(gate, &value))
                    && self.cell_holds(*cell, &value)
                    && !public.contains(cell)
            })
        };
        let changes = [Fr::ONE, -Fr::ONE, Fr::from(1 << 40).invert().unwrap()];
        let free = self
            .classes
            .iter()
            .filter(|class| changes.iter().any(|change| unnoticed(class, *change)));
        free.map(|class| class[0]).collect()
    }

    /// Returns whether a cell is the inverse in `is zero + number * inverse = 1`, where the number
    /// is zero.
    pub(super) fn is_inverse_of_zero(&self, cell: usize) -> bool {
        let at = |offset: usize| self.values[cell - 2 + offset];
        self.gates[cell - 2] && [at(0), at(1), at(3)] == [Fr::ONE, Fr::ZERO, Fr::ONE]
    }

    fn cell_holds(&self, cell: usize, value: &dyn Fn(usize) -> Fr) -> bool {
        let in_range = |number: Fr| {
            let bits = number.to_repr();
            let low = u64::from_le_bytes(bits[..8].try_into().unwrap());
            low >> self.lookup_bits == 0 && bits[8..].iter().all(|byte| *byte == 0)
        };
        let constants = self.constants.get(&cell);
        self.gate_holds(cell, value)
            && (!self.lookups[cell] || in_range(value(cell)))
            && constants.is_none_or(|constants| constants.iter().all(|constant| *constant == value(cell)))
    }

    fn gate_holds(&self, gate: usize, value: &dyn Fn(usize) -> Fr) -> bool {
        !self.gates[gate] || value(gate) + value(gate + 1) * value(gate + 2) == value(gate + 3)
    }
}

fn value(cell: &Assigned<Fr>) -> Fr {
    match cell {
        Assigned::Zero => Fr::ZERO,
        Assigned::Trivial(value) => *value,
        Assigned::Rational(a, b) => *a * Option::<Fr>::from(b.invert()).unwrap_or(Fr::ZERO),
    }
}

/// Returns the classes of the equivalence that the pairs generate.
fn classes(cells: usize, pairs: impl Iterator<Item = (usize, usize)>) -> Vec<Vec<usize>> {
    let mut parents: Vec<usize> = (0..cells).collect();
    fn root(parents: &mut [usize], mut cell: usize) -> usize {
        while parents[cell] != cell {
            parents[cell] = parents[parents[cell]];
            cell = parents[cell];
        }
        cell
    }
    for (a, b) in pairs {
        let (a, b) = (root(&mut parents, a), root(&mut parents, b));
        parents[a.max(b)] = a.min(b);
    }
    let mut classes: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for cell in 0..cells {
        classes.entry(root(&mut parents, cell)).or_default().push(cell);
    }
    classes.into_values().collect()
}
