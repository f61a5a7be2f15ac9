//! Cells that are free on some rows, and why that is harmless.

use zkfusion_air::table::{Rows, Table};
use zkfusion_air::{Fr, TableId};
use zkfusion_vm::isa::{Group, Sub};

/// A row of a table, by the names of its columns.
pub(super) struct Row<'a> {
    pub(super) table: &'a Table,
    pub(super) rows: &'a Rows,
    pub(super) number: usize,
}

impl Row<'_> {
    fn cell(&self, column: &str) -> Fr {
        let index = self.table.columns.iter().position(|other| other.name == column);
        self.rows.row(self.number)[index.unwrap_or_else(|| panic!("no column {column}"))]
    }

    fn is(&self, column: &str) -> bool {
        self.cell(column) == Fr::one()
    }

    fn is_zero(&self, column: &str) -> bool {
        self.cell(column) == Fr::zero()
    }

    fn group(&self, group: Group) -> bool {
        self.is(&format!("group[{}]", group as usize))
    }

    fn op(&self, group: Group, sub: Sub) -> bool {
        self.group(group) && self.is(&format!("sub[{}]", sub as usize))
    }

    /// Whether the row is a step that another table must know of.
    fn calls(&self) -> bool {
        self.group(Group::Bits)
            || self.group(Group::Memory)
            || self.op(Group::System, Sub::S2)
            || self.is("end")
    }

    /// Whether the row's high word, or what stands in its place, is used.
    fn uses_high_word(&self) -> bool {
        self.calls() || self.group(Group::Mul) || self.group(Group::Div) || self.op(Group::Compare, Sub::S1)
    }

    /// Whether the row's byte columns are used.
    fn uses_bytes(&self) -> bool {
        let jumps = self.op(Group::Jump, Sub::S2) || self.op(Group::Jump, Sub::S3);
        let compares = self.op(Group::Compare, Sub::S0) || self.op(Group::Compare, Sub::S1);
        self.group(Group::Add)
            || self.group(Group::Mul)
            || self.group(Group::Div) && self.is_zero("end")
            || compares
            || self.group(Group::Memory) && self.is_zero("modifier[6]")
            || jumps
            || self.op(Group::System, Sub::S2)
    }

    fn executes(&self) -> bool {
        (0..9).any(|group| self.is(&format!("group[{group}]")))
    }

    fn function(&self, functions: &[usize]) -> bool {
        functions
            .iter()
            .any(|function| self.is(&format!("function[{function}]")))
    }

    fn is_last(&self) -> bool {
        self.number + 1 == self.rows.len()
    }
}

/// Columns that are free on the rows that `on` chooses.
pub(super) struct Free {
    pub(super) table: TableId,
    pub(super) columns: &'static [&'static str],
    pub(super) on: fn(&Row<'_>) -> bool,
    pub(super) reason: &'static str,
}

/// Host functions by code.
const INBOX_NEXT: usize = 0;
const LEAVES: [usize; 3] = [1, 2, 5];
const KV_STORE: usize = 2;
const NAMING: [usize; 2] = [3, 4];

