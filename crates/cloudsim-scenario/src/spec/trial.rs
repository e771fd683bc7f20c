//! Faults, interventions and objectives. They get a name where the file gives none.

use super::Text;
use super::facts::{by_default, default, names};
use cloudsim_units::{NanoUsd, Ratio, SimDuration};
use schemars::JsonSchema;
use serde::Deserialize;

/// What breaks. Its end repairs the cause; what it broke comes back in its own time.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) enum Fault {
    /// Instances, NAT gateways, nodes of load balancers and database instances of a zone die at once.
    ZonePowerLoss {
        /// Its name in results.
        #[schemars(with = "Option<String>")]
        #[schemars(transform = by_default("made from kind and target"))]
        name: String,
        /// The zone.
        #[schemars(transform = names("zones"))]
        zone: String,
        /// When.
        at: Text<SimDuration>,
        /// For how long.
        #[schemars(transform = by_default("for ever"))]
        lasts: Option<Text<SimDuration>>,
    },
    /// All zones of a region lose power at once. They get it back one after the other.
    RegionPowerLoss {
        /// Its name in results.
        #[schemars(with = "Option<String>")]
        #[schemars(transform = by_default("made from kind and target"))]
        name: String,
        /// The region.
        #[schemars(transform = names("regions"))]
        region: String,
        /// From one zone's return to the next, in the order of the file: up to so long, by luck.
        #[schemars(transform = default(SimDuration::ZERO))]
        return_apart: Option<Text<SimDuration>>,
        /// When.
        at: Text<SimDuration>,
        /// For how long; then the first zone returns.
        #[schemars(transform = by_default("for ever"))]
        lasts: Option<Text<SimDuration>>,
    },
    /// The APIs of a region answer nobody: nothing is launched, changed or made there, while what runs goes on. Route 53 changes
    /// its records in us-east-1 (R53-18).
    ControlPlaneLoss {
        /// Its name in results.
        #[schemars(with = "Option<String>")]
        #[schemars(transform = by_default("made from kind and target"))]
        name: String,
        /// The region.
        #[schemars(transform = names("regions"))]
        region: String,
        /// When.
        at: Text<SimDuration>,
        /// For how long.
        #[schemars(transform = by_default("for ever"))]
        lasts: Option<Text<SimDuration>>,
    },
    /// A zone lives and is cut off from others.
    ZonePartition {
        /// Its name in results.
        #[schemars(with = "Option<String>")]
        #[schemars(transform = by_default("made from kind and target"))]
        name: String,
        /// The zone.
        #[schemars(transform = names("zones"))]
        zone: String,
        /// The zones that it is cut off from.
        #[schemars(transform = names("zones").and(by_default("all others of its region")))]
        from: Option<Vec<String>>,
        /// Whether it is cut off from the internet too.
        #[schemars(transform = default(false))]
        internet: Option<bool>,
        /// When.
        at: Text<SimDuration>,
        /// For how long.
        #[schemars(transform = by_default("for ever"))]
        lasts: Option<Text<SimDuration>>,
    },
    /// Packets of a zone are late or lost.
    GreyZone {
        /// Its name in results.
        #[schemars(with = "Option<String>")]
        #[schemars(transform = by_default("made from kind and target"))]
        name: String,
        /// The zone.
        #[schemars(transform = names("zones"))]
        zone: String,
        /// So much later.
        #[schemars(transform = default(SimDuration::ZERO))]
        latency: Option<Text<SimDuration>>,
        /// Up to so much later, by luck.
        #[schemars(transform = default(SimDuration::ZERO))]
        jitter: Option<Text<SimDuration>>,
        /// The share that is lost.
        #[schemars(transform = default(Ratio::ZERO))]
        loss: Option<Text<Ratio>>,
        /// Which packets suffer.
        #[schemars(transform = default("Both"))]
        direction: Option<Direction>,
        /// When.
        at: Text<SimDuration>,
        /// For how long.
        #[schemars(transform = by_default("for ever"))]
        lasts: Option<Text<SimDuration>>,
    },
    /// The host of an instance dies: packets to it vanish.
    HostDeath {
        /// Its name in results.
        #[schemars(with = "Option<String>")]
        #[schemars(transform = by_default("made from kind and target"))]
        name: String,
        /// `frontend-server` is any member of the group that calls its members so, `frontend-server-2` its second; a node that
        /// stands for itself is called by its name.
        #[schemars(transform = names("auto_scaling_groups or nodes"))]
        instance: String,
        /// When.
        at: Text<SimDuration>,
        /// For how long.
        #[schemars(transform = by_default("for ever"))]
        lasts: Option<Text<SimDuration>>,
    },
    /// The process on an instance dies: connections are refused.
    ProcessDeath {
        /// Its name in results.
        #[schemars(with = "Option<String>")]
        #[schemars(transform = by_default("made from kind and target"))]
        name: String,
        /// `frontend-server` is any member of the group that calls its members so, `frontend-server-2` its second.
        #[schemars(transform = names("auto_scaling_groups"))]
        instance: String,
        /// When.
        at: Text<SimDuration>,
        /// For how long.
        #[schemars(transform = by_default("for ever"))]
        lasts: Option<Text<SimDuration>>,
    },
    /// What goes through a NAT gateway vanishes.
    NatGatewayLoss {
        /// Its name in results.
        #[schemars(with = "Option<String>")]
        #[schemars(transform = by_default("made from kind and target"))]
        name: String,
        /// The gateway.
        #[schemars(transform = names("nat_gateways"))]
        nat_gateway: String,
        /// When.
        at: Text<SimDuration>,
        /// For how long.
        #[schemars(transform = by_default("for ever"))]
        lasts: Option<Text<SimDuration>>,
    },
    /// A load balancer's node dies, alone in its zone.
    BalancerNodeLoss {
        /// Its name in results.
        #[schemars(with = "Option<String>")]
        #[schemars(transform = by_default("made from kind and target"))]
        name: String,
        /// The load balancer and the zone: `frontend-alb/a`.
        #[schemars(transform = names("load_balancers"))]
        node: String,
        /// When.
        at: Text<SimDuration>,
        /// For how long.
        #[schemars(transform = by_default("for ever"))]
        lasts: Option<Text<SimDuration>>,
    },
    /// Nobody answers at an endpoint outside of the VPCs: calls to it end with their timeouts.
    EndpointOutage {
        /// Its name in results.
        #[schemars(with = "Option<String>")]
        #[schemars(transform = by_default("made from kind and target"))]
        name: String,
        /// The endpoint.
        #[schemars(transform = names("endpoints"))]
        endpoint: String,
        /// When.
        at: Text<SimDuration>,
        /// For how long.
        #[schemars(transform = by_default("for ever"))]
        lasts: Option<Text<SimDuration>>,
    },
    /// The API servers of a Kubernetes cluster answer nobody; what runs goes on.
    ApiServerOutage {
        /// Its name in results.
        #[schemars(with = "Option<String>")]
        #[schemars(transform = by_default("made from kind and target"))]
        name: String,
        /// The cluster.
        #[schemars(transform = names("clusters"))]
        cluster: String,
        /// When.
        at: Text<SimDuration>,
        /// For how long.
        #[schemars(transform = by_default("for ever"))]
        lasts: Option<Text<SimDuration>>,
    },
    /// A zone has no capacity for new instances (`InsufficientInstanceCapacity`): what runs there goes on, launches fail.
    InsufficientCapacity {
        /// Its name in results.
        #[schemars(with = "Option<String>")]
        #[schemars(transform = by_default("made from kind and target"))]
        name: String,
        /// The zone.
        #[schemars(transform = names("zones"))]
        zone: String,
        /// The instance type of which there is none.
        #[schemars(transform = by_default("none of any"))]
        instance_type: Option<String>,
        /// When.
        at: Text<SimDuration>,
        /// For how long.
        #[schemars(transform = by_default("for ever"))]
        lasts: Option<Text<SimDuration>>,
    },
    /// Subnets take another route table.
    RouteTableChange {
        /// Its name in results.
        #[schemars(with = "Option<String>")]
        #[schemars(transform = by_default("made from kind and target"))]
        name: String,
        /// The subnets.
        #[schemars(transform = names("subnets"))]
        subnets: Vec<String>,
        /// The table that holds meanwhile.
        #[schemars(transform = names("route_tables"))]
        route_table: String,
        /// When.
        at: Text<SimDuration>,
        /// For how long.
        #[schemars(transform = by_default("for ever"))]
        lasts: Option<Text<SimDuration>>,
    },
    /// Subnets take another network ACL.
    NetworkAclChange {
        /// Its name in results.
        #[schemars(with = "Option<String>")]
        #[schemars(transform = by_default("made from kind and target"))]
        name: String,
        /// The subnets.
        #[schemars(transform = names("subnets"))]
        subnets: Vec<String>,
        /// The ACL that holds meanwhile.
        #[schemars(transform = names("network_acls"))]
        network_acl: String,
        /// When.
        at: Text<SimDuration>,
        /// For how long.
        #[schemars(transform = by_default("for ever"))]
        lasts: Option<Text<SimDuration>>,
    },
    /// A security group takes the rules of another.
    SecurityGroupChange {
        /// Its name in results.
        #[schemars(with = "Option<String>")]
        #[schemars(transform = by_default("made from kind and target"))]
        name: String,
        /// The group.
        #[schemars(transform = names("security_groups"))]
        security_group: String,
        /// The group whose rules hold meanwhile.
        #[schemars(transform = names("security_groups"))]
        rules_of: String,
        /// When.
        at: Text<SimDuration>,
        /// For how long.
        #[schemars(transform = by_default("for ever"))]
        lasts: Option<Text<SimDuration>>,
    },
    /// The writer's engine crashes; it restarts, or the standby takes over.
    DatabasePrimaryCrash {
        /// Its name in results.
        #[schemars(with = "Option<String>")]
        #[schemars(transform = by_default("made from kind and target"))]
        name: String,
        /// The database.
        #[schemars(transform = names("databases"))]
        database: String,
        /// When.
        at: Text<SimDuration>,
        /// For how long.
        #[schemars(transform = by_default("for ever"))]
        lasts: Option<Text<SimDuration>>,
    },
    /// The standby's host is lost; without `lasts` it is replaced.
    DatabaseStandbyLoss {
        /// Its name in results.
        #[schemars(with = "Option<String>")]
        #[schemars(transform = by_default("made from kind and target"))]
        name: String,
        /// The database.
        #[schemars(transform = names("databases"))]
        database: String,
        /// When.
        at: Text<SimDuration>,
        /// For how long.
        #[schemars(transform = by_default("for ever"))]
        lasts: Option<Text<SimDuration>>,
    },
    /// The host of a read replica is lost; without `lasts` it is replaced.
    ReplicaLoss {
        /// Its name in results.
        #[schemars(with = "Option<String>")]
        #[schemars(transform = by_default("made from kind and target"))]
        name: String,
        /// The replica.
        #[schemars(transform = names("databases"))]
        replica: String,
        /// When.
        at: Text<SimDuration>,
        /// For how long.
        #[schemars(transform = by_default("for ever"))]
        lasts: Option<Text<SimDuration>>,
    },
}

