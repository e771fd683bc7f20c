//! What part of a service's path its failures point to: evidence for which of many changes of state brought it back.

use cloudsim_records::Cause;

/// A part of the path of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Blame {
    /// Servers, or too few of them.
    Target,
    /// The database.
    Database,
    /// Nodes of load balancers, and their names.
    Balancer,
    /// Gateways and routes to the internet.
    Gateway,
    /// What is outside of the cloud.
    Outside,
    /// What lies between the parts: rules, and the borders of zones.
    Network,
}

impl Blame {
    pub(crate) const COUNT: usize = 6;
    const ALL: [Self; Self::COUNT] =
        [Self::Target, Self::Database, Self::Balancer, Self::Gateway, Self::Outside, Self::Network];

    /// The part that a cause of failure points to.
    pub(crate) fn of(cause: Cause) -> Option<Self> {
        Some(match cause {
            Cause::None => return None,
            Cause::NoTargets
            | Cause::TargetUnreachable
            | Cause::TargetRefused
            | Cause::TargetFull
            | Cause::TargetSlow
            // Pods like others, and found again as those are.
            | Cause::DnsUnreachable => Self::Target,
            Cause::DatabaseUnreachable
            | Cause::DatabaseRefused
            | Cause::DatabaseSlow
            | Cause::LoginRefused => Self::Database,
            Cause::DnsNoAnswer | Cause::BalancerUnreachable => Self::Balancer,
            Cause::NatGatewayUnreachable
            | Cause::NatPortsExhausted
            | Cause::ConnectionReset => Self::Gateway,
            // It may have been a way to anything.
            Cause::NoRoute
            | Cause::ZoneCutOff
            | Cause::LinkDegraded
            | Cause::SecurityGroupDenied
            | Cause::NetworkAclDenied
            | Cause::NoPublicAddress => Self::Network,
            Cause::EndpointSlow | Cause::EndpointFailed => Self::Outside,
        })
    }

    /// Whether a cause says that servers are there, and do not keep up.
    pub(crate) fn is_load(cause: Cause) -> bool {
        matches!(cause, Cause::TargetFull | Cause::TargetSlow)
    }

    /// The part with the most failures; of equals the first.
    pub(crate) fn most(failures: &[u32; Self::COUNT]) -> Option<Self> {
        let most = *failures.iter().max().filter(|most| **most > 0)?;
        Self::ALL.into_iter().find(|blame| failures[*blame as usize] == most)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_part_with_the_most_failures_is_blamed() {
        assert_eq!(Blame::most(&[0; Blame::COUNT]), None);
        assert_eq!(Blame::most(&[3, 7, 7, 0, 0, 0]), Some(Blame::Database));
    }
}
