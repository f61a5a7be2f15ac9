//! `docs/circuit-tables.md` is what the code says.

mod formula;
mod instructions;
mod rules;

use std::path::Path;

/// The document's place.
const DOCUMENT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/circuit-tables.md");

const HEAD: &str = "# The circuit's tables, as the code has them

Written by a test (`UPDATE_DOCS=1 cargo nextest run -p zkfusion-air documentation`), which fails when this is out of date. What it means
is in [circuit.md](circuit.md).

In formulas, `x'` is column `x` on the next row; `next` is 1 when the next row belongs to the same table, and `first` is 1 on the circuit's first row.
`bytes(x)`, `limbs(x)`, `chunks(x)`, `words(x)` and `bits(x)` are the number whose digits are the columns of array `x`. Flags of the CPU are called
as in `zkfusion_vm::isa`, functions of the host as in `zkfusion_vm::host`; `executes` is the sum of all groups.
";

#[test]
fn the_tables_in_the_documentation_are_those_of_the_circuit() {
    let document = format!("{HEAD}\n{}\n{}", instructions::markdown(), rules::markdown());
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(DOCUMENT, &document).expect("the document can be written");
    }
    let written = std::fs::read_to_string(Path::new(DOCUMENT)).unwrap_or_default();
    let difference = document
        .lines()
        .zip(written.lines())
        .find(|(code, file)| code != file);
    assert!(
        document == written,
        "docs/circuit-tables.md is out of date ({difference:?}): \
         UPDATE_DOCS=1 cargo nextest run -p zkfusion-air documentation"
    );
}
