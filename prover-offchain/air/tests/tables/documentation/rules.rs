//! Columns, constraints and interactions of every table.

use std::fmt::Write as _;

use super::formula::{columns, formula};
use halo2curves::ff::Field as _;
use zkfusion_air::columns::{Column, Kind};
use zkfusion_air::expr::{Expr, RowView};
use zkfusion_air::table::{Interaction, Table};
use zkfusion_air::{tables, Fr};

/// Returns the section of all tables.
pub(super) fn markdown() -> String {
    let tables = tables();
    let mut text = String::from(
        "## Tables\n\n| table | columns | constraints | largest degree | tuples |\n|---|---|---|---|---|\n",
    );
    for table in &tables {
        let degree = table
            .constraints
            .iter()
            .map(|constraint| constraint.expr.degree());
        writeln!(
            text,
            "| [`{0}`](#{0}) | {1} | {2} | {3} | {4} |",
            table.name,
            table.columns.len(),
            table.constraints.len(),
            degree.max().unwrap_or_default(),
            table.interactions.len()
        )
        .expect("text grows");
    }
    for table in &tables {
        describe(&mut text, table);
    }
    text
}

fn describe(text: &mut String, table: &Table) {
    writeln!(text, "\n## {}\n", table.name).expect("text grows");
    for (kind, what) in [
        (Kind::Any, "Any value"),
        (Kind::Bit, "0 or 1, by a constraint each"),
        (Kind::Byte, "Below 2^8, by lookup"),
        (Kind::Limb, "Below 2^12, by lookup"),
    ] {
        let names = names(&table.columns, kind);
        if !names.is_empty() {
            writeln!(text, "* {what}: {}.", names.join(", ")).expect("text grows");
        }
    }
    if table.anchored {
        *text += "* Its rows are one block, from the circuit's first row on.\n";
    }
    if let Some(entry) = &table.entry {
        let entry = formula(table, entry).unwrap_or_default();
        writeln!(text, "* On the first row of each block: `{entry} = 0`.").expect("text grows");
    }
    let named = |name: &str| !name.ends_with(" is 0 or 1");
    let constraints = table
        .constraints
        .iter()
        .filter(|constraint| named(&constraint.name));
    if constraints.clone().next().is_some() {
        *text += "\n| constraint | degree | zero, or the columns that it sees |\n|---|---|---|\n";
    }
    for constraint in constraints {
        let degree = constraint.expr.degree();
        writeln!(
            text,
            "| {} | {degree} | {} |",
            constraint.name,
            shown(table, &constraint.expr)
        )
        .expect("text grows");
    }
    *text += "\n| bus | times | tuple |\n|---|---|---|\n";
    for interaction in &table.interactions {
        writeln!(
            text,
            "| {} {:?} | {} | {} |",
            direction(table, interaction),
            interaction.bus,
            times(table, interaction),
            interaction
                .tuple
                .iter()
                .map(|entry| shown(table, entry))
                .collect::<Vec<_>>()
                .join(", ")
        )
        .expect("text grows");
    }
}

/// Returns an expression's formula, or the columns in it.
fn shown(table: &Table, expr: &Expr) -> String {
    match formula(table, expr) {
        Some(formula) => format!("`{formula}`"),
        None => format!("of {}", columns(table, expr).join(", ")),
    }
}

/// Returns the columns of a kind, arrays as one with their length.
fn names(columns: &[Column], kind: Kind) -> Vec<String> {
    let mut names: Vec<(String, usize)> = Vec::new();
    for column in columns.iter().filter(|column| column.kind == kind) {
        let base = column.name.split('[').next().unwrap_or_default();
        match names.last_mut() {
            Some((last, count)) if last == base => *count += 1,
            _ => names.push((base.to_owned(), 1)),
        }
    }
    let name = |(name, count): (String, usize)| match count {
        1 => format!("`{name}`"),
        _ => format!("`{name}[{count}]`"),
    };
    names.into_iter().map(name).collect()
}

/// Whether a tuple is received: its multiplicity is negative, on a row of zeroes or as it is
/// written.
fn is_received(table: &Table, interaction: &Interaction) -> bool {
    let nothing = vec![Fr::ZERO; table.columns.len()];
    let view = RowView {
        local: &nothing,
        next: &nothing,
        has_next: false,
        is_first: false,
    };
    let written = formula(table, &interaction.multiplicity).unwrap_or_default();
    interaction.multiplicity.evaluate(&view) == -Fr::ONE || written.starts_with('-')
}

fn direction(table: &Table, interaction: &Interaction) -> &'static str {
    if is_received(table, interaction) {
        "receives"
    } else {
        "sends"
    }
}

fn times(table: &Table, interaction: &Interaction) -> String {
    let multiplicity = match is_received(table, interaction) {
        true => -&interaction.multiplicity,
        false => interaction.multiplicity.clone(),
    };
    shown(table, &multiplicity)
}
