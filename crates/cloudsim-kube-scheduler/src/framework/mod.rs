//! The scheduling framework: what a plugin is, where it is asked, and what it answers.

mod diagnosis;
mod event;
mod plugin;
mod status;

pub use diagnosis::{Diagnosis, Rejectors};
pub use event::{Change, ClusterEvent, Hint};
pub use plugin::{
    Choice, Cycle, CycleState, Filter, Nominated, Plugin, PostFiltered, PreFiltered, QueueOrder, Score,
};
pub use status::{Code, Reason, Status};
