//! Evaluating the constraints on many rows at once.
//!
//! The operations of [`Gates`] run one after the other, each over a block of rows: a loop of field
//! arithmetic, with nothing to decide within it. Results live in as few registers as possible, so
//! that a block's fit the processor's cache.

use std::{
    collections::{BTreeMap, HashMap},
    ops::Range,
};

use halo2_proofs::halo2curves::{bn256::Fr, ff::Field};
use rayon::prelude::*;
use zkfusion_primitives::verifier::halo2::{Gates, Operation, Protocol};

#[cfg(target_arch = "x86_64")]
use super::lanes::Ifma;
use super::lanes::{factor, Arithmetic, Kernel, Lanes};
use crate::convert;

/// Rows of a block.
const BLOCK: usize = 64;

/// Constraints with a common factor, such as a selector, that are worth adding up before they are
/// multiplied by it.
const GROUP: usize = 8;

/// Where a value comes from.
#[derive(Clone, Copy, Debug)]
enum Source {
    /// The same on all rows: a constant, a challenge, or a result of such.
    Scalar(usize),
    /// A column, on this row or the next, that is in no register.
    Column(usize, bool),
    /// A result.
    Register(usize),
}

#[derive(Clone, Copy, Debug)]
enum Action {
    Add,
    Sub,
    Mul,
}

impl Action {
    fn apply(self, a: &Fr, b: &Fr) -> Fr {
        match self {
            Self::Add => a + b,
            Self::Sub => a - b,
            Self::Mul => a * b,
        }
    }
}

#[derive(Clone, Copy, Debug)]
enum Step {
    /// Loads a column, on this row or the next, into a register.
    Load(usize, bool, usize),
    /// Computes a result into a register that is neither of its operands.
    Compute(Action, Source, Source, usize),
    /// Adds to a group's sum the value times the power of `y` that belongs to this constraint.
    Constrain(Source, usize, usize),
    /// Adds the group's sum times its factor to the first group's.
    Collect(Source, usize),
}

/// The constraints, ready to be evaluated.
#[derive(Debug)]
pub(super) struct Evaluator {
    arithmetic: Arithmetic,
    constants: Vec<Fr>,
    /// What is computed once for all rows, each result a further scalar.
    scalar_steps: Vec<(Action, usize, usize)>,
    steps: Vec<Step>,
    registers: usize,
    groups: usize,
    constraints: usize,
}

impl Evaluator {
    /// Prepares a protocol whose references were checked. Columns are numbered: fixed, advice,
    /// instance.
    pub(super) fn new(protocol: &Protocol, arithmetic: Arithmetic) -> Self {
        let gates = &protocol.gates;
        let mut sources: Vec<Source> = (0..gates.constants.len()).map(Source::Scalar).collect();
        let (fixed, advice) = (usize::from(protocol.fixed_columns), protocol.advice_phases.len());
        let lists = [
            (0, &protocol.fixed_queries),
            (fixed, &protocol.advice_queries),
            (fixed + advice, &protocol.instance_queries),
        ];
        for (first, queries) in lists {
            let column = |column: u16| first + usize::from(column);
            sources.extend(
                queries
                    .iter()
                    .map(|query| Source::Column(column(query.column), query.next)),
            );
        }
        let scalars = gates.constants.len() + protocol.challenge_phases.len();
        sources.extend((gates.constants.len()..scalars).map(Source::Scalar));
        let constants = gates.constants.iter();
        Allocation::new(gates, sources, scalars).run(Self {
            arithmetic,
            constants: constants
                .map(|constant| convert::halo2_scalar(&constant.0))
                .collect(),
            scalar_steps: Vec::new(),
            steps: Vec::new(),
            registers: 0,
            groups: 1,
            constraints: gates.constraints.len(),
        })
    }