impl Fault {
    /// What all faults have: name, start, length.
    pub(crate) fn common(&self) -> (&str, &Text<SimDuration>, Option<&Text<SimDuration>>) {
        match self {
            Self::ZonePowerLoss { name, at, lasts, .. }
            | Self::RegionPowerLoss { name, at, lasts, .. }
            | Self::ControlPlaneLoss { name, at, lasts, .. }
            | Self::ZonePartition { name, at, lasts, .. }
            | Self::GreyZone { name, at, lasts, .. }
            | Self::HostDeath { name, at, lasts, .. }
            | Self::ProcessDeath { name, at, lasts, .. }
            | Self::NatGatewayLoss { name, at, lasts, .. }
            | Self::InsufficientCapacity { name, at, lasts, .. }
            | Self::RouteTableChange { name, at, lasts, .. }
            | Self::NetworkAclChange { name, at, lasts, .. }
            | Self::SecurityGroupChange { name, at, lasts, .. }
            | Self::DatabasePrimaryCrash { name, at, lasts, .. }
            | Self::DatabaseStandbyLoss { name, at, lasts, .. }
            | Self::ReplicaLoss { name, at, lasts, .. }
            | Self::BalancerNodeLoss { name, at, lasts, .. }
            | Self::EndpointOutage { name, at, lasts, .. }
            | Self::ApiServerOutage { name, at, lasts, .. } => (name, at, lasts.as_ref()),
        }
    }
}

