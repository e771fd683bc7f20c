//! In which state things were over time: databases, and what is either there or not.

use crate::measures::Change;
use crate::milestones::silences;
use cloudsim_records::{DatabaseInstanceState, EntityId, EntityKind, Names, Record};
use cloudsim_units::SimTime;

/// The instances of a database over time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DatabaseLane {
    /// The database's name.
    pub database: String,
    /// Its instances, in the order of the inventory; the first takes writes when the run begins.
    pub instances: Vec<DatabaseInstanceLane>,
}

/// An instance of a database over time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DatabaseInstanceLane {
    /// Its name.
    pub name: String,
    /// The zone that it is in, if it is in one.
    pub zone: Option<String>,
    /// What it became, and when. Before the first of these nothing is known of it.
    pub states: Vec<(SimTime, DatabaseInstanceState)>,
}

impl DatabaseInstanceLane {
    /// What it is at an instant and since when, what happens in that instant included.
    #[must_use]
    pub fn state(&self, at: SimTime) -> Option<(SimTime, DatabaseInstanceState)> {
        let known = self.states.partition_point(|(since, _)| *since <= at);
        self.states[..known].last().copied()
    }
}

impl DatabaseLane {
    /// The instance that takes writes at an instant, what happens in that instant included.
    #[must_use]
    pub fn writer(&self, at: SimTime) -> Option<&DatabaseInstanceLane> {
        let writes = |of: &&DatabaseInstanceLane| {
            of.state(at).is_some_and(|(_, state)| state == DatabaseInstanceState::Writer)
        };
        self.instances.iter().find(writes)
    }
}

/// A time in which something did not work that does not break by halves: a node of a load balancer, a NAT gateway, the API
/// of a cluster, a region of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Absence {
    /// What, by name.
    pub name: String,
    /// From when on.
    pub from: SimTime,
    /// When it worked again; `None` if it did not.
    pub until: Option<SimTime>,
}

impl Absence {
    /// Whether it lasts at an instant, what happens in that instant included.
    #[must_use]
    pub fn is_at(&self, at: SimTime) -> bool {
        self.from <= at && self.until.is_none_or(|until| at < until)
    }
}

pub(crate) fn database_lanes(names: &Names, changes: &[Change]) -> Vec<DatabaseLane> {
    let mut lanes: Vec<(EntityId, DatabaseLane)> = names
        .of_kind(EntityKind::Database)
        .map(|database| {
            (database.id, DatabaseLane { database: database.name.clone(), instances: Vec::new() })
        })
        .collect();
    let mut places = Vec::new();
    for instance in names.of_kind(EntityKind::DatabaseInstance) {
        let Some(of) = lanes.iter().position(|(id, _)| Some(*id) == instance.parent) else { continue };
        let instances = &mut lanes[of].1.instances;
        let first = instances.is_empty().then_some((SimTime::ZERO, DatabaseInstanceState::Writer));
        places.push((instance.id, (of, instances.len())));
        instances.push(DatabaseInstanceLane {
            name: instance.name.clone(),
            zone: instance.zone.map(|zone| names.name(zone).to_owned()),
            states: first.into_iter().collect(),
        });
    }
    for change in changes {
        let Record::DatabaseInstanceChanged { instance, state, .. } = &change.record else { continue };
        if let Some((_, (of, place))) = places.iter().find(|(id, _)| id == instance) {
            lanes[*of].1.instances[*place].states.push((change.at, *state));
        }
    }
    lanes.into_iter().map(|(_, lane)| lane).collect()
}

/// What did not work and when, in order of time.
pub(crate) fn absences(names: &Names, changes: &[Change]) -> Vec<Absence> {
    let mut absences: Vec<Absence> = Vec::new();
    for change in changes {
        let (name, up) = match &change.record {
            Record::BalancerNodeChanged { node: of, up }
            | Record::NatGatewayChanged { nat_gateway: of, up } => (names.name(*of).to_owned(), *up),
            Record::TableReplicaChanged { table, region, up } => {
                (format!("{} in {}", names.name(*table), names.name(*region)), *up)
            }
            _ => continue,
        };
        let open = absences.iter_mut().find(|absence| absence.until.is_none() && absence.name == name);
        match (open, up) {
            (Some(open), true) => open.until = Some(change.at),
            (None, false) => absences.push(Absence { name, from: change.at, until: None }),
            _ => {}
        }
    }
    absences.extend(silences(changes).into_iter().map(|silence| Absence {
        name: format!("API of {}", names.name(silence.cluster)),
        from: silence.from,
        until: silence.until,
    }));
    absences.sort_by_key(|absence| absence.from);
    absences
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::story::{Story, s};

    #[test]
    fn a_database_has_the_writer_that_records_gave_it_last_and_at_first_its_first_instance() {
        let mut story = Story::new(600);
        story
            .writer(s(120), "orders-1", DatabaseInstanceState::Unreachable)
            .writer(s(170), "orders-2", DatabaseInstanceState::Writer)
            .writer(s(400), "orders-1", DatabaseInstanceState::Standby);
        let lanes = story.measure().lanes.databases;
        let writer = |at: u64| lanes[0].writer(s(at)).map(|writer| writer.name.as_str());
        let writers = [0, 119, 120, 169, 170, 599].map(writer);
        let (first, second) = (Some("orders-1"), Some("orders-2"));
        assert_eq!(writers, [first, first, None, None, second, second]);
        assert_eq!(lanes[0].instances[0].state(s(399)), Some((s(120), DatabaseInstanceState::Unreachable)));
        assert_eq!(lanes[0].instances[1].state(s(169)), None, "no record has said what it is");
    }

    #[test]
    fn what_is_down_is_down_from_the_instant_itself_until_it_works_again() {
        let mut story = Story::new(600);
        let nat_gateway = story.id("nat-a");
        for (at, up) in [(100, false), (200, true), (500, false)] {
            story.at(s(at), Record::NatGatewayChanged { nat_gateway, up });
        }
        let absences = story.measure().lanes.absences;
        let is_down = |at: u64| absences.iter().any(|absence| absence.is_at(s(at)));
        assert_eq!([99, 100, 199, 200, 499, 600].map(is_down), [false, true, true, false, false, true]);
        assert!(absences.iter().all(|absence| absence.name == "nat-a"), "{absences:?}");
    }
}
