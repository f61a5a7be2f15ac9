//! A store on disk of the trees that apps keep their state in.
//!
//! A [`Store`] keeps any number of trees ([`zkfusion_primitives::merkle`]), each known by its root.
//! Nodes are kept by their hash, so that trees share what they have in common: an app's state
//! before and after a batch, and states of different apps. A tree is kept until it is
//! [released](Store::release) as often as it was made or [retained](Store::retain); a node is kept
//! as long as some tree has it.
//!
//! - [`Store::update`] makes a tree from another and writes, in time proportional to the writes.
//! - [`Store::leaf`] and [`Store::path`] read from a tree, in time proportional to its depth.
//! - [`Store::leaves`] reads a tree page by page.
//!
//! A subtree with one leaf that is not empty is kept as one node, whatever its height. A tree of
//! `n` leaves at random indices has some `2.4 n` nodes of 100 to 150 bytes each.

mod error;
mod node;
mod store;
mod tree;

pub use error::StateError;
pub use store::Store;
