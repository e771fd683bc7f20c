//! The scheduler decides from columns as it does plainly.

use crate::make::{self, node, nodes, pod, read_node, read_pod};
use cloudsim_kube_scheduler::framework::Choice;
use cloudsim_kube_scheduler::objects::{Pod, PodKey};
use cloudsim_kube_scheduler::plugins::{PluginName, Point};
use cloudsim_kube_scheduler::queue::QueueConfig;
use cloudsim_kube_scheduler::{Decision, Delta, Profile, ProfileSpec, Profiles, Scheduler, Version};
use cloudsim_units::SimTime;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::{Value, json};

const NAMES: [&str; 5] = ["default-scheduler", "first-fit", "open-domains", "no-affinity", "halved"];

/// Profiles that see the same cluster differently.
fn profiles() -> Profiles {
    let named = |name: &str| ProfileSpec { scheduler_name: name.into(), ..ProfileSpec::default() };
    let mut first_fit = named("first-fit");
    first_fit.enabled.remove(&Point::Score);
    let mut open_domains = named("open-domains");
    open_domains.args.pod_topology_spread.ignore_tainted_domains = true;
    let without = |spec: &mut ProfileSpec, plugin: PluginName, points: &[Point]| {
        for point in points {
            spec.enabled.get_mut(point).unwrap().retain(|enabled| *enabled != plugin);
        }
    };
    let mut no_affinity = named("no-affinity");
    without(&mut no_affinity, PluginName::InterPodAffinity, &[Point::PreFilter, Point::Filter]);
    no_affinity.weights.insert(PluginName::PodTopologySpread, 7);
    let mut halved = named("halved");
    without(&mut halved, PluginName::NodeAffinity, &[Point::Filter]);
    let specs = [named("default-scheduler"), first_fit, open_domains, no_affinity, halved];
    Profiles::new(specs.map(|spec| Profile::new(spec, Version::default())))
}

#[derive(Clone, Debug)]
enum Step {
    Pod(Value, &'static str, i32),
    Delete(Index),
    Node(Value),
    NodeDeleted(usize),
    Relabel(bool),
    Services(bool),
    Schedule(u32),
    Pass(u64),
}

fn step() -> impl Strategy<Value = Step> {
    let priority = select(&[0, 0, 5, 9][..]);
    prop_oneof![
        8 => (pod(), select(&NAMES[..]), priority).prop_map(|(pod, name, priority)| Step::Pod(pod, name, priority)),
        2 => any::<Index>().prop_map(Step::Delete),
        2 => (0..9usize).prop_flat_map(node).prop_map(Step::Node),
        1 => (0..9usize).prop_map(Step::NodeDeleted),
        1 => any::<bool>().prop_map(Step::Relabel),
        1 => any::<bool>().prop_map(Step::Services),
        8 => (1..4u32).prop_map(Step::Schedule),
        2 => (1..40u64).prop_map(Step::Pass),
    ]
}

/// A scheduler with columns beside one without: both are told the same.
struct Both {
    columns: Scheduler,
    plain: Scheduler,
    now: SimTime,
    luck: usize,
    pods: Vec<PodKey>,
}

impl Both {
    fn new() -> Both {
        let scheduler = || Scheduler::new(profiles(), QueueConfig::default());
        let (columns, plain) = (scheduler(), scheduler().deciding_plainly());
        Both { columns, plain, now: SimTime::ZERO, luck: 0, pods: Vec::new() }
    }

    fn apply(&mut self, delta: Delta) {
        self.columns.apply(self.now, delta.clone());
        self.plain.apply(self.now, delta);
    }

    fn take(&mut self, step: Step, number: usize) -> Result<(), TestCaseError> {
        match step {
            Step::Pod(mut pod, scheduler, priority) => {
                pod["metadata"]["name"] = json!(format!("p{number}"));
                let pod = read_pod(&pod);
                self.pods.push(pod.key.clone());
                self.apply(Delta::Pod(Pod { priority, scheduler_name: scheduler.into(), ..pod }));
            }
            Step::Delete(which) if !self.pods.is_empty() => {
                let key = self.pods.swap_remove(which.index(self.pods.len()));
                self.apply(Delta::PodDeleted(key));
            }
            Step::Delete(_) => {}
            Step::Node(node) => self.apply(Delta::Node(read_node(&node))),
            Step::NodeDeleted(node) => self.apply(Delta::NodeDeleted(format!("n{node}").into())),
            Step::Relabel(as_is) => {
                let mut namespaces = make::namespaces();
                if !as_is {
                    let labels = namespaces[1].labels.clone();
                    namespaces[0].labels = labels;
                }
                self.apply(Delta::Namespace(namespaces.remove(0)));
            }
            Step::Services(some) => {
                self.apply(Delta::Services(if some { vec![make::service()] } else { Vec::new() }));
            }
            Step::Schedule(times) => (0..times).try_for_each(|_| self.schedule())?,
            Step::Pass(seconds) => self.now += cloudsim_units::SimDuration::from_secs(seconds),
        }
        Ok(())
    }

    /// Lets both decide about the next pod, with the same luck, and evicts whom they want to be gone.
    fn schedule(&mut self) -> Result<(), TestCaseError> {
        self.luck += 7;
        let decide = |scheduler: &mut Scheduler| {
            let mut drawn = Vec::new();
            let mut draw = |equals: usize| {
                drawn.push(equals);
                self.luck % equals
            };
            let decision = scheduler.schedule_one(self.now, &mut Choice::Drawn(&mut draw));
            (decision, drawn)
        };
        let (columns, plain) = (decide(&mut self.columns), decide(&mut self.plain));
        prop_assert_eq!(format!("{columns:?}"), format!("{plain:?}"));
        if let (Some(Decision::Nominated { nominated, .. }), _) = columns
            && self.luck.is_multiple_of(3)
        {
            for victim in &nominated.victims {
                self.apply(Delta::PodDeleted(victim.key.clone()));
            }
        }
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_000, ..ProptestConfig::default() })]

    #[test]
    fn a_scheduler_decides_from_columns_what_it_decides_plainly(
        nodes in nodes(),
        steps in prop::collection::vec(step(), 1..40),
    ) {
        let mut both = Both::new();
        for namespace in make::namespaces() {
            both.apply(Delta::Namespace(namespace));
        }
        for node in &nodes {
            both.apply(Delta::Node(read_node(node)));
        }
        for (number, step) in steps.into_iter().enumerate() {
            both.take(step, number)?;
        }
    }
}
