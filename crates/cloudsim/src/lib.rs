//! The simulated cloud: the domains put together, the path of a request through them, and every reaction of one to
//! another.
//!
//! [`simulate`] runs a [`Plan`](cloudsim_scenario::plan::Plan) and hands its records to a sink; [`pause`] stops at a
//! time and can be asked what stands there; [`answered`] runs without requests and says of how many there would be an answer;
//! [`why`] watches a run and tells what led to something.

mod answered;
mod bill;
mod cloud;
mod copies;
mod dns;
mod faults;
mod interventions;
mod kubernetes;
mod members;
mod network;
pub mod path;
mod paused;
mod place;
mod quotas;
mod request_path;
mod run;
mod runbooks;
mod stacks;
mod tables;
pub mod why;
mod wiring;
mod words;

pub use answered::{Answered, AnsweredService, answered};
pub use bill::{Machine, machines};
pub use paused::{Paused, pause};
pub use run::{Run, simulate};
pub use tables::{Cell, Column, Content, KINDS, Kind, Kubectl, Shown, Table};

pub(crate) use cloud::Cloud;
