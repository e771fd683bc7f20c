//! What all domains share in the hecs world: names, stable ids, zones, and iteration in a stable order.

use hecs::{Entity, Query, World};

macro_rules! typed_ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub u32);

        impl $name {
            /// The id of the `index`-th of its kind in the scenario.
            ///
            /// # Panics
            /// Beyond four thousand million, which no scenario reaches.
            #[must_use]
            pub fn from_index(index: usize) -> Self {
                Self(u32::try_from(index).expect("a scenario has fewer than 2^32 things of a kind"))
            }

            /// The place in the scenario's list of this kind.
            #[must_use]
            pub fn index(self) -> usize {
                self.0 as usize
            }
        }
    )+};
}

typed_ids! {
    /// A zone, by its place in the scenario.
    ZoneId,
    /// A VPC, by its place in the scenario.
    VpcId,
    /// A subnet, by its place in the scenario.
    SubnetId,
    /// A route table, by its place in the scenario.
    RouteTableId,
    /// An internet gateway, by its place in the scenario.
    InternetGatewayId,
    /// A NAT gateway, by its place in the scenario.
    NatGatewayId,
    /// A security group, by its place in the scenario.
    SecurityGroupId,
    /// A network ACL, by its place in the scenario.
    NetworkAclId,
    /// A VPC endpoint, by its place in the scenario.
    VpcEndpointId,
    /// A network interface, by the order in which they were attached.
    InterfaceId,
    /// A DNS name, by its place: the load balancers' own names first, then the scenario's `dns_records`.
    DnsNameId,
    /// A health check, by its place in the scenario.
    HealthCheckId,
    /// A load balancer, by its place in the scenario.
    LoadBalancerId,
    /// A target group, by its place in the scenario.
    TargetGroupId,
    /// An Auto Scaling group, by its place in the scenario.
    AutoScalingGroupId,
    /// A runbook, by its place in the scenario.
    RunbookId,
    /// A stack of Terraform, by its place in the scenario.
    StackId,
    /// A machine image, by its place in the scenario.
    MachineImageId,
    /// A secret, by its place in the scenario.
    SecretId,
    /// A service of Kubernetes, by its place in the scenario, over all clusters.
    KubernetesServiceId,
    /// A database, by its place in the scenario.
    DatabaseId,
    /// A table of DynamoDB, by its place in the scenario.
    TableId,
    /// An endpoint outside of the cloud, by its place in the scenario.
    EndpointId,
    /// A kind of client, by its place in the scenario.
    ClientId,
    /// A class of requests, by its place in the scenario.
    ClassId,
    /// A service that users see, by its place in the scenario.
    ServiceId,
    /// A fault, by its place in the scenario.
    FaultId,
    /// An intervention, by the order in which they were given.
    InterventionId,
}

/// The stable id of an entity: counted up as entities are placed, never used again, the same in every run of a scenario.
/// Everything that leaves the world is sorted by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SimId(pub u32);

/// What an entity is called, unique within its kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name(pub String);

/// The zone that an entity lives and dies with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InZone(pub ZoneId);

/// Everything that has the components of `Q`, sorted by [`SimId`].
///
/// The only way to walk a world: the order of a raw query depends on what was spawned and despawned before.
#[expect(clippy::disallowed_methods, reason = "the one place that sorts what a query yields")]
pub fn in_order<Q: Query>(world: &World) -> Vec<Entity> {
    let mut found: Vec<(SimId, Entity)> =
        world.query::<(Entity, &SimId)>().with::<Q>().iter().map(|(entity, id)| (*id, entity)).collect();
    found.sort_unstable_by_key(|(id, _)| *id);
    found.into_iter().map(|(_, entity)| entity).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_does_not_depend_on_what_was_despawned_before() {
        let mut world = World::new();
        let first: Vec<Entity> = (0..6).map(|i| world.spawn((SimId(i), Name(format!("e{i}"))))).collect();
        world.despawn(first[1]).expect("it was spawned");
        world.spawn((SimId(6), Name("e6".into())));
        let names: Vec<String> = in_order::<&Name>(&world)
            .into_iter()
            .map(|entity| world.get::<&Name>(entity).expect("it has a name").0.clone())
            .collect();
        assert_eq!(names, ["e0", "e2", "e3", "e4", "e5", "e6"]);
    }
}
