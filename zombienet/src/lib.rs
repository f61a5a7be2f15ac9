//! Networks of several nodes.
