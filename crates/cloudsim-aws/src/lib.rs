//! The AWS services of a simulated cloud: one folder each under [`services`].

pub mod services;
