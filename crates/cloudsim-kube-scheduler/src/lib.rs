//! Decides as kube-scheduler does.
mod cluster;
mod columns;
pub mod config;
mod cycle;
pub mod explain;
pub mod framework;
pub mod objects;
pub mod plugins;
mod profile;
pub mod queue;
mod scheduler;
mod storage;
mod version;

pub use cluster::{Cluster, HOSTNAME, ImageSpread, NodeInfo, REGION, ZONE};
pub use columns::{Placed, Placer};
pub use cycle::{Enough, Filtered, PluginScores, Search, best};
pub use profile::{Profile, ProfileSpec, Profiles};
pub use scheduler::{Decision, Delta, Scheduler};
pub use storage::{Binding, PodVolumes, Storage, StorageDelta};
pub use version::{UnknownVersion, Version};
