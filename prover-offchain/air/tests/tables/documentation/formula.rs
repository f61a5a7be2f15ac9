//! Expressions as text.

use std::collections::BTreeSet;

use halo2curves::ff::Field as _;
use zkfusion_air::expr::{pow2, Expr, Node};
use zkfusion_air::table::Table;
use zkfusion_air::Fr;

/// A formula longer than this is left to the code.
const LONGEST: usize = 140;

/// So is one with a sum of more terms than this.
const MOST_TERMS: usize = 24;

/// Arrays whose digits are put together, with the bits of a digit and what they are called.
const DIGITS: [(&str, u32, &str); 13] = [
    ("byte", 8, "bytes"),
    ("gap", 12, "limbs"),
    ("age", 12, "limbs"),
    ("age_x", 12, "limbs"),
    ("age_y", 12, "limbs"),
    ("age_z", 12, "limbs"),
    ("x_chunk", 6, "chunks"),
    ("y_chunk", 6, "chunks"),
    ("and_chunk", 6, "chunks"),
    ("word", 64, "words"),
    ("group", 1, "bits"),
    ("sub", 1, "bits"),
    ("mask", 1, "bits"),
];

/// What flags are called.
const NAMES: [(&str, &[&str]); 4] = [
    (
        "group",
        &[
            "Add", "Mul", "Bits", "Div", "Compare", "Move", "Memory", "Jump", "System",
        ],
    ),
    ("sub", &["S0", "S1", "S2", "S3"]),
    (
        "modifier",
        &["reads_x", "reads_y", "writes_z", "w32", "neg", "branch", "system"],
    ),
    (
        "function",
        &[
            "InboxNext",
            "KvLoad",
            "KvStore",
            "LeafGet",
            "LeafSet",
            "OutboxPush",
            "VrfSeed",
            "Log",
        ],
    ),
];

/// Returns what a column is called in formulas.
fn called(column: &str) -> String {
    let flag = NAMES.iter().find_map(|(array, names)| {
        let index = column.strip_prefix(array)?.strip_prefix('[')?.strip_suffix(']')?;
        names.get(index.parse::<usize>().ok()?).copied()
    });
    flag.unwrap_or(column).to_owned()
}

/// Returns an expression as text, or `None` when it is too long to read.
pub(super) fn formula(table: &Table, expr: &Expr) -> Option<String> {
    let text = Terms::of(table, expr)?.text();
    (text.len() <= LONGEST).then_some(text)
}

/// Returns the columns that an expression sees, arrays as one, `'` for the next row's.
pub(super) fn columns(table: &Table, expr: &Expr) -> Vec<String> {
    let mut seen = BTreeSet::new();
    collect(expr, &mut seen);
    let name = |(next, index): &(bool, usize)| {
        let column = &table.columns[*index].name;
        let base = column.split('[').next().unwrap_or_default();
        format!("{base}{}", if *next { "'" } else { "" })
    };
    let mut names: Vec<String> = seen.iter().map(name).collect();
    names.dedup();
    names
}

fn collect(expr: &Expr, seen: &mut BTreeSet<(bool, usize)>) {
    match expr.node() {
        Node::Local(column) => {
            seen.insert((false, *column));
        }
        Node::Next(column) => {
            seen.insert((true, *column));
        }
        Node::Add(a, b) | Node::Mul(a, b) => {
            collect(a, seen);
            collect(b, seen);
        }
        Node::Constant(_) | Node::HasNext | Node::IsFirst => {}
    }
}

/// A sum: coefficients and what they multiply, which is empty for the constant.
struct Terms(Vec<(Fr, String)>);

impl Terms {
    fn of(table: &Table, expr: &Expr) -> Option<Self> {
        let unit = |text: String| Self(vec![(Fr::ONE, text)]);
        let terms = match expr.node() {
            Node::Constant(value) => Self(vec![(*value, String::new())]),
            Node::Local(column) => unit(called(&table.columns[*column].name)),
            Node::Next(column) => unit(format!("{}'", called(&table.columns[*column].name))),
            Node::HasNext => unit("next".to_owned()),
            Node::IsFirst => unit("first".to_owned()),
            Node::Add(a, b) => {
                let mut sum = Self::of(table, a)?;
                sum.0.extend(Self::of(table, b)?.0);
                sum
            }
            Node::Mul(a, b) => Self::of(table, a)?.times(Self::of(table, b)?),
        };
        let collected = terms.collected(table);
        (collected.0.len() <= MOST_TERMS).then_some(collected)
    }