    /// Returns on each row the constraints combined by Horner's rule in `y`. Each column has the
    /// value of its first row once more at its end. Columns and results come times the arithmetic's
    /// divisor.
    pub(super) fn evaluate(&self, columns: &[Vec<Fr>], challenges: &[Fr], y: Fr) -> Vec<Fr> {
        match self.arithmetic {
            Arithmetic::Portable => self.evaluate_in::<Fr>(columns, challenges, y),
            #[cfg(target_arch = "x86_64")]
            Arithmetic::Ifma => self.evaluate_in::<Ifma<Fr>>(columns, challenges, y),
        }
    }

    fn evaluate_in<L: Lanes<Element = Fr>>(&self, columns: &[Vec<Fr>], challenges: &[Fr], y: Fr) -> Vec<Fr> {
        let mut scalars: Vec<Fr> = self.constants.iter().chain(challenges).copied().collect();
        for (action, a, b) in &self.scalar_steps {
            scalars.push(action.apply(&scalars[*a], &scalars[*b]));
        }
        let scalars: Vec<L> = scalars.into_iter().map(factor).collect();
        let mut weights: Vec<L> = std::iter::successors(Some(Fr::ONE), |power| Some(power * y))
            .take(self.constraints)
            .map(factor)
            .collect();
        weights.reverse();
        let rows = columns.first().map_or(0, |column| column.len() - 1);
        let zeroes = vec![L::splat(Fr::ZERO); BLOCK / L::COUNT];
        let mut combined = vec![Fr::ZERO; rows];
        combined.par_chunks_mut(BLOCK).enumerate().for_each_init(
            || {
                (
                    vec![zeroes.clone(); self.registers],
                    vec![zeroes.clone(); self.groups],
                )
            },
            |(registers, sums), (block, combined)| {
                L::run(Block {
                    steps: &self.steps,
                    rows: block * BLOCK..block * BLOCK + combined.len(),
                    scalars: &scalars,
                    weights: &weights,
                    columns,
                    registers,
                    sums,
                    combined,
                });
            },
        );
        combined
    }
}

/// Assigns registers: a result keeps its register until its last use.
struct Allocation<'a> {
    gates: &'a Gates,
    sources: Vec<Source>,
    scalars: usize,
    /// For each value, how many uses are still to come.
    uses: Vec<usize>,
    /// For each value, the constraints that it is.
    constraints: Vec<Vec<usize>>,
    /// For values that are nothing but a constraint and have a common factor: the factor and the
    /// cofactor.
    grouped: HashMap<usize, (usize, usize)>,
    /// The factors' groups; the first group has none.
    groups: BTreeMap<usize, usize>,
    free: Vec<usize>,
}

impl<'a> Allocation<'a> {
    fn new(gates: &'a Gates, sources: Vec<Source>, scalars: usize) -> Self {
        let mut uses = vec![0; sources.len() + gates.operations.len()];
        for operation in &gates.operations {
            let (a, b) = operation.operands();
            uses[a as usize] += 1;
            uses[b as usize] += 1;
        }
        let mut constraints = vec![Vec::new(); uses.len()];
        for (index, value) in gates.constraints.iter().enumerate() {
            constraints[value.0 as usize].push(index);
        }
        let mut allocation = Self {
            gates,
            sources,
            scalars,
            uses,
            constraints,
            grouped: HashMap::new(),
            groups: BTreeMap::new(),
            free: Vec::new(),
        };
        allocation.group();
        allocation
    }

    /// Finds the factors that many constraints have in common.
    fn group(&mut self) {
        let first_result = self.sources.len();
        let products: Vec<(usize, usize, usize)> = (first_result..)
            .zip(&self.gates.operations)
            .filter_map(|(value, operation)| match operation {
                Operation::Mul(a, b) if self.uses[value] == 0 && !self.constraints[value].is_empty() => {
                    Some((value, *a as usize, *b as usize))
                }
                _ => None,
            })
            .collect();
        let mut factors: BTreeMap<usize, usize> = BTreeMap::new();
        for (_, a, b) in &products {
            *factors.entry(*a).or_default() += 1;
            *factors.entry(*b).or_default() += 1;
        }
        for (value, a, b) in products {
            let (factor, cofactor) = if factors[&a] >= factors[&b] {
                (a, b)
            } else {
                (b, a)
            };
            if factors[&factor] >= GROUP && factor != cofactor {
                self.grouped.insert(value, (factor, cofactor));
                let next = self.groups.len() + 1;
                self.groups.entry(factor).or_insert_with(|| {
                    // Kept until the groups are collected.
                    self.uses[factor] += 1;
                    next
                });
            }
        }
    }

