//! Names to entities and back.

use crate::field::Object;
use crate::{EntityId, EntityInfo, EntityKind, Names, Record};
use serde_json::Value;
use std::cell::RefCell;
use std::collections::BTreeMap;

/// The entities that lines have announced, by number and by name.
#[derive(Clone, Debug, Default)]
pub(crate) struct Index {
    names: Names,
    by_name: BTreeMap<String, Vec<EntityId>>,
    /// Of which hops it is known whether their names lead to them: forgotten when something else may have their name.
    hops: RefCell<BTreeMap<EntityId, bool>>,
}

impl Index {
    pub(crate) fn names(&self) -> &Names {
        &self.names
    }

    /// Learns from what announces entities; other records say nothing new.
    pub(crate) fn observe(&mut self, record: &Record) {
        match record {
            Record::RunStarted(run) => {
                self.by_name.clear();
                for entity in &run.entities {
                    self.announce(entity);
                }
            }
            Record::EntityAdded(entity) => self.announce(entity),
            _ => return,
        }
        self.names.observe(record);
    }

    /// The same from a line that is not read yet, in which entities can be referred to that it announces.
    pub(crate) fn foresee(&mut self, line: &Object) {
        let announced = line.get("entities").and_then(Value::as_array);
        let objects = announced
            .into_iter()
            .flatten()
            .filter_map(Value::as_object)
            .chain(line.contains_key("entity").then_some(line));
        for object in objects {
            let id = object.get("id").and_then(Value::as_u64).and_then(|id| u32::try_from(id).ok());
            let kind = object.get("entity").and_then(Value::as_str);
            let kind = EntityKind::ALL.iter().find(|of| Some(of.word()) == kind);
            let is_near = |id: &u32| *id as usize <= self.names.count() + NUMBERS_AHEAD;
            if let (Some(id), Some(kind), Some(Value::String(name))) =
                (id.filter(is_near), kind, object.get("name"))
            {
                let entity = EntityInfo {
                    id: EntityId(id),
                    kind: *kind,
                    name: name.clone(),
                    zone: None,
                    parent: None,
                };
                self.announce(&entity);
                self.names.observe(&Record::EntityAdded(Box::new(entity)));
            }
        }
    }

    pub(crate) fn learn_classes(&mut self, classes: Vec<String>) {
        self.names.learn_classes(classes);
    }

    fn announce(&mut self, entity: &EntityInfo) {
        let namesakes = self.by_name.entry(entity.name.clone()).or_default();
        namesakes.retain(|id| *id != entity.id);
        namesakes.push(entity.id);
        self.hops.get_mut().clear();
    }

    /// What a name under a key stands for: the one that was announced last of those that can stand there.
    pub(crate) fn find(&self, key: &str, name: &str) -> Option<EntityId> {
        let can_stand = |id: &&EntityId| self.names.entity(**id).is_some_and(|of| can_stand(key, of.kind));
        self.by_name.get(name)?.iter().rev().find(can_stand).copied()
    }

    /// Whether its name under a key stands for it.
    pub(crate) fn leads_to(&self, key: &str, id: EntityId) -> bool {
        self.find(key, self.names.name(id)) == Some(id)
    }

    /// The same of the path of a request.
    pub(crate) fn all_lead_to_hops(&self, hops: &[Option<EntityId>]) -> bool {
        let mut known = self.hops.borrow_mut();
        hops.iter().flatten().all(|hop| *known.entry(*hop).or_insert_with(|| self.leads_to("hops", *hop)))
    }
}

/// A number that is so much larger than all before is no entity's: names are held by number.
const NUMBERS_AHEAD: usize = 1 << 20;

/// What can stand under a key, where that is not everything. It keeps lines short and need not be complete: what a name
/// does not lead to is told by number.
fn can_stand(key: &str, kind: EntityKind) -> bool {
    use EntityKind as K;
    match key {
        "zone" => kind == K::Zone,
        "region" => kind == K::Region,
        "pod" => kind == K::Pod,
        "cluster" => kind == K::Cluster,
        "workload" => kind == K::Workload,
        "pool" => kind == K::NodePool,
        "service" => kind == K::KubernetesService,
        "balancer" => kind == K::LoadBalancer,
        "endpoint" => kind == K::Endpoint,
        "nat_gateway" => kind == K::NatGateway,
        "subnet" => kind == K::Subnet,
        "table" => kind == K::Table,
        "stack" => kind == K::Stack,
        "runbook" => kind == K::Runbook,
        "record" => kind == K::DnsRecord,
        "image" => matches!(kind, K::MachineImage | K::ContainerImage),
        "instance" => matches!(kind, K::Instance | K::DatabaseInstance),
        "node" => matches!(kind, K::Node | K::BalancerNode),
        "database" => matches!(kind, K::Database | K::Table),
        "from" | "to" => matches!(kind, K::DatabaseInstance | K::Region),
        "server" => matches!(kind, K::Instance | K::Pod),
        "hops" => matches!(
            kind,
            K::BalancerNode
                | K::Instance
                | K::Pod
                | K::NatGateway
                | K::DatabaseInstance
                | K::Endpoint
                | K::Table
        ),
        _ => true,
    }
}
