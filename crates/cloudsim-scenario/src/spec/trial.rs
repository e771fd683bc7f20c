//! Faults and objectives. Both get a name where the file gives none.

use super::Text;
use cloudsim_units::{NanoUsd, Ratio, SimDuration};
use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) enum Fault {
    ZonePowerLoss {
        name: String,
        zone: String,
        at: Text<SimDuration>,
        lasts: Option<Text<SimDuration>>,
    },
    ZonePartition {
        name: String,
        zone: String,
        /// All others by default.
        from: Option<Vec<String>>,
        /// Not cut off from the internet by default.
        internet: Option<bool>,
        at: Text<SimDuration>,
        lasts: Option<Text<SimDuration>>,
    },
    GreyZone {
        name: String,
        zone: String,
        latency: Option<Text<SimDuration>>,
        jitter: Option<Text<SimDuration>>,
        loss: Option<Text<Ratio>>,
        /// Both by default.
        direction: Option<Direction>,
        at: Text<SimDuration>,
        lasts: Option<Text<SimDuration>>,
    },
    HostDeath {
        name: String,
        instance: String,
        at: Text<SimDuration>,
        lasts: Option<Text<SimDuration>>,
    },
    ProcessDeath {
        name: String,
        instance: String,
        at: Text<SimDuration>,
        lasts: Option<Text<SimDuration>>,
    },
    NatGatewayLoss {
        name: String,
        nat_gateway: String,
        at: Text<SimDuration>,
        lasts: Option<Text<SimDuration>>,
    },
    RouteTableChange {
        name: String,
        subnets: Vec<String>,
        route_table: String,
        at: Text<SimDuration>,
        lasts: Option<Text<SimDuration>>,
    },
    NetworkAclChange {
        name: String,
        subnets: Vec<String>,
        network_acl: String,
        at: Text<SimDuration>,
        lasts: Option<Text<SimDuration>>,
    },
    SecurityGroupChange {
        name: String,
        security_group: String,
        /// The group whose rules hold meanwhile.
        rules_of: String,
        at: Text<SimDuration>,
        lasts: Option<Text<SimDuration>>,
    },
    DatabasePrimaryCrash {
        name: String,
        database: String,
        at: Text<SimDuration>,
        lasts: Option<Text<SimDuration>>,
    },
    DatabaseStandbyLoss {
        name: String,
        database: String,
        at: Text<SimDuration>,
        lasts: Option<Text<SimDuration>>,
    },
}

impl Fault {
    /// What all faults have: name, start, length.
    pub(crate) fn common(&self) -> (&str, &Text<SimDuration>, Option<&Text<SimDuration>>) {
        match self {
            Self::ZonePowerLoss { name, at, lasts, .. }
            | Self::ZonePartition { name, at, lasts, .. }
            | Self::GreyZone { name, at, lasts, .. }
            | Self::HostDeath { name, at, lasts, .. }
            | Self::ProcessDeath { name, at, lasts, .. }
            | Self::NatGatewayLoss { name, at, lasts, .. }
            | Self::RouteTableChange { name, at, lasts, .. }
            | Self::NetworkAclChange { name, at, lasts, .. }
            | Self::SecurityGroupChange { name, at, lasts, .. }
            | Self::DatabasePrimaryCrash { name, at, lasts, .. }
            | Self::DatabaseStandbyLoss { name, at, lasts, .. } => (name, at, lasts.as_ref()),
        }
    }
}

/// Which packets of a zone suffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub(crate) enum Direction {
    Both,
    Ingress,
    Egress,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) enum Objective {
    Rto {
        name: String,
        service: String,
        at_most: Text<SimDuration>,
        expect: Option<Expect>,
    },
    Rpo {
        name: String,
        database: String,
        at_most: Text<SimDuration>,
        expect: Option<Expect>,
    },
    Availability {
        name: String,
        service: String,
        at_least: Text<Ratio>,
        expect: Option<Expect>,
    },
    Latency {
        name: String,
        service: String,
        percentile: f64,
        at_most: Text<SimDuration>,
        expect: Option<Expect>,
    },
    MonthlyCost {
        name: String,
        at_most: Text<NanoUsd>,
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

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub(crate) enum Expect {
    Met,
    Breached,
}
