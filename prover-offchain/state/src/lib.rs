//! A store on disk of the trees that apps keep their state in.
//!
//! A [`Store`] keeps any number of trees ([`zkfusion_primitives::merkle`]), each known by its root.
//! Nodes are kept by their place and hash, so that trees share what they have in common, as an app's
//! state before and after a batch does, and what is near in a tree is near on disk. A tree is kept until it is
//! [released](Store::release) as often as it was made or [retained](Store::retain); a node is kept
//! as long as some tree has it.
//!
//! - [`Store::update`] makes a tree from another and writes, in time proportional to the writes.
//! - [`Store::view`] reads a tree: [`View::leaf`] and [`View::path`] in time proportional to its depth,
//!   [`View::leaves`] page by page.
//!
//! - [`Store::keep`] and [`Store::forget`] retain and release for owners, who give trees numbers.
//! - [`push`] brings a tree to a store elsewhere, which believes nothing ([`Store::receive`]).
//!
//! A subtree with one leaf that is not empty is kept as one node, whatever its height. A tree of
//! `n` leaves at random indices has some `2.4 n` nodes of 100 to 150 bytes each.

mod error;
mod node;
mod open;
mod part;
mod place;
mod push;
mod sorter;
mod store;
mod tree;
mod view;
mod work;

pub use error::StateError;
pub use part::{Part, PartError, MAX_PART_LEAVES};
pub use place::{Place, Subtree};
pub use push::{push, Remote};
pub use sorter::{Sorted, Sorter};
pub use store::Store;
pub use view::View;
