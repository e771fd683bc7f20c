//! What a cluster is given of the world around it: time, luck, entities, processors and groups of instances.

use super::{Cx, Event, Signal};
use crate::cloud::spawn;
use crate::copies::{is_lit, short};
use crate::words::Root;
use cloudsim_aws::services::target_group::ServerSlot;
use cloudsim_engine::{Context, EventKey, Streams};
use cloudsim_kube::{Inventory, Kube, NodeGroups, NodeId, PodId, Processors, Registries};
use cloudsim_records::{EntityId, EntityKind, Record};
use cloudsim_units::{SimDuration, SimTime};
use cloudsim_world::{AutoScalingGroupId, ZoneId};

impl Context<Kube> for Cx<'_> {
    fn now(&self) -> SimTime {
        Context::<Root>::now(self.kernel)
    }

    fn streams(&self) -> &Streams {
        Context::<Root>::streams(self.kernel)
    }

    fn schedule_at(&mut self, at: SimTime, event: impl Into<cloudsim_kube::Event>) {
        let event = Event { cluster: self.cluster, event: event.into() };
        Context::<Root>::schedule_at(self.kernel, at, event);
    }

    fn arm_at(&mut self, at: SimTime, event: impl Into<cloudsim_kube::Event>) -> EventKey {
        let event = Event { cluster: self.cluster, event: event.into() };
        Context::<Root>::arm_at(self.kernel, at, event)
    }

    fn arm_in(&mut self, delay: SimDuration, event: impl Into<cloudsim_kube::Event>) -> EventKey {
        let event = Event { cluster: self.cluster, event: event.into() };
        Context::<Root>::arm_in(self.kernel, delay, event)
    }

    fn cancel(&mut self, key: EventKey) -> bool {
        Context::<Root>::cancel(self.kernel, key)
    }

    fn record(&mut self, record: impl Into<Record>) {
        match &mut self.placing {
            Some(placing) => placing.records.push(record.into()),
            None => Context::<Root>::record(self.kernel, record),
        }
    }

    fn signal(&mut self, signal: impl Into<cloudsim_kube::Signal>) {
        let signal = Signal { cluster: self.cluster, signal: signal.into() };
        match &mut self.placing {
            Some(placing) => placing.signals.push(signal),
            None => Context::<Root>::signal(self.kernel, signal),
        }
    }
}

impl Inventory for Cx<'_> {
    fn add(
        &mut self,
        kind: EntityKind,
        name: &str,
        zone: Option<ZoneId>,
        parent: Option<EntityId>,
    ) -> EntityId {
        let (entity, info) =
            spawn(self.world, self.next_entity, self.zone_entities, (kind, name), zone, parent);
        let id = info.id;
        self.entities.insert(id, entity);
        match &mut self.placing {
            Some(placing) => placing.entities.push(info),
            None => Context::<Root>::record(self.kernel, Record::EntityAdded(Box::new(info))),
        }
        id
    }

    fn remove(&mut self, entity: EntityId) {
        if let Some(entity) = self.entities.remove(&entity) {
            self.world.despawn(entity).expect("what is in the map is in the world");
        }
    }
}

impl Processors for Cx<'_> {
    fn cpu_used(&self, pod: PodId) -> SimDuration {
        let server = self.servers.get(&(self.cluster, pod));
        server.map_or(SimDuration::ZERO, |server| self.fleet.get(*server).worked(self.now()))
    }
}

impl NodeGroups for Cx<'_> {
    fn desired(&self, group: AutoScalingGroupId) -> u32 {
        self.groups.desired(group)
    }

    fn instances(&self, group: AutoScalingGroupId) -> Vec<u32> {
        self.groups.members(group).map(|server| server.0).collect()
    }

    fn launch_fails(&self, group: AutoScalingGroupId) -> bool {
        self.groups.fails_everywhere(group)
    }

    fn node_of(&self, instance: u32) -> Option<NodeId> {
        self.nodes.get(&ServerSlot(instance)).map(|(_, node)| *node)
    }

    fn instance_of(&self, node: NodeId) -> Option<u32> {
        self.instances.get(&(self.cluster, node)).map(|server| server.0)
    }

    fn group_entity(&self, group: AutoScalingGroupId) -> EntityId {
        self.group_entities[group.index()]
    }
}

impl Registries for Cx<'_> {
    fn region_of(&self, zone: ZoneId) -> u16 {
        short(self.zone_regions[zone.index()] as usize)
    }

    fn registry_answers(&self, region: u16) -> bool {
        is_lit(region.into(), self.zone_regions, self.dark_zones)
    }
}
