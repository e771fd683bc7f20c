//! Scenario files: reading, checking, resolving.

pub mod plan;
