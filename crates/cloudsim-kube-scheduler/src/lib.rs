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
mod storage;
mod version;

pub use cluster::{Cluster, HOSTNAME, ImageSpread, NodeInfo, REGION, ZONE};
pub use columns::{Placed, Placer};
pub use cycle::{Enough, Filtered, PluginScores, Search};
pub use profile::{Profile, ProfileSpec};
pub use storage::{Binding, PodVolumes, Storage};
pub use version::{UnknownVersion, Version};