    fn constant(&self) -> Option<Fr> {
        match &self.0[..] {
            [] => Some(Fr::ZERO),
            [(value, text)] if text.is_empty() => Some(*value),
            _ => None,
        }
    }

    /// Multiplies: by constants term by term, otherwise factor by factor.
    fn times(self, other: Self) -> Self {
        match (self.constant(), other.constant()) {
            (Some(scale), _) => other.scaled(scale),
            (_, Some(scale)) => self.scaled(scale),
            _ => Self(vec![(Fr::ONE, format!("{} {}", self.factor(), other.factor()))]),
        }
    }

    fn scaled(self, scale: Fr) -> Self {
        Self(
            self.0
                .into_iter()
                .map(|(coefficient, text)| (coefficient * scale, text))
                .collect(),
        )
    }

    fn factor(&self) -> String {
        match &self.0[..] {
            [(coefficient, text)] if *coefficient == Fr::ONE => text.clone(),
            _ => format!("({})", self.text()),
        }
    }

    /// Puts like terms together, digits of an array, and the sum of all groups, which is
    /// "executes".
    fn collected(self, table: &Table) -> Self {
        let mut terms: Vec<(Fr, String)> = Vec::new();
        for (coefficient, text) in self.0 {
            match terms.iter_mut().find(|(_, other)| *other == text) {
                Some((sum, _)) => *sum += coefficient,
                None => terms.push((coefficient, text)),
            }
        }
        terms.retain(|(coefficient, _)| *coefficient != Fr::ZERO);
        let mut terms = Self(terms);
        for (array, bits, kind) in DIGITS {
            terms.fold(table, array, bits, &format!("{kind}({array})"));
        }
        terms.fold(table, "group", 0, "executes");
        terms
    }

    /// Replaces all digits of an array, if they stand one after the other with powers of two, by
    /// one name.
    fn fold(&mut self, table: &Table, array: &str, bits: u32, name: &str) {
        let digits: Vec<String> = table
            .columns
            .iter()
            .filter(|column| column.name.split('[').next() == Some(array))
            .map(|column| called(&column.name))
            .collect();
        let start = self.0.iter().position(|(_, text)| Some(text) == digits.first());
        let (Some(start), 2..) = (start, digits.len()) else {
            return;
        };
        let lowest = self.0[start].0;
        let mut expected = (0..)
            .zip(&digits)
            .map(|(i, digit)| (lowest * pow2(bits * i), digit.clone()));
        if expected.all(|term| self.0[start..].contains(&term)) {
            self.0[start].1 = name.to_owned();
            self.0.retain(|(_, text)| !digits.contains(text));
        }
    }

    fn text(&self) -> String {
        let mut text = String::new();
        // Negative terms last, of the others the constant first.
        let mut terms: Vec<_> = self.0.iter().collect();
        terms.sort_by_key(|(coefficient, what)| (number(*coefficient).0, !what.is_empty()));
        for (coefficient, what) in terms {
            let (negative, size) = number(*coefficient);
            let sign = match (text.is_empty(), negative) {
                (true, false) => "",
                (true, true) => "-",
                (false, false) => " + ",
                (false, true) => " - ",
            };
            let term = match (size.as_str(), what.as_str()) {
                (_, "") => size,
                ("1", _) => what.clone(),
                _ => format!("{size} {what}"),
            };
            text += &format!("{sign}{term}");
        }
        if text.is_empty() {
            "0".to_owned()
        } else {
            text
        }
    }
}

/// Returns whether a number is better written as a negative one, and its size.
fn number(value: Fr) -> (bool, String) {
    let small = |value: Fr| {
        let bytes = zkfusion_air::field::to_bytes(&value);
        let (low, high) = bytes.split_at(8);
        let low = u64::from_le_bytes(low.try_into().unwrap_or_default());
        let ones: u32 = bytes.iter().map(|byte| byte.count_ones()).sum();
        let lowest = bytes.iter().position(|byte| *byte != 0);
        match lowest.map(|place| 8 * place as u32 + bytes[place].trailing_zeros()) {
            Some(bits @ 10..) if ones == 1 => Some(format!("2^{bits}")),
            _ => high.iter().all(|byte| *byte == 0).then(|| low.to_string()),
        }
    };
    match (small(value), small(-value)) {
        (Some(text), _) => (false, text),
        (None, Some(text)) => (true, text),
        (None, None) => (false, format!("c{:04x}", short(value))),
    }
}

/// Returns some digits of a large constant.
fn short(value: Fr) -> u16 {
    let bytes = zkfusion_air::field::to_bytes(&value);
    u16::from_le_bytes([bytes[0], bytes[1]])
}