    fn run(mut self, mut evaluator: Evaluator) -> Evaluator {
        for operation in &self.gates.operations {
            let value = self.sources.len();
            let (a, b) = operation.operands();
            let (a, b) = (a as usize, b as usize);
            let action = match operation {
                Operation::Add(..) => Action::Add,
                Operation::Sub(..) => Action::Sub,
                Operation::Mul(..) => Action::Mul,
            };
            let operands = (self.operand(a, &mut evaluator), self.operand(b, &mut evaluator));
            let source = match operands {
                _ if self.grouped.contains_key(&value) => Source::Scalar(usize::MAX),
                (Source::Scalar(a), Source::Scalar(b)) => {
                    evaluator.scalar_steps.push((action, a, b));
                    Source::Scalar(self.scalars + evaluator.scalar_steps.len() - 1)
                }
                (a, b) => {
                    let to = self.register(&mut evaluator);
                    evaluator.steps.push(Step::Compute(action, a, b, to));
                    Source::Register(to)
                }
            };
            self.sources.push(source);
            self.constrain(value, &mut evaluator);
            for operand in [a, b] {
                self.uses[operand] -= 1;
                self.release_unused(operand);
            }
            self.release_unused(value);
        }
        for (factor, group) in &self.groups {
            evaluator.steps.push(Step::Collect(self.sources[*factor], *group));
        }
        evaluator.groups = self.groups.len() + 1;
        evaluator
    }

    fn register(&mut self, evaluator: &mut Evaluator) -> usize {
        self.free.pop().unwrap_or_else(|| {
            evaluator.registers += 1;
            evaluator.registers - 1
        })
    }

    /// Returns where a value is, in a register if it is not the same on all rows.
    fn operand(&mut self, value: usize, evaluator: &mut Evaluator) -> Source {
        if let Source::Column(column, next) = self.sources[value] {
            let to = self.register(evaluator);
            evaluator.steps.push(Step::Load(column, next, to));
            self.sources[value] = Source::Register(to);
        }
        self.sources[value]
    }

    fn constrain(&self, value: usize, evaluator: &mut Evaluator) {
        let (source, group) = match self.grouped.get(&value) {
            Some((factor, cofactor)) => (self.sources[*cofactor], self.groups[factor]),
            None => (self.sources[value], 0),
        };
        let constraints = self.constraints[value].iter();
        evaluator
            .steps
            .extend(constraints.map(|index| Step::Constrain(source, *index, group)));
    }

    fn release_unused(&mut self, value: usize) {
        if let (0, Source::Register(register)) = (self.uses[value], self.sources[value]) {
            self.free.push(register);
        }
    }
}

/// A block of rows and the results on them.
struct Block<'a, L> {
    steps: &'a [Step],
    rows: Range<usize>,
    scalars: &'a [L],
    weights: &'a [L],
    columns: &'a [Vec<Fr>],
    registers: &'a mut Vec<Vec<L>>,
    /// The groups' sums.
    sums: &'a mut Vec<Vec<L>>,
    combined: &'a mut [Fr],
}

impl<L: Lanes<Element = Fr>> Kernel<L> for Block<'_, L> {
    #[inline(always)]
    fn run(mut self) {
        let zero = L::splat(Fr::ZERO);
        self.sums.iter_mut().for_each(|sums| sums.fill(zero));
        for step in self.steps {
            self.step(*step);
        }
        for (combined, sum) in self.combined.chunks_exact_mut(L::COUNT).zip(&self.sums[0]) {
            sum.reduce().store(combined, 1);
        }
    }
}

