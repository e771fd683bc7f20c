//! A world that stands still is the world of a run at that time.

use cloudsim::{Cell, KINDS, Kind, Paused, pause, simulate};
use cloudsim_engine::{RecordSink, Stamped};
use cloudsim_records::{EndReason, Record};
use cloudsim_scenario::plan::Plan;
use cloudsim_scenario::{MemoryFiles, Overrides, load};
use cloudsim_units::{SimDuration, SimTime};

fn plan(set: &[&str]) -> Plan {
    let set = set.iter().map(|text| (*text).to_owned()).collect();
    let overrides = Overrides { set, ..Overrides::default() };
    load(&MemoryFiles::default(), "az-a-outage", &overrides).expect("it ships").plan
}

/// The flagship with little traffic, twenty seconds before and after its zone dies.
fn small() -> Plan {
    plan(&["traffic.visitors.rate=20/s", "faults.a-dark.at=20s", "faults.a-dark.lasts=10s", "warm_up=1s"])
}

fn at(plan: &Plan, seconds: u64) -> Paused {
    pause(plan, plan.seed, SimDuration::from_secs(seconds), |_| false)
}

/// The cells of a column.
fn column(paused: &Paused, kind: &str, key: &str) -> Vec<Cell> {
    let table = paused.table(Kind::of(kind).expect("a kind"));
    let place = table.columns.iter().position(|column| column.key == key).expect("a column");
    table.rows.into_iter().map(|mut row| row.swap_remove(place)).collect()
}

struct Nothing;

impl RecordSink<Record> for Nothing {
    fn take(&mut self, _batch: &[Stamped<Record>]) {}
}

#[test]
fn it_is_the_world_of_the_run_at_that_time() {
    let plan = small();
    let until = SimDuration::from_secs(25);
    let paused = at(&plan, 25);
    let run = simulate(&plan, plan.seed, Some(until), &mut Nothing, |_| false);
    assert_eq!(paused.run(), &run);
    assert_eq!(paused.now(), SimTime::ZERO + until);
}

#[test]
fn the_instant_itself_has_happened_and_nothing_after_it() {
    let plan = small();
    let state = |paused: &Paused| column(paused, "faults", "state");
    let power = |paused: &Paused| column(paused, "zones", "power");
    let just_before = pause(&plan, plan.seed, SimDuration::from_nanos(19_999_999_999), |_| false);
    assert_eq!(
        (state(&just_before)[0].clone(), power(&just_before)[0].clone()),
        ("Pending".into(), "On".into())
    );
    assert_eq!(
        (state(&at(&plan, 20))[0].clone(), power(&at(&plan, 20))[0].clone()),
        ("Active".into(), "Off".into())
    );
    assert_eq!(
        (state(&at(&plan, 30))[0].clone(), power(&at(&plan, 30))[0].clone()),
        ("Ended".into(), "On".into())
    );
}

#[test]
fn the_same_seed_gives_the_same_tables_and_every_row_has_all_columns() {
    let plan = small();
    let (one, other) = (at(&plan, 40), at(&plan, 40));
    for kind in KINDS {
        let table = one.table(kind);
        assert_eq!(table, other.table(kind), "{}", kind.plural);
        assert_eq!(table.columns[0].key, "name", "{}", kind.plural);
        // Programs find there what kind of thing it is.
        assert!(table.columns.iter().all(|column| column.key != "kind"), "{}", kind.plural);
        for row in &table.rows {
            assert_eq!(row.len(), table.columns.len(), "{}", kind.plural);
        }
    }
}

#[test]
fn whoever_interrupts_gets_the_world_as_far_as_it_came() {
    let plan = small();
    let paused = pause(&plan, plan.seed, SimDuration::from_secs(40), |now| now >= SimTime::from_secs(10));
    assert_eq!(paused.run().reason, EndReason::Interrupted);
    assert!(paused.now() >= SimTime::from_secs(10) && paused.now() < SimTime::from_secs(20));
}

#[test]
fn without_traffic_and_faults_the_world_is_the_same_at_any_time() {
    let plan = plan(&["faults=[]", "traffic=[]", "objectives=[]"]);
    assert_eq!(at(&plan, 60).now(), SimTime::from_secs(60));
    assert_eq!(column(&at(&plan, 60), "instances", "state"), column(&at(&plan, 0), "instances", "state"));
}

#[test]
fn what_a_fault_changes_in_the_network_is_seen_while_it_lasts() {
    let plan = plan(&[
        r#"faults=[
            ZonePartition(name: "cut", zone: "a", internet: true, at: "10s", lasts: "10s"),
            NetworkAclChange(name: "wrong", subnets: ["private-app-subnet-a"], network_acl: "database", at: "10s", lasts: "10s"),
        ]"#,
        "traffic.visitors.rate=20/s",
        "warm_up=1s",
    ]);
    let first = |seconds, kind, key| column(&at(&plan, seconds), kind, key).swap_remove(0);
    let names = |names: &[&str]| Cell::from(names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>());
    for (seconds, cut_from) in [(5, names(&[])), (15, names(&["b", "c", "internet"])), (25, names(&[]))] {
        assert_eq!(first(seconds, "zones", "cut_from"), cut_from, "at {seconds} s");
    }
    let own = ["private-db-subnet-a", "private-db-subnet-b", "private-db-subnet-c"];
    let with_wrong = [&["private-app-subnet-a"][..], &own[..]].concat();
    for (seconds, subnets) in [(5, &own[..]), (15, &with_wrong[..]), (25, &own[..])] {
        assert_eq!(first(seconds, "network_acls", "subnets"), names(subnets), "at {seconds} s");
    }
    assert_eq!(first(5, "security_groups", "ingress"), names(&["tcp:443:0.0.0.0/0"]));
}