/// Which packets of a zone suffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
pub(crate) enum Direction {
    /// Those that enter and those that leave.
    Both,
    /// Those that enter.
    Ingress,
    /// Those that leave.
    Egress,
}

/// What an operator does while it runs.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Intervention {
    /// Its name in settings.
    #[schemars(with = "Option<String>")]
    #[schemars(transform = by_default("made from the action"))]
    #[expect(dead_code, reason = "it is there for the paths of settings, which go by the tree")]
    pub(crate) name: String,
    /// When, after everything else of that instant.
    pub(crate) at: Text<SimDuration>,
    /// What, as `--do` takes it behind its time: `drain node/general-1`.
    pub(crate) action: String,
}

/// What must hold.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) enum Objective {
    /// The longest outage of a service, or where there is no traffic of a workload: `namespace/kind/name`.
    Rto {
        /// Its name in results.
        #[schemars(with = "Option<String>")]
        #[schemars(transform = by_default("made from kind and subject"))]
        name: String,
        /// Of which service.
        #[schemars(transform = names("services"))]
        service: String,
        /// The limit.
        at_most: Text<SimDuration>,
        /// Whether it should be met: a scenario can show what does not hold.
        #[schemars(transform = default("Met"))]
        expect: Option<Expect>,
    },
    /// The largest loss of a database or of a table, in time.
    Rpo {
        /// Its name in results.
        #[schemars(with = "Option<String>")]
        #[schemars(transform = by_default("made from kind and subject"))]
        name: String,
        /// Of which database, or table.
        #[schemars(transform = names("databases or tables"))]
        database: String,
        /// The limit.
        at_most: Text<SimDuration>,
        /// Whether it should be met: a scenario can show what does not hold.
        #[schemars(transform = default("Met"))]
        expect: Option<Expect>,
    },
    /// The share of good requests of a service, or of the time in which enough pods of a workload served.
    Availability {
        /// Its name in results.
        #[schemars(with = "Option<String>")]
        #[schemars(transform = by_default("made from kind and subject"))]
        name: String,
        /// Of which service.
        #[schemars(transform = names("services"))]
        service: String,
        /// The limit.
        at_least: Text<Ratio>,
        /// Whether it should be met: a scenario can show what does not hold.
        #[schemars(transform = default("Met"))]
        expect: Option<Expect>,
    },
    /// A percentile of the latency of good requests.
    Latency {
        /// Its name in results.
        #[schemars(with = "Option<String>")]
        #[schemars(transform = by_default("made from kind and subject"))]
        name: String,
        /// Of which service.
        #[schemars(transform = names("services"))]
        service: String,
        /// A number above 0 and below 100 with at most three decimals.
        #[schemars(extend("exclusiveMinimum" = 0, "exclusiveMaximum" = 100))]
        percentile: f64,
        /// The limit.
        at_most: Text<SimDuration>,
        /// Whether it should be met: a scenario can show what does not hold.
        #[schemars(transform = default("Met"))]
        expect: Option<Expect>,
    },
    /// The bill of a month.
    MonthlyCost {
        /// Its name in results.
        #[schemars(with = "Option<String>")]
        #[schemars(transform = by_default("made from kind and subject"))]
        name: String,
        /// The limit.
        at_most: Text<NanoUsd>,
        /// Whether it should be met: a scenario can show what does not hold.
        #[schemars(transform = default("Met"))]
        expect: Option<Expect>,
    },
}

impl Objective {
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Rto { name, .. }
            | Self::Rpo { name, .. }
            | Self::Availability { name, .. }
            | Self::Latency { name, .. }
            | Self::MonthlyCost { name, .. } => name,
        }
    }

    pub(crate) fn expects_breach(&self) -> bool {
        let (Self::Rto { expect, .. }
        | Self::Rpo { expect, .. }
        | Self::Availability { expect, .. }
        | Self::Latency { expect, .. }
        | Self::MonthlyCost { expect, .. }) = self;
        *expect == Some(Expect::Breached)
    }
}

/// What should come of an objective.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
pub(crate) enum Expect {
    /// It holds.
    Met,
    /// It does not; meeting it is the failure.
    Breached,
}
