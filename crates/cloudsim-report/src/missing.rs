//! What the zones that were left lacked at each fault, and what that would have cost.

use crate::network::Machine;
use crate::{more, table};
use cloudsim_measures::{CapacityMeasures, FaultMeasures, RunDocument, count_at, short, words};
use cloudsim_records::{Decimal, Room};
use cloudsim_units::{NanoUsd, SimTime};
use maud::{Markup, html};

const ROWS_MAX: usize = 20;

/// Machines that a fault left too few of.
struct Missing<'a> {
    fault: &'a str,
    whose: &'a str,
    count: i64,
    why: String,
    /// What they may be, the cheapest first.
    machines: Vec<&'a Machine>,
}

/// Nothing where nothing was missing, or where nobody knows what it costs.
pub(crate) fn view(run: &RunDocument, machines: &[Machine]) -> Markup {
    let nodes = run.kubernetes.capacity.iter().filter_map(|of| nodes(of, machines));
    let instances = run.faults.iter().flat_map(|fault| instances(fault, run, machines));
    let all: Vec<Missing<'_>> = nodes.chain(instances).collect();
    html! {
        @if !all.is_empty() {
            h3 { "What was missing, and what it would have cost" }
            p.note {
                "As many machines more before the fault, in zones that it leaves, at the hourly prices of the bill. Of a cluster: "
                "nodes as large as those that were left, as many as requests are beyond their room in sum; whether each pod "
                "fits is not asked. Of other groups: as many instances as the fault took. Disks, addresses and traffic are not in it."
            }
            (table(&["fault", "whose", "machines", "why so many", "$ an hour", "$ a month"], all.iter().take(ROWS_MAX).map(row)))
            (more(ROWS_MAX, all.len(), "row"))
        }
    }
}

fn row(of: &Missing<'_>) -> Markup {
    let kinds: Vec<&str> = of.machines.iter().map(|machine| machine.kind.as_str()).collect();
    let price = |of_one: fn(&Machine) -> NanoUsd| {
        let prices = || of.machines.iter().map(|machine| of_one(machine) * of.count);
        let (least, most) = (prices().min().unwrap_or_default(), prices().max().unwrap_or_default());
        let exact = |usd: NanoUsd| Decimal::trimmed(usd.as_nanos().into(), 9).to_string();
        if least == most { exact(least) } else { format!("{} to {}", exact(least), exact(most)) }
    };
    html! {
        tr {
            th scope="row" { (of.fault) }
            td { (of.whose) }
            td { (of.count) " × " (kinds.join(" or ")) }
            td { (of.why) }
            td.number { (price(|machine| machine.hour)) }
            td.number { strong { (price(|machine| machine.month)) } }
        }
    }
}

/// The machines that fit, the cheapest first, each type once.
fn known(machines: &[Machine], fits: impl Fn(&Machine) -> bool) -> Vec<&Machine> {
    let mut known: Vec<&Machine> = machines.iter().filter(|machine| fits(machine)).collect();
    known.sort_by_key(|machine| (machine.hour, &machine.kind));
    known.dedup_by_key(|machine| &machine.kind);
    known
}

/// Nodes for what the nodes that were left had no room for.
fn nodes<'a>(of: &'a CapacityMeasures, machines: &'a [Machine]) -> Option<Missing<'a>> {
    let beyond = of.lost.room.iter().filter(|room| short(room) > 0);
    let (count, room) = beyond
        .map(|room| (nodes_for(room, of.lost.left).unwrap_or(of.lost.lost.into()), room))
        .max_by_key(|(count, _)| *count)?;
    let machines = known(machines, |machine| machine.cluster.as_ref() == Some(&of.cluster));
    let why = format!("short of {} {}", words::amount(&room.resource, short(room)), room.resource);
    (!machines.is_empty()).then_some(Missing { fault: &of.fault, whose: &of.cluster, count, why, machines })
}

/// How many nodes as large as the mean of those that were left have room for what is short; `None` if none was left.
fn nodes_for(room: &Room, left: u32) -> Option<i64> {
    let wanted = i128::from(short(room)) * i128::from(left);
    let there = i128::from(room.allocatable);
    (there > 0).then(|| i64::try_from((wanted + there - 1) / there).unwrap_or(i64::MAX))
}

/// Instances that a fault took of groups that no cluster has for its nodes.
fn instances<'a>(
    fault: &'a FaultMeasures,
    run: &'a RunDocument,
    machines: &'a [Machine],
) -> Vec<Missing<'a>> {
    let before = SimTime::from_nanos(fault.started.as_nanos().saturating_sub(1));
    let mut all: Vec<Missing<'_>> = Vec::new();
    for machine in machines.iter().filter(|machine| machine.cluster.is_none()) {
        let lanes = || run.lanes.groups.iter().filter(|lane| lane.group == machine.group);
        let up = |at: SimTime| lanes().map(|lane| count_at(&lane.up, at)).sum::<u32>();
        let (had, has) = (up(before), up(fault.started));
        if has < had {
            let (count, why) = (i64::from(had - has), format!("{has} of {had} were left"));
            all.push(Missing {
                fault: &fault.name,
                whose: &machine.group,
                count,
                why,
                machines: vec![machine],
            });
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_is_needed_for_any_rest_and_none_for_nothing() {
        // Six nodes with 3.92 CPUs each.
        let room = |beyond: i64| Room {
            resource: "cpu".to_owned(),
            allocatable: 23_520,
            requested: 20_000,
            displaced: 3_520 + beyond,
        };
        assert_eq!(nodes_for(&room(0), 6), Some(0));
        assert_eq!(nodes_for(&room(1), 6), Some(1));
        assert_eq!(nodes_for(&room(3_920), 6), Some(1));
        assert_eq!(nodes_for(&room(3_921), 6), Some(2));
        assert_eq!(nodes_for(&Room { allocatable: 0, ..room(1) }, 0), None);
    }
}
