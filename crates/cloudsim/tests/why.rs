//! Why a pod is where it is, asked of whole runs.

use cloudsim::why::{Became, PodStory, Where, WhyProblem, pod};
use cloudsim::{Cell, Kind, pause};
use cloudsim_records::PodState;
use cloudsim_scenario::plan::Plan;
use cloudsim_scenario::{MemoryFiles, Overrides, load};
use cloudsim_units::{SimDuration, SimTime};

fn plan(set: &[&str], interventions: &[&str]) -> Plan {
    let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
    let overrides =
        Overrides { set: owned(set), interventions: owned(interventions), ..Overrides::default() };
    load(&MemoryFiles::default(), "k8s-whole-zone", &overrides).expect("it ships").plan
}

fn tell(plan: &Plan, name: &str, at: SimDuration) -> Result<PodStory, WhyProblem> {
    pod(plan, plan.seed, name, at, |_| false).told
}

/// The pods of a time with their nodes, as `get` has them.
fn pods(plan: &Plan, at: SimDuration) -> Vec<(String, Option<String>)> {
    let table = pause(plan, plan.seed, at, |_| false).table(Kind::of("pods").expect("a kind"));
    let place = |key: &str| table.columns.iter().position(|column| column.key == key).expect("a column");
    let (name, node) = (place("name"), place("node"));
    let text = |cell: &Cell| if let Cell::Text(text) = cell { Some(text.clone()) } else { None };
    table.rows.iter().map(|row| (text(&row[name]).expect("a name"), text(&row[node]))).collect()
}

#[test]
fn each_pod_is_where_the_decision_that_is_made_again_puts_it() {
    let plan = plan(&[], &["3m: scale deployment/shop/worker 9"]);
    let at = SimDuration::from_mins(14);
    let mut moved = 0;
    for (name, node) in pods(&plan, at) {
        let story = tell(&plan, &name, at).expect("get shows it");
        assert_eq!(story.node, node, "{name}");
        let node = node.expect("all have a node");
        let decision = story.decision.as_ref().expect("the scheduler placed it");
        let decided = decision.case.decide();
        assert!(decided.best().iter().any(|best| ***best == *node), "{name} is on {node}");
        // Before it had a node, it was on none in the cluster that decided.
        assert!(decision.case.cluster.node_of(&decision.case.pod.key).is_none());
        let bound = story.moments.iter().find(|moment| moment.became == Became::State(PodState::Scheduled));
        assert_eq!(story.from_the_start, bound.is_none(), "{name}");
        if let Some(bound) = bound {
            moved += 1;
            assert!(decision.at < bound.at && decision.at >= story.made, "{name}");
        }
    }
    assert!(moved > 6, "{moved}");
}

#[test]
fn a_pod_that_waits_is_told_with_its_queue_and_what_would_have_to_change() {
    let plan = plan(&[], &["1m: scale deployment/shop/api 60"]);
    let at = SimDuration::from_secs(100);
    let waiting: Vec<String> =
        pods(&plan, at).into_iter().filter(|(_, node)| node.is_none()).map(|(name, _)| name).collect();
    assert!(waiting.len() > 10, "{waiting:?}");
    let story = tell(&plan, &waiting[0], at).expect("get shows it");
    let waits = story.waits.as_ref().expect("it waits");
    assert_eq!(waits.rejected_by, ["NodeResourcesFit"]);
    assert!(matches!(waits.place, Where::Unschedulable { until } if until > SimTime::ZERO + at), "{waits:?}");
    assert_eq!((waits.attempts, waits.since), (1, story.made));
    let decision = story.decision.as_ref().expect("it was tried");
    assert_eq!(decision.attempt, 1);
    let decided = decision.case.decide();
    assert_eq!(decided.failure(), waits.message);
    assert!(decided.rejected().all(|rejected| !rejected.objections.is_empty()));
    assert_eq!(decided.rejected().count(), 12);
    // It waits from the moment at which it was made, and the records say that it fits nowhere.
    assert_eq!(story.moments.first().map(|moment| moment.at), Some(story.made));
    assert!(matches!(story.moments.last().map(|moment| &moment.became), Some(Became::Unschedulable(_))));
}

#[test]
fn pods_that_are_not_there_are_told_with_why() {
    let plan = plan(&[], &["1m: restart deployment/shop/cache"]);
    let before: Vec<String> = pods(&plan, SimDuration::ZERO).into_iter().map(|(name, _)| name).collect();
    let late = SimDuration::from_mins(2) - SimDuration::from_secs(1);
    let after: Vec<String> = pods(&plan, late).into_iter().map(|(name, _)| name).collect();
    let gone = before.iter().find(|name| !after.contains(name)).expect("the old ones are gone");
    let new = after.iter().find(|name| !before.contains(name)).expect("there are new ones");
    let said = |name: &str, at| tell(&plan, name, at).expect_err("it is not there");
    let told = said(gone, late).to_string();
    assert!(told.starts_with(&format!("pod `{gone}` is no more there at 1m59s: it went at 1m")), "{told}");
    let told = said(new, SimDuration::from_secs(30)).to_string();
    assert!(told.starts_with(&format!("pod `{new}` is not there yet at 30s: it is made at 1m")), "{told}");
    let almost = &before[0][..before[0].len() - 1];
    let told = said(almost, SimDuration::ZERO);
    assert_eq!(told.to_string(), format!("no pod `{almost}`"));
    assert_eq!(told.hint, Some(format!("did you mean `{}`?", before[0])));
}
