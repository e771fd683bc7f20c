//! Decides as kube-scheduler does: which node a pod goes to, why it fits nowhere, who is evicted for it, and when it is tried
//! again. It has no clock, no engine and no luck of its own: the time, and the choice among equals, are given to it.
//!
//! - [`objects`] is what is read of the API's objects, [`Cluster`] what the scheduler knows of them.
//! - [`framework`] says what a plugin is, [`plugins`] has them, one file each, and [`config`] says which are asked.
//! - [`Profile`] is the plain cycle, which asks each plugin about each node. [`Placer`] decides the same from columns.
//! - [`queue`] has the pods that wait, [`Scheduler`] puts it together with the columns of all profiles.
//! - [`explain`] is all of it as text: a cluster and a pod in, the decision with every reason and score out.
//!
//! ```
//! use cloudsim_kube_scheduler::Version;
//! use cloudsim_kube_scheduler::explain::Case;
//!
//! let case = r#"{
//!     "id": "two nodes",
//!     "nodes": [
//!         {"metadata": {"name": "full"}, "status": {"allocatable": {"cpu": "1", "memory": "4Gi", "pods": "110"}}},
//!         {"metadata": {"name": "roomy"}, "status": {"allocatable": {"cpu": "4", "memory": "4Gi", "pods": "110"}}}
//!     ],
//!     "pod": {"metadata": {"name": "web"},
//!         "spec": {"containers": [{"name": "web", "resources": {"requests": {"cpu": "2"}}}]}}
//! }"#;
//! let case = Case::read(case, Version::V1_34)?;
//! let decision = case.decide();
//! assert_eq!(decision.best().len(), 1);
//! assert_eq!(&**decision.best()[0], "roomy");
//! assert_eq!(decision.to_json()["nodes"]["full"]["reasons"][0], "Insufficient cpu");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod cluster;
mod columns;
pub mod config;
mod cycle;
pub mod explain;
pub mod framework;
mod numbers;
pub mod objects;
pub mod plugins;
mod profile;
pub mod queue;
mod ranking;
mod scheduler;
mod storage;
mod version;

pub use cluster::{Cluster, HOSTNAME, ImageSpread, NodeInfo, REGION, ZONE};
pub use columns::{Placed, Placer};
pub use cycle::{Enough, Filtered, PluginScores, Search, best};
pub use profile::{Profile, ProfileSpec, Profiles};
pub use ranking::{Ranked, Ranking};
pub use scheduler::{Attempted, Decision, Delta, Scheduler};
pub use storage::{Binding, PodVolumes, Storage, StorageDelta};
pub use version::{UnknownVersion, Version};
