//! Fixed workloads: what our queue and kernel, a naive heap and `NeXosim`, and our scheduler are measured by.
//!
//! All times are whole nanoseconds, all draws come from [`rng::SplitMix64`], and equal times are served in the order of
//! insertion; so every peer does identical work, and checksums tell.
//!
//! | workload | what it is |
//! | --- | --- |
//! | W1 [`hold`] | pop the first of N events, put it back an exponential second later |
//! | W2 [`phold`] | the same, each event counting at one of E entities and going on to another; with the counters in a column or in hecs |
//! | W3 [`timers`] | requests with a completion and a timeout, the first of which cancels the other |
//! | W5 [`path`] | requests through a balancer, web, application and database servers with queues |
//! | [`scheduling`] | pods placed in a filled cluster, as kube-scheduler was measured |
//!
//! `cargo bench -p cloudsim-bench` measures all of them with criterion and closes with tables of ratios, for which the
//! engines take turns. Ratios of one run are worth comparing; nanoseconds of different machines are not. The binary `hotloop`
//! runs one of them once, and prints what it took as a line of JSON.

pub mod clock;
pub mod hold;
pub mod nexosim;
pub mod path;
pub mod pending;
pub mod phold;
pub mod rng;
pub mod scheduling;
pub mod timers;

/// A running model in its steady state.
pub trait Workload {
    /// Goes on for `units` events or requests, or about as many; gives how many there were.
    fn advance(&mut self, units: u64) -> u64;
}
