//! The AWS services of a simulated cloud: one folder each under [`services`].

pub mod prices;
pub mod services;
mod station;
pub mod tcp;

pub use station::{Admission, Station};
