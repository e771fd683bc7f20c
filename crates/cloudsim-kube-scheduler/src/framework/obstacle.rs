//! What keeps a pod from a node, in names and numbers: what would have to change.

use super::Status;
use crate::numbers::count;
use crate::objects::{ClaimKey, HostPort, PodKey, Requirement, ResourceName, Selector, Taint, Text};
use crate::plugins::PluginName;
use std::collections::BTreeSet;
use std::sync::Arc;

/// One plugin's rejection of a node, and what it comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Objection {
    /// The plugin.
    pub plugin: PluginName,
    /// Its answer.
    pub status: Status,
    /// Everything that would have to change for the plugin to agree; empty if it cannot say.
    pub obstacles: Vec<Obstacle>,
}

/// A condition on labels that a node does not meet.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unmet {
    /// The condition.
    pub requirement: Requirement,
    /// The value that the node has for its key, if any.
    pub found: Option<Text>,
}

/// One thing that would have to change. Those of one plugin must all go.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Obstacle {
    /// The node is cordoned, and the pod does not tolerate that.
    Cordoned,
    /// The pod asks for another node by name.
    NamesNode(Text),
    /// A taint that the pod does not tolerate.
    Taint(Taint),
    /// Labels that the pod's node selector asks for.
    NodeSelector(Vec<Unmet>),
    /// Required node affinity: of each of its terms, one of which must hold, the conditions that do not.
    NodeAffinity {
        /// Whether the profile adds it to every pod.
        enforced: bool,
        /// By term.
        terms: Vec<Vec<Unmet>>,
    },
    /// A port of the host that another pod has.
    HostPort {
        /// The port that the pod asks for.
        wanted: HostPort,
        /// Who has it.
        taken_by: PodKey,
    },
    /// The node takes no more pods.
    TooManyPods {
        /// How many are there.
        pods: usize,
        /// How many it takes.
        allowed: i64,
    },
    /// A resource that is short: thousandths of cores, bytes, pieces.
    Resource {
        /// The resource.
        name: ResourceName,
        /// What the pod asks for.
        asked: i64,
        /// What is free; below nothing if the node is overcommitted.
        free: i64,
        /// What the whole node has.
        allocatable: i64,
    },
    /// A label that a spread constraint needs.
    NoDomain {
        /// The label.
        topology_key: Text,
    },
    /// A spread constraint.
    Skew(Skew),
    /// A required pod affinity term without company.
    Alone {
        /// The label that names the domains.
        topology_key: Text,
        /// The node's domain; `None` if it lacks the label.
        domain: Option<Text>,
        /// The pods that count: what each of the pod's terms selects.
        selectors: BTreeSet<Selector>,
        /// The domains with pods that match every term, and how many; empty if there are none anywhere.
        company: Vec<(Text, i64)>,
    },
    /// A required anti-affinity term with other pods in the node's domain.
    Conflict {
        /// Whether the term is the pod's own; or else that of the others.
        own: bool,
        /// The label that names the domains.
        topology_key: Text,
        /// The node's domain.
        domain: Text,
        /// The other pods, by name.
        pods: Arc<[PodKey]>,
    },
    /// A claim's volume cannot be reached from the node.
    OutOfReach {
        /// The claim.
        claim: ClaimKey,
        /// The volume that it is bound to.
        volume: Text,
    },
    /// A claim is bound to a volume that is not there.
    NoSuchVolume {
        /// The claim.
        claim: ClaimKey,
        /// The volume that it is bound to.
        volume: Text,
    },
    /// Claims wait for a volume, and there is none that fits and can be reached from the node, nor can one be made there.
    NoVolumeFor {
        /// The claims.
        claims: Vec<ClaimKey>,
    },
    /// Volumes could be made for claims, but their driver has no room for them that can be reached from the node.
    NoStorageFor {
        /// The claims.
        claims: Vec<ClaimKey>,
    },
    /// A volume is elsewhere, as its labels say.
    VolumeElsewhere {
        /// The label.
        topology_key: Text,
        /// The values that a node may have.
        values: BTreeSet<Text>,
        /// That of the node, if any.
        found: Option<Text>,
    },
    /// A disk that the pod names itself, which another pod of the node has.
    DiskInUse {
        /// The other pods.
        pods: Vec<PodKey>,
    },
    /// A claim that only one pod may use, which others use.
    ClaimInUse {
        /// The claims of that kind that the pod names.
        claims: BTreeSet<Text>,
    },
    /// The node takes no more volumes of a driver.
    TooManyVolumes {
        /// The driver.
        driver: Text,
        /// How many are attached.
        attached: i64,
        /// How many the pod adds.
        new: i64,
        /// How many the node takes.
        allowed: i64,
    },
}

/// By how much a domain would be above the least one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Skew {
    /// The label that names the domains.
    pub topology_key: Text,
    /// The node's domain.
    pub domain: Text,
    /// How many pods are counted there.
    pub count: i64,
    /// Whether the pod would be counted itself.
    pub counts_itself: bool,
    /// The count that it is held against: the least one, or 0 with too few domains.
    pub least: i64,
    /// The domains that have no more than the least count.
    pub least_in: Vec<Text>,
    /// How many domains take part.
    pub domains: usize,
    /// With fewer, the least count is 0.
    pub min_domains: i32,
    /// What is allowed.
    pub max_skew: i32,
    /// How many more pods the other domains need for the node to pass.
    pub missing_elsewhere: i64,
}

impl Skew {
    /// By how much the domain would be above the least one.
    #[must_use]
    pub fn skew(&self) -> i64 {
        self.count + i64::from(self.counts_itself) - self.least
    }

    /// How many pods would have to leave the domain.
    #[must_use]
    pub fn excess(&self) -> i64 {
        self.skew() - i64::from(self.max_skew)
    }

    /// Whether there are too few domains, so that more pods elsewhere do not help.
    #[must_use]
    pub fn lacks_domains(&self) -> bool {
        count(self.domains) < i64::from(self.min_domains)
    }
}