/// The values of an operand on a block.
enum Values<'a, L> {
    Same(&'a L),
    Each(&'a [L]),
}

impl<L: Lanes<Element = Fr>> Block<'_, L> {
    #[inline(always)]
    fn values(&self, source: Source) -> Values<'_, L> {
        match source {
            Source::Register(index) => Values::Each(&self.registers[index]),
            // `Allocation::operand` leaves no other.
            Source::Scalar(index) | Source::Column(index, _) => Values::Same(&self.scalars[index]),
        }
    }

    #[inline(always)]
    fn step(&mut self, step: Step) {
        match step {
            Step::Load(column, next, to) => {
                let next = usize::from(next);
                let values = &self.columns[column][self.rows.start + next..self.rows.end + next];
                for (to, values) in self.registers[to].iter_mut().zip(values.chunks_exact(L::COUNT)) {
                    *to = L::load(values, 1);
                }
            }
            Step::Compute(action, a, b, to) => {
                let mut results = std::mem::take(&mut self.registers[to]);
                let (a, b) = (self.values(a), self.values(b));
                match action {
                    Action::Add => each::<L, Add>(&mut results, a, b),
                    Action::Sub => each::<L, Sub>(&mut results, a, b),
                    Action::Mul => each::<L, Mul>(&mut results, a, b),
                }
                self.registers[to] = results;
            }
            Step::Constrain(source, index, group) => {
                let mut sums = std::mem::take(&mut self.sums[group]);
                let weight = Values::Same(&self.weights[index]);
                each::<L, AddProduct>(&mut sums, self.values(source), weight);
                self.sums[group] = sums;
            }
            Step::Collect(factor, group) => {
                let mut sums = std::mem::take(&mut self.sums[0]);
                let group = Values::Each(&self.sums[group]);
                each::<L, AddProduct>(&mut sums, self.values(factor), group);
                self.sums[0] = sums;
            }
        }
    }
}

/// What is done to each row: a type, not a closure, because a closure need not be inlined.
trait Operator<L> {
    /// Returns what replaces `to`.
    fn apply(to: L, a: L, b: L) -> L;
}

struct Add;
struct Sub;
struct Mul;
struct AddProduct;

impl<L: Lanes> Operator<L> for Add {
    #[inline(always)]
    fn apply(_: L, a: L, b: L) -> L {
        a.add(b)
    }
}

impl<L: Lanes> Operator<L> for Sub {
    #[inline(always)]
    fn apply(_: L, a: L, b: L) -> L {
        a.sub(b)
    }
}

impl<L: Lanes> Operator<L> for Mul {
    #[inline(always)]
    fn apply(_: L, a: L, b: L) -> L {
        a.mul(b)
    }
}

impl<L: Lanes> Operator<L> for AddProduct {
    #[inline(always)]
    fn apply(to: L, a: L, b: L) -> L {
        to.add(a.mul(b))
    }
}

#[inline(always)]
fn each<L: Lanes, O: Operator<L>>(to: &mut [L], a: Values<'_, L>, b: Values<'_, L>) {
    match (a, b) {
        (Values::Each(a), Values::Each(b)) => {
            for ((to, a), b) in to.iter_mut().zip(a).zip(b) {
                *to = O::apply(*to, *a, *b);
            }
        }
        (Values::Each(a), Values::Same(b)) => {
            for (to, a) in to.iter_mut().zip(a) {
                *to = O::apply(*to, *a, *b);
            }
        }
        (Values::Same(a), Values::Each(b)) => {
            for (to, b) in to.iter_mut().zip(b) {
                *to = O::apply(*to, *a, *b);
            }
        }
        (Values::Same(a), Values::Same(b)) => {
            for to in to {
                *to = O::apply(*to, *a, *b);
            }
        }
    }
}
