//! Scheduling cases in, decisions out.