/// Everything that is free.
pub(super) const FREE: [Free; 28] = [
    Free {
        table: TableId::Cpu,
        columns: &["w"],
        on: |row| !row.uses_high_word(),
        reason: "aid of products, divisions, signed comparisons, and steps that another table knows of",
    },
    Free {
        table: TableId::Cpu,
        columns: &["v"],
        on: |row| {
            let unequal = row.op(Group::Compare, Sub::S2) && row.cell("x") != row.cell("y");
            let moves = row.op(Group::Move, Sub::S1) && !row.is_zero("x");
            !row.uses_high_word() && !unequal && !moves
        },
        reason: "as w, and the inverse of zero",
    },
    Free {
        table: TableId::Cpu,
        columns: &["carry"],
        on: |row| !row.group(Group::Add) && !row.group(Group::Compare) && !row.op(Group::Move, Sub::S1),
        reason: "of an instruction that neither adds nor compares",
    },
    Free {
        table: TableId::Cpu,
        columns: &["sign"],
        on: |row| !row.op(Group::Compare, Sub::S1),
        reason: "signs are those of a signed comparison",
    },
    Free {
        table: TableId::Cpu,
        columns: &["byte"],
        on: |row| !row.uses_bytes(),
        reason: "the instruction needs no word's range",
    },
    Free {
        table: TableId::Cpu,
        columns: &["z"],
        on: |row| row.op(Group::System, Sub::S1) || row.group(Group::Jump) && !row.op(Group::Jump, Sub::S2),
        reason: "the instruction has no result, writes nothing and calls nothing",
    },
    Free {
        table: TableId::Cpu,
        columns: &["z_old", "age_z"],
        on: |row| row.is_zero("modifier[2]"),
        reason: "nothing is written",
    },
    Free {
        table: TableId::Cpu,
        columns: &["age_x"],
        on: |row| row.is_zero("modifier[0]"),
        reason: "x is not read",
    },
    Free {
        table: TableId::Cpu,
        columns: &["age_y"],
        on: |row| row.is_zero("modifier[1]"),
        reason: "y is not read",
    },
    Free {
        table: TableId::Cpu,
        columns: &["a", "b", "d"],
        on: |row| !row.executes(),
        reason: "the fuel has run out: there is no instruction",
    },
    Free {
        table: TableId::Access,
        columns: &[
            "clk", "message", "fuel", "x", "y", "z", "imm", "w32", "address", "bytes", "value", "index",
            "power",
        ],
        on: |row| row.is("before"),
        reason: "the row only decomposes the word before the store of the row before it",
    },
    Free {
        table: TableId::Access,
        columns: &["fuel", "x", "y", "z", "imm", "w32"],
        on: |row| row.is("half"),
        reason: "the caller's, whom the split answers",
    },
    Free {
        table: TableId::Access,
        columns: &["first_bytes", "half_value"],
        on: |row| !row.is("split"),
        reason: "of a split",
    },
    Free {
        table: TableId::Access,
        columns: &["index"],
        on: |row| row.is("split"),
        reason: "the halves have the words",
    },
    Free {
        table: TableId::Access,
        columns: &["old"],
        on: |row| row.is("split") && row.is("store"),
        reason: "the halves have the words",
    },
    Free {
        table: TableId::Access,
        columns: &["age"],
        on: |row| row.is("split") || row.is("before"),
        reason: "of an access to memory, which the row does not make",
    },
    Free {
        table: TableId::Bits,
        columns: &["clk", "message", "fuel", "z", "imm", "second"],
        on: |row| row.is("tail"),
        reason: "the caller's, whom the row before answers",
    },
    Free {
        table: TableId::Boundary,
        columns: &["gap"],
        on: |row| row.is_last(),
        reason: "there is no next address",
    },
    Free {
        table: TableId::Boundary,
        columns: &["inverse"],
        on: |row| row.is("at_low"),
        reason: "of zero",
    },
    Free {
        table: TableId::End,
        columns: &["inverse"],
        on: |row| row.is("ok"),
        reason: "of zero",
    },
    Free {
        table: TableId::End,
        columns: &["exhausted_inverse"],
        on: |row| row.is("exhausted"),
        reason: "of zero",
    },
    Free {
        table: TableId::End,
        columns: &["slack"],
        on: |row| !row.is("exhausted"),
        reason: "the fuel suffices",
    },
    Free {
        table: TableId::Host,
        columns: &["word"],
        on: |row| !row.function(&NAMING),
        reason: "the function names no word of the leaf register",
    },
    Free {
        table: TableId::Host,
        columns: &["hash"],
        on: |row| !row.function(&LEAVES),
        reason: "the function has no leaf",
    },
    Free {
        table: TableId::Host,
        columns: &["middle"],
        on: |row| !row.function(&[KV_STORE]),
        reason: "the function writes nothing",
    },
    Free {
        table: TableId::Host,
        columns: &["inverse"],
        on: |row| !row.function(&[INBOX_NEXT]) || row.is_zero("advance"),
        reason: "of zero, and where nothing is read",
    },
    Free {
        table: TableId::Leaf,
        columns: &["hash"],
        on: |row| row.is("seed"),
        reason: "the randomness is not a leaf",
    },
    Free {
        table: TableId::Tape,
        columns: &["left", "inverse"],
        on: |row| row.is("head[0]") || row.is("head[1]") || row.is("done"),
        reason: "of zero, and before the rows of payload are counted",
    },
];

/// Returns why a cell is free, or `None` if it is not.
pub(super) fn reason(table: usize, row: &Row<'_>, column: &str) -> Option<&'static str> {
    let base = column.split('[').next().unwrap_or_default();
    let free = FREE
        .iter()
        .find(|free| free.table as usize == table && free.columns.contains(&base) && (free.on)(row));
    free.map(|free| free.reason)
}
