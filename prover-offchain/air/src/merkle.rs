//! The Merkle table: a path of the state tree from a leaf to the root, one level a row.
//!
//! A read has one path; a write has two with the same siblings, from the old and from the new leaf.

use crate::bus::Bus;
use crate::columns::columns;
use crate::expr::{not, pow2, Expr};
use crate::poseidon::Hasher;
use crate::table::{Builder, Rows, Table};
use crate::Fr;

/// Levels of the state tree.
pub const DEPTH: usize = 32;

columns! {
    /// Columns of the Merkle table.
    pub struct Merkle {
        /// The leaf's level.
        bottom: Bit,
        /// The root's children's level.
        top: Bit,
        /// The path is a read.
        read: Bit,
        /// This level's bit of the index.
        bit: Bit,
        /// 2 to the level.
        power: Any,
        /// Index below and at this level.
        index: Any,
        /// The new leaf's hash.
        leaf: Any,
        /// The sibling.
        sibling: Any,
        /// Node of the old path.
        old: Any,
        /// Node of the new path.
        new: Any,
        /// The old path's children, left and right.
        old_child: Any [2],
        /// The new path's children.
        new_child: Any [2],
        /// Parent on the old path.
        old_parent: Any,
        /// Parent on the new path.
        new_parent: Any,
    }
}

/// Returns the rules of the Merkle table.
pub fn table() -> Table {
    let (mut t, row, next) = Builder::new::<Merkle<Expr>>("merkle");
    t.entry(Expr::from(1) - &row.bottom);
    t.when("power at the bottom", row.bottom.clone(), &row.power - 1);
    t.when("index at the bottom", row.bottom.clone(), &row.index - &row.bit);
    t.when(
        "the path begins at the leaf",
        row.bottom.clone(),
        &row.new - &row.leaf,
    );
    t.when(
        "power at the top",
        row.top.clone(),
        &row.power - pow2(DEPTH as u32 - 1),
    );
    for (path, node, child) in [
        ("old", &row.old, &row.old_child),
        ("new", &row.new, &row.new_child),
    ] {
        let swap = &row.bit * (&row.sibling - node);
        t.equal(format!("left child of the {path} path"), &child[0], node + &swap);
        t.equal(
            format!("right child of the {path} path"),
            &child[1],
            &row.sibling - swap,
        );
    }
    t.when("a read changes no node", row.read.clone(), &row.new - &row.old);
    t.when(
        "a read changes no parent",
        row.read.clone(),
        &row.new_parent - &row.old_parent,
    );

    let rises = not(&row.top);
    t.when("a path goes on to the top", rises.clone(), not(&Expr::has_next()));
    t.when(
        "a path goes on above its bottom",
        rises.clone(),
        next.bottom.clone(),
    );
    t.when(
        "after the top comes a bottom",
        &row.top * Expr::has_next(),
        not(&next.bottom),
    );
    for (name, value) in [
        ("power doubles", &next.power - &row.power - &row.power),
        ("index grows", &next.index - &row.index - &next.bit * &next.power),
        ("same leaf", &next.leaf - &row.leaf),
        ("same access", &next.read - &row.read),
        ("old path rises", &next.old - &row.old_parent),
        ("new path rises", &next.new - &row.new_parent),
    ] {
        t.when(name, rises.clone(), value);
    }
    let [left, right] = row.old_child;
    t.send(Bus::Poseidon, 1, vec![left, right, row.old_parent.clone()]);
    let [left, right] = row.new_child;
    t.send(
        Bus::Poseidon,
        not(&row.read),
        vec![left, right, row.new_parent.clone()],
    );
    t.receive(
        Bus::Merkle,
        row.top,
        vec![row.read, row.leaf, row.index, row.old_parent, row.new_parent],
    );
    t.finish()
}

/// One access to a leaf.
#[derive(Clone, Debug)]
pub(crate) struct Path {
    pub(crate) index: u32,
    /// Siblings from the leaf's level upwards.
    pub(crate) siblings: Vec<Fr>,
    pub(crate) old_leaf: Fr,
    /// `None` for a read.
    pub(crate) new_leaf: Option<Fr>,
}

/// Appends the rows of `path`.
pub(crate) fn fill(rows: &mut Rows, hasher: &mut Hasher, path: &Path) {
    let leaf = path.new_leaf.unwrap_or(path.old_leaf);
    let (mut old, mut new) = (path.old_leaf, leaf);
    for (level, sibling) in path.siblings.iter().enumerate() {
        let bit = path.index >> level & 1;
        let children = |node: Fr| {
            if bit == 1 {
                [*sibling, node]
            } else {
                [node, *sibling]
            }
        };
        let (old_child, new_child) = (children(old), children(new));
        let old_parent = hasher.hash(old_child[0], old_child[1]);
        let new_parent = match path.new_leaf {
            Some(_) => hasher.hash(new_child[0], new_child[1]),
            None => old_parent,
        };
        rows.push(Merkle {
            bottom: u64::from(level == 0).into(),
            top: u64::from(level + 1 == DEPTH).into(),
            read: u64::from(path.new_leaf.is_none()).into(),
            bit: u64::from(bit).into(),
            power: (1u64 << level).into(),
            index: (u64::from(path.index) & ((2 << level) - 1)).into(),
            leaf,
            sibling: *sibling,
            old,
            new,
            old_child,
            new_child,
            old_parent,
            new_parent,
        });
        (old, new) = (old_parent, new_parent);
    }
}

/// Returns the root of the tree in which every leaf is zero.
pub fn empty_root() -> Fr {
    crate::field::from_primitive(zkfusion_primitives::merkle::EMPTY_HASHES[DEPTH])
}
