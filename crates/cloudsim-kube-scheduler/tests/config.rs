//! Configurations of kube-scheduler: what they mean, and what is said of those that mean nothing.

use cloudsim_kube_scheduler::ProfileSpec;
use cloudsim_kube_scheduler::config::{Configuration, read};
use cloudsim_kube_scheduler::objects::{NodeInclusion, Unsatisfiable};
use cloudsim_kube_scheduler::plugins::PluginName::{
    DefaultPreemption, DynamicResources, ImageLocality, InterPodAffinity, NodeAffinity, NodeName, NodePorts,
    NodeResourcesBalancedAllocation, NodeResourcesFit, NodeUnschedulable, PodTopologySpread, TaintToleration,
    VolumeBinding,
};
use cloudsim_kube_scheduler::plugins::{
    DefaultConstraints, PluginName, Point, ScoringStrategy, UtilizationPoint, WeightedResource,
};
use cloudsim_kube_scheduler::queue::QueueConfig;
use cloudsim_units::SimDuration;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

fn whole(mut fields: Value) -> Value {
    let object = fields.as_object_mut().expect("fields");
    object.insert("apiVersion".into(), "kubescheduler.config.k8s.io/v1".into());
    object.insert("kind".into(), "KubeSchedulerConfiguration".into());
    fields
}

fn profile(fields: Value) -> Value {
    whole(json!({ "profiles": [fields] }))
}

fn spec(fields: Value) -> ProfileSpec {
    let read = read(&profile(fields)).unwrap_or_else(|problems| panic!("{problems:#?}"));
    let [spec] = read.profiles.try_into().expect("one profile");
    spec
}

fn args(plugin: &str, args: Value) -> Value {
    json!({ "pluginConfig": [{ "name": plugin, "args": args }] })
}

/// What is wrong, a line each.
fn wrong(configuration: &Value) -> Vec<String> {
    read(configuration).expect_err("something is wrong").iter().map(ToString::to_string).collect()
}

#[track_caller]
fn wrong_args(plugin: &str, of: Value, expected: &[&str]) {
    let found = wrong(&profile(args(plugin, of)));
    let at = "profiles[0].pluginConfig[0].args.";
    let expected: Vec<String> = expected.iter().map(|line| format!("{at}{line}")).collect();
    assert_eq!(found, expected);
}

#[track_caller]
fn wrong_plugins(of: Value, expected: &[&str]) {
    let found = wrong(&profile(json!({ "plugins": of })));
    let expected: Vec<String> = expected.iter().map(|line| format!("profiles[0].plugins.{line}")).collect();
    assert_eq!(found, expected);
}

fn plugins(of: Value) -> ProfileSpec {
    spec(json!({ "plugins": of }))
}

#[test]
fn a_configuration_that_says_nothing_is_the_default_one() {
    for nothing in [
        json!({}),
        whole(json!({})),
        json!({ "profiles": [] }),
        profile(json!({})),
        profile(json!(
            { "plugins": { "score": {} }, "pluginConfig": [{ "name": "NodeResourcesFit" }, { "name": "NodeAffinity", "args": {} }] }
        )),
    ] {
        assert_eq!(read(&nothing), Ok(Configuration::default()), "{nothing}");
    }
}

#[test]
fn what_changes_no_decision_is_accepted() {
    let accepted = whole(json!({
        "parallelism": 4,
        "leaderElection": { "leaderElect": true, "leaseDuration": "1m0.5s", "renewDeadline": "40s", "retryPeriod": "500ms",
            "resourceLock": "leases", "resourceName": "mine", "resourceNamespace": "kube-system" },
        "clientConnection": { "kubeconfig": "/etc/kubernetes/scheduler.conf", "acceptContentTypes": "", "contentType": "x",
            "qps": 12.5, "burst": 200 },
        "enableProfiling": false,
        "enableContentionProfiling": false,
        "delayCacheUntilActive": true,
        "extenders": [],
        "profiles": [{
            "plugins": {
                "score": { "disabled": [{ "name": "NodeResourcesLeastAllocated" }] },
            },
            "pluginConfig": [
                { "name": "VolumeBinding", "args": { "bindTimeoutSeconds": 0 } },
                { "name": "DynamicResources", "args": { "filterTimeout": "10s" } },
                { "name": "ImageLocality", "args": { "anything": true } },
            ],
        }],
    }));
    assert_eq!(read(&accepted), Ok(Configuration::default()));
}

#[test]
fn a_profiles_percentage_goes_before_that_of_all() {
    let read = read(&whole(json!({
        "percentageOfNodesToScore": 30,
        "profiles": [
            { "schedulerName": "a" },
            { "schedulerName": "b", "percentageOfNodesToScore": 0 },
            { "schedulerName": "c", "percentageOfNodesToScore": 100 },
        ],
    })))
    .unwrap();
    let percentages: Vec<i32> =
        read.profiles.iter().map(|profile| profile.percentage_of_nodes_to_score).collect();
    assert_eq!(percentages, [30, 0, 100]);
}

#[test]
fn backoff_is_read_in_seconds() {
    let read = read(&whole(json!({ "podInitialBackoffSeconds": 3, "podMaxBackoffSeconds": 3 }))).unwrap();
    assert_eq!((read.pod_initial_backoff_seconds, read.pod_max_backoff_seconds), (3, 3));
    let queue = read.queue();
    assert_eq!(
        (queue.initial_backoff, queue.max_backoff),
        (SimDuration::from_secs(3), SimDuration::from_secs(3))
    );
    assert_eq!(Configuration::default().queue(), QueueConfig::default());
}

#[test]
fn numbers_of_the_whole_have_their_ranges() {
    assert_eq!(
        wrong(&whole(json!({
            "parallelism": 0,
            "percentageOfNodesToScore": 101,
            "podInitialBackoffSeconds": 20,
            "enableProfiling": "yes",
            "leaderElection": { "leaseDuration": "5s", "renewDeadline": "ten", "resourceLock": "endpoints" },
            "clientConnection": { "burst": -1 },
            "extenders": [{ "urlPrefix": "http://127.0.0.1:8080" }],
        }))),
        [
            "parallelism: 0 is not from 1 up, in the range of the field",
            "enableProfiling: this is to be true or false",
            "leaderElection.renewDeadline: `ten` is no span of time: write 10s, 1m30s or 500ms",
            "leaderElection.leaseDuration: this is to be above renewDeadline",
            "leaderElection.resourceLock: this is to be leases, not `endpoints`",
            "clientConnection.burst: -1 is not from 0 up, in the range of the field",
            "podMaxBackoffSeconds: 10 is below podInitialBackoffSeconds, 20",
            "percentageOfNodesToScore: 101 is not from 0 to 100",
            "extenders: an extender is another program that is asked: that is not simulated",
        ]
    );
}

#[test]
fn an_unknown_field_is_wrong_wherever_it_is() {
    assert_eq!(
        wrong(&whole(json!({
            "podMaxBackofSeconds": 3,
            "profiles": [{
                "plugin": {},
                "plugins": { "scores": {}, "filter": { "enable": [] } },
                "pluginConfig": [{ "name": "NodeResourcesFit", "arg": {}, "args": { "scoringStrategy": {
                    "type": "MostAllocated", "resources": [{ "name": "cpu", "wieght": 1 }] } } }],
            }],
        }))),
        [
            "podMaxBackofSeconds: there is no such field; did you mean `podMaxBackoffSeconds`?",
            "profiles[0].plugin: there is no such field; did you mean `plugins`?",
            "profiles[0].plugins.scores: there is no such field; did you mean `score`?",
            "profiles[0].plugins.filter.enable: there is no such field; did you mean `enabled`?",
            "profiles[0].pluginConfig[0].arg: there is no such field; did you mean `args`?",
            "profiles[0].pluginConfig[0].args.scoringStrategy.resources[0].wieght: there is no such field; did you mean \
             `weight`?",
        ]
    );
}

#[test]
fn only_v1_is_read() {
    let old = json!({ "apiVersion": "kubescheduler.config.k8s.io/v1beta3", "kind": "KubeSchedulerConfiguration",
        "healthzBindAddress": "0.0.0.0:10251" });
    assert_eq!(
        wrong(&old),
        [
            "apiVersion: kube-scheduler 1.34 no longer reads `kubescheduler.config.k8s.io/v1beta3`, an old version: write \
             kubescheduler.config.k8s.io/v1"
        ]
    );
    let other = json!({ "apiVersion": "v1", "kind": "ConfigMap", "data": {} });
    assert_eq!(
        wrong(&other),
        [
            "kind: this is to be KubeSchedulerConfiguration, not `ConfigMap`",
            "apiVersion: this is to be kubescheduler.config.k8s.io/v1, not `v1`",
        ]
    );
    assert_eq!(
        wrong(&json!({ "kind": "KubeSchedulerConfiguration" })),
        ["apiVersion: this is needed: kubescheduler.config.k8s.io/v1"]
    );
}

#[test]
fn what_is_not_even_an_object_is_refused_without_a_panic() {
    for value in
        [json!(null), json!([]), json!("profiles"), json!({ "profiles": {} }), json!({ "profiles": [1] })]
    {
        assert!(read(&value).is_err(), "{value}");
    }
}

#[test]
fn several_profiles_need_names_of_their_own() {
    assert_eq!(
        wrong(&whole(json!({ "profiles": [{ "schedulerName": "a" }, {}, { "schedulerName": "a" }] }))),
        [
            "profiles[1].schedulerName: this is needed",
            "profiles[2].schedulerName: another profile has this name"
        ]
    );
    assert_eq!(
        wrong(&profile(json!({ "schedulerName": "" }))),
        ["profiles[0].schedulerName: this is needed"]
    );
}

#[test]
fn all_profiles_sort_the_one_queue_alike() {
    let sorted = json!({ "queueSort": { "enabled": [{ "name": "PrioritySort" }] } });
    let two = |second: Value| {
        whole(
            json!({ "profiles": [{ "schedulerName": "a", "plugins": &sorted }, { "schedulerName": "b", "plugins": second }] }),
        )
    };
    assert!(read(&two(sorted.clone())).is_ok());
    assert_eq!(
        wrong(&two(json!({}))),
        ["profiles[1].plugins.queueSort: there is one queue: this must be the same in all profiles"]
    );
}

#[test]
fn a_disabled_plugin_is_asked_no_more() {
    let without = plugins(
        json!({ "multiPoint": { "disabled": [{ "name": "ImageLocality" }, { "name": "NodePorts" }] } }),
    );
    let mut expected = ProfileSpec::default();
    for asked in expected.enabled.values_mut() {
        asked.retain(|plugin| !matches!(plugin, ImageLocality | NodePorts));
    }
    expected.weights.remove(&ImageLocality);
    assert_eq!(without, expected);
    let only_its_score = plugins(json!({ "score": { "disabled": [{ "name": "NodeResourcesFit" }] } }));
    assert!(!only_its_score.at(Point::Score).contains(&NodeResourcesFit));
    assert!(only_its_score.at(Point::Filter).contains(&NodeResourcesFit));
}

#[test]
fn a_weight_written_at_score_moves_the_plugin_to_the_front() {
    let spec = plugins(json!({ "score": { "enabled": [
        { "name": "ImageLocality", "weight": 7 }, { "name": "NodeAffinity" }
    ] } }));
    assert_eq!(
        spec.at(Point::Score),
        [
            ImageLocality,
            NodeAffinity,
            TaintToleration,
            NodeResourcesFit,
            VolumeBinding,
            PodTopologySpread,
            InterPodAffinity,
            NodeResourcesBalancedAllocation
        ]
    );
    // Named without a weight it weighs 1, not the 2 of the default.
    assert_eq!([ImageLocality, NodeAffinity, TaintToleration].map(|plugin| spec.weight(plugin)), [7, 1, 3]);
}

#[test]
fn a_plugin_disabled_and_enabled_at_a_point_comes_last_there() {
    let spec = plugins(json!({ "score": {
        "disabled": [{ "name": "TaintToleration" }], "enabled": [{ "name": "TaintToleration", "weight": 9 }]
    } }));
    assert_eq!(spec.at(Point::Score).last(), Some(&TaintToleration));
    assert_eq!(spec.weight(TaintToleration), 9);
}

#[test]
fn a_star_at_a_point_leaves_what_is_written_there() {
    let spec = plugins(json!({ "filter": {
        "disabled": [{ "name": "*" }], "enabled": [{ "name": "NodeName" }, { "name": "NodeUnschedulable" }]
    } }));
    assert_eq!(spec.at(Point::Filter), [NodeName, NodeUnschedulable]);
    assert_eq!(spec.at(Point::Score), ProfileSpec::default().at(Point::Score));
}

#[test]
fn a_star_for_all_points_leaves_what_is_written_at_any() {
    let spec = plugins(json!({
        "multiPoint": { "disabled": [{ "name": "*" }],
            "enabled": [{ "name": "DefaultBinder" }, { "name": "PrioritySort" }, { "name": "NodeResourcesFit", "weight": 0 }] },
        "filter": { "enabled": [{ "name": "NodeName" }] },
    }));
    assert_eq!(spec.at(Point::Filter), [NodeResourcesFit, NodeName]);
    assert_eq!(spec.at(Point::Score), [NodeResourcesFit]);
    assert_eq!(spec.at(Point::QueueSort), [PluginName::PrioritySort]);
    assert_eq!(spec.weight(NodeResourcesFit), 1);
}

#[test]
fn a_default_plugin_keeps_its_place_when_it_gets_a_weight_for_all_points() {
    let spec = plugins(json!({ "multiPoint": { "enabled": [{ "name": "NodeAffinity", "weight": 5 }] } }));
    let mut expected = ProfileSpec::default();
    expected.weights.insert(NodeAffinity, 5);
    assert_eq!(spec, expected);
}

#[test]
fn the_weight_written_at_score_goes_before_that_for_all_points() {
    let spec = plugins(json!({
        "multiPoint": { "enabled": [{ "name": "NodeAffinity", "weight": 5 }] },
        "score": { "enabled": [{ "name": "NodeAffinity", "weight": 8 }] },
    }));
    assert_eq!(spec.weight(NodeAffinity), 8);
}

#[test]
fn plugins_that_are_none_are_refused_with_a_reason() {
    wrong_plugins(
        json!({
            "multiPoint": { "enabled": [{ "name": "Coscheduling" }] },
            "queueSort": { "disabled": [{ "name": "*" }], "enabled": [{ "name": "QOSSort" }] },
            "score": { "enabled": [{ "name": "NodeAfinity" }, { "name": "NodeResourcesMostAllocated" }, {}] },
        }),
        &[
            "multiPoint.enabled[0].name: `Coscheduling` is no plugin of kube-scheduler itself, and plugins of others are not \
             simulated",
            "queueSort.enabled[0].name: `QOSSort` is no plugin of kube-scheduler itself, and plugins of others are not \
             simulated",
            "score.enabled[0].name: `NodeAfinity` is no plugin of kube-scheduler itself, and plugins of others are not \
             simulated; did you mean `NodeAffinity`?",
            "score.enabled[1].name: kube-scheduler 1.34 has no plugin `NodeResourcesMostAllocated` any more",
            "score.enabled[2].name: this is needed",
        ],
    );
}

#[test]
fn a_plugin_goes_once_to_a_point_that_it_is_for() {
    wrong_plugins(
        json!({ "filter": { "enabled": [{ "name": "NodeName" }, { "name": "ImageLocality" }, { "name": "NodeName" }] } }),
        &[
            "filter.enabled[1].name: ImageLocality is not a plugin for this point",
            "filter.enabled[2].name: NodeName is enabled twice",
        ],
    );
}

#[test]
fn a_queue_must_be_sorted_and_a_pod_bound() {
    wrong_plugins(
        json!({ "multiPoint": { "disabled": [{ "name": "*" }] } }),
        &["queueSort: one plugin sorts the queue, not 0", "bind: no plugin is left to bind a pod"],
    );
}

#[test]
fn a_plugin_cannot_be_taken_from_where_it_prepares_and_left_where_it_decides() {
    wrong_plugins(
        json!({
            "preFilter": { "disabled": [{ "name": "NodePorts" }, { "name": "NodeAffinity" }, { "name": "DynamicResources" }] },
            "preScore": { "disabled": [{ "name": "*" }] },
            "filter": { "disabled": [{ "name": "DynamicResources" }] },
            "score": { "disabled": [{ "name": "InterPodAffinity" }, { "name": "TaintToleration" }] },
        }),
        &[
            "preFilter: without NodePorts here kube-scheduler fails where it asks NodePorts at filter: disable it there too, \
             or at multiPoint",
            "preFilter: without DynamicResources here kube-scheduler fails where it asks DynamicResources at postFilter: \
             disable it there too, or at multiPoint",
            "preScore: without PodTopologySpread here kube-scheduler fails where it asks PodTopologySpread at score: disable \
             it there too, or at multiPoint",
            "preFilter: NodeAffinity at filter but not here is not simulated",
        ],
    );
    // It only prepares: that is in vain, and right.
    let spec = plugins(json!({ "filter": { "disabled": [{ "name": "NodePorts" }] } }));
    assert!(spec.at(Point::PreFilter).contains(&NodePorts) && !spec.at(Point::Filter).contains(&NodePorts));
}

#[test]
fn preemption_can_be_disabled_alone() {
    let spec = plugins(json!({ "postFilter": { "disabled": [{ "name": "DefaultPreemption" }] } }));
    assert_eq!(spec.at(Point::PostFilter), [DynamicResources]);
    assert!(ProfileSpec::default().at(Point::PostFilter).contains(&DefaultPreemption));
}

#[test]
fn arguments_are_for_a_plugin_that_exists_and_come_once() {
    assert_eq!(
        wrong(&profile(json!({ "pluginConfig": [
            { "name": "NodeResourceFit", "args": {} },
            { "name": "InterPodAffinity" },
            { "name": "InterPodAffinity", "args": { "kind": "NodeAffinityArgs", "apiVersion": "v1" } },
            { "args": {} },
        ] }))),
        [
            "profiles[0].pluginConfig[0].name: `NodeResourceFit` is no plugin of kube-scheduler itself, and plugins of others \
             are not simulated; did you mean `NodeResourcesFit`?",
            "profiles[0].pluginConfig[2].name: InterPodAffinity has arguments above",
            "profiles[0].pluginConfig[2].args.kind: this is to be InterPodAffinityArgs, not `NodeAffinityArgs`",
            "profiles[0].pluginConfig[2].args.apiVersion: this is to be kubescheduler.config.k8s.io/v1, not `v1`",
            "profiles[0].pluginConfig[3].name: this is needed",
        ]
    );
}

#[test]
fn arguments_of_the_fit_are_read() {
    let fit = spec(args(
        "NodeResourcesFit",
        json!({
            "ignoredResources": ["example.com/gpu"],
            "ignoredResourceGroups": ["example.org"],
            "scoringStrategy": {
                "type": "RequestedToCapacityRatio",
                "resources": [{ "name": "memory", "weight": 100 }, { "name": "example.com/gpu" }],
                "requestedToCapacityRatio": { "shape": [{ "utilization": 0, "score": 10 }, { "utilization": 100 }] },
            },
        }),
    ))
    .args
    .node_resources_fit;
    assert!(
        fit.ignored_resources.contains("example.com/gpu")
            && fit.ignored_resource_groups.contains("example.org")
    );
    let point = |utilization, score| UtilizationPoint { utilization, score };
    assert_eq!(fit.strategy, ScoringStrategy::RequestedToCapacityRatio(vec![point(0, 10), point(100, 0)]));
    let resources: Vec<(&str, i64)> =
        fit.resources.iter().map(|resource| (resource.name.as_str(), resource.weight)).collect();
    assert_eq!(resources, [("memory", 100), ("example.com/gpu", 1)]);

    let most = spec(args("NodeResourcesFit", json!({ "scoringStrategy": { "type": "MostAllocated" } })));
    assert_eq!(most.args.node_resources_fit.strategy, ScoringStrategy::MostAllocated);
    assert_eq!(most.args.node_resources_fit.resources, WeightedResource::cpu_and_memory());
}

#[test]
fn arguments_of_the_fit_have_their_ranges() {
    wrong_args(
        "NodeResourcesFit",
        json!({
            "ignoredResources": ["-x", 7],
            "ignoredResourceGroups": ["example.com/gpu"],
            "scoringStrategy": {
                "resources": [{ "name": "cpu", "weight": 101 }, { "name": "memory", "weight": -1 }, { "weight": 1 }],
            },
        }),
        &[
            "ignoredResources[0]: `-x` is no key of a label",
            "ignoredResources[1]: this is to be a text",
            "ignoredResourceGroups[0]: a group is what stands before the slash, not `example.com/gpu`",
            "scoringStrategy.resources[0].weight: 101 is not from 1 to 100",
            "scoringStrategy.resources[1].weight: -1 is not from 1 to 100",
            "scoringStrategy.resources[2].name: this is needed",
            "scoringStrategy.type: this is needed: one of LeastAllocated, MostAllocated, RequestedToCapacityRatio",
        ],
    );
    wrong_args(
        "NodeResourcesFit",
        json!({ "scoringStrategy": { "type": "MostAlocated" } }),
        &[
            "scoringStrategy.type: `MostAlocated` is none of LeastAllocated, MostAllocated, RequestedToCapacityRatio; did you \
           mean `MostAllocated`?",
        ],
    );
}

#[test]
fn a_curve_rises_in_utilization_and_goes_with_its_strategy() {
    let strategy = |kind: &str, shape: Value| {
        json!({"scoringStrategy": {"type": kind,
        "requestedToCapacityRatio": {"shape": shape}}})
    };
    let at = "scoringStrategy.requestedToCapacityRatio";
    wrong_args(
        "NodeResourcesFit",
        strategy(
            "RequestedToCapacityRatio",
            json!([
                { "utilization": 50, "score": 11 }, { "utilization": 50, "score": 1 }, { "utilization": 101, "score": 1 }
            ]),
        ),
        &[
            &format!("{at}.shape[0].score: 11 is not from 0 to 10"),
            &format!("{at}.shape[1].utilization: 50 is not above the 50 of the point before"),
            &format!("{at}.shape[2].utilization: 101 is not from 0 to 100"),
        ],
    );
    wrong_args(
        "NodeResourcesFit",
        strategy("RequestedToCapacityRatio", json!([])),
        &[&format!("{at}.shape: a curve needs at least one point")],
    );
    wrong_args(
        "NodeResourcesFit",
        strategy("LeastAllocated", json!([{ "utilization": 0, "score": 1 }])),
        &[&format!("{at}: this goes with type RequestedToCapacityRatio, not with LeastAllocated")],
    );
    wrong_args(
        "NodeResourcesFit",
        json!({ "scoringStrategy": { "type": "RequestedToCapacityRatio" } }),
        &[&format!("{at}: this is needed with type RequestedToCapacityRatio")],
    );
}

#[test]
fn a_balance_is_of_different_resources_without_weights() {
    let spec = spec(args(
        "NodeResourcesBalancedAllocation",
        json!({ "resources": [{ "name": "cpu", "weight": 1 }, { "name": "nvidia.com/gpu" }] }),
    ));
    let names: Vec<&str> = spec
        .args
        .node_resources_balanced_allocation
        .resources
        .iter()
        .map(|resource| resource.name.as_str())
        .collect();
    assert_eq!(names, ["cpu", "nvidia.com/gpu"]);
    wrong_args(
        "NodeResourcesBalancedAllocation",
        json!({ "resources": [{ "name": "cpu", "weight": 2 }, { "name": "cpu" }] }),
        &[
            "resources[0].weight: a balance has no weights: 2 can only be 1",
            "resources[1].name: `cpu` is named twice",
        ],
    );
}

#[test]
fn arguments_of_inter_pod_affinity_and_preemption_are_read() {
    let spec = spec(json!({ "pluginConfig": [
        { "name": "InterPodAffinity", "args": { "ignorePreferredTermsOfExistingPods": true } },
        { "name": "DefaultPreemption", "args": { "minCandidateNodesPercentage": 0 } },
    ] }));
    let affinity = spec.args.inter_pod_affinity;
    assert_eq!(
        (affinity.hard_pod_affinity_weight, affinity.ignore_preferred_terms_of_existing_pods),
        (1, true)
    );
    let preemption = spec.args.default_preemption;
    assert_eq!(
        (preemption.min_candidate_nodes_percentage, preemption.min_candidate_nodes_absolute),
        (0, 100)
    );
    wrong_args(
        "InterPodAffinity",
        json!({ "hardPodAffinityWeight": 101 }),
        &["hardPodAffinityWeight: 101 is not from 0 to 100"],
    );
    wrong_args(
        "DefaultPreemption",
        json!({ "minCandidateNodesPercentage": 0, "minCandidateNodesAbsolute": 0 }),
        &["minCandidateNodesPercentage: this and minCandidateNodesAbsolute cannot both be 0"],
    );
    wrong_args(
        "DefaultPreemption",
        json!({ "minCandidateNodesPercentage": -1, "minCandidateNodesAbsolute": 1.5 }),
        &[
            "minCandidateNodesPercentage: -1 is not from 0 to 100",
            "minCandidateNodesAbsolute: this is to be a whole number",
        ],
    );
}

#[test]
fn added_affinity_is_read() {
    let added = spec(args(
        "NodeAffinity",
        json!({ "addedAffinity": {
            "requiredDuringSchedulingIgnoredDuringExecution": { "nodeSelectorTerms": [
                { "matchExpressions": [{ "key": "pool", "operator": "In", "values": ["a", "b"] }] },
                { "matchFields": [{ "key": "metadata.name", "operator": "In", "values": ["node-1"] }] },
            ] },
            "preferredDuringSchedulingIgnoredDuringExecution": [
                { "weight": 40, "preference": { "matchExpressions": [{ "key": "gen", "operator": "Gt", "values": ["2"] }] } },
            ],
        } }),
    ))
    .args
    .node_affinity;
    let required = added.added_required.expect("required terms");
    assert_eq!((required.terms[0].labels.len(), required.terms[1].names.len()), (1, 1));
    assert_eq!(added.added_preferred.expect("preferred terms")[0].weight, 40);
}

#[test]
fn added_affinity_is_checked() {
    let at = "addedAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms";
    wrong_args(
        "NodeAffinity",
        json!({ "addedAffinity": { "requiredDuringSchedulingIgnoredDuringExecution": { "nodeSelectorTerms": [
            { "matchExpressions": [{ "key": "a b", "operator": "In", "values": ["x"] }] },
            { "matchExpressions": [{ "key": "a", "operator": "Has" }] },
            { "matchFields": [{ "key": "metadata.uid", "operator": "In", "values": ["x"] }] },
            { "matchLabels": {} },
        ] } } }),
        &[
            &format!("{at}[0].matchExpressions[0].key: `a b` is no key of a label"),
            &format!("{at}[1].matchExpressions[0]: `Has` is no operator"),
            &format!("{at}[2].matchFields[0]: a field can only be metadata.name, In or NotIn one value"),
            &format!("{at}[3].matchLabels: there is no such field; did you mean `matchFields`?"),
        ],
    );
}

#[test]
fn default_constraints_are_read() {
    let list = json!({ "defaultingType": "List", "defaultConstraints": [
        { "maxSkew": 2, "topologyKey": "topology.kubernetes.io/zone", "whenUnsatisfiable": "DoNotSchedule", "minDomains": 3,
          "nodeTaintsPolicy": "Honor" },
        { "maxSkew": 1, "topologyKey": "topology.kubernetes.io/zone", "whenUnsatisfiable": "ScheduleAnyway" },
    ] });
    let DefaultConstraints::List(list) =
        spec(args("PodTopologySpread", list)).args.pod_topology_spread.defaults
    else {
        panic!("a list")
    };
    assert_eq!((list[0].max_skew, list[0].min_domains), (2, 3));
    assert_eq!(
        (list[0].node_affinity_policy, list[0].node_taints_policy),
        (NodeInclusion::Honor, NodeInclusion::Honor)
    );
    assert_eq!(list[1].when_unsatisfiable, Unsatisfiable::ScheduleAnyway);

    let none = spec(args("PodTopologySpread", json!({ "defaultingType": "List" })));
    assert_eq!(none.args.pod_topology_spread.defaults, DefaultConstraints::List(Vec::new()));
}

#[test]
fn default_constraints_are_checked() {
    wrong_args(
        "PodTopologySpread",
        json!({ "defaultConstraints": [
            { "maxSkew": 0, "topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedul" },
            { "maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule", "labelSelector": {} },
            { "maxSkew": 2, "topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule" },
            {},
        ] }),
        &[
            "defaultConstraints[0].maxSkew: 0 is not from 1 up, in the range of the field",
            "defaultConstraints[0].whenUnsatisfiable: `DoNotSchedul` is none of DoNotSchedule, ScheduleAnyway; did you mean \
             `DoNotSchedule`?",
            "defaultConstraints[1].labelSelector: a default constraint has no selector: it is derived for each pod",
            "defaultConstraints[2]: topologyKey and whenUnsatisfiable are those of a constraint before",
            "defaultConstraints[3].maxSkew: this is needed, from 1 up",
            "defaultConstraints[3].topologyKey: this is needed",
            "defaultConstraints[3].whenUnsatisfiable: this is needed",
            "defaultingType: with defaultConstraints this must be List",
        ],
    );
}

#[test]
fn arguments_about_volumes_and_claims_are_checked() {
    wrong_args(
        "VolumeBinding",
        json!({ "bindTimeoutSeconds": -1, "shape": [] }),
        &[
            "bindTimeoutSeconds: -1 is not from 0 up, in the range of the field",
            "shape: kube-scheduler refuses this unless the feature gate StorageCapacityScoring is on",
        ],
    );
    wrong_args(
        "DynamicResources",
        json!({ "filterTimeout": "-5s" }),
        &["filterTimeout: this is to be 0 or above"],
    );
}

/// Configurations of others, which are not part of the project: `CLOUDSIM_SCHEDULER_CONFIGS` names a folder of them.
#[expect(clippy::print_stderr, reason = "says what became of each, or why nothing is tested")]
#[test]
fn configurations_of_others_are_read_or_refused_with_a_reason() {
    #[expect(clippy::disallowed_methods, reason = "names what a test reads; no run sees it")]
    let Ok(folder) = std::env::var("CLOUDSIM_SCHEDULER_CONFIGS") else {
        eprintln!(
            "skipped: set CLOUDSIM_SCHEDULER_CONFIGS to a folder with configurations of kube-scheduler"
        );
        return;
    };
    let mut configurations = 0;
    for path in files_below(Path::new(&folder)) {
        let Ok(text) = std::fs::read_to_string(&path) else { continue };
        // Templates are not YAML yet.
        let Ok(documents) = serde_saphyr::from_multiple::<Value>(&text) else { continue };
        for document in documents.iter().filter(|document| document["kind"] == "KubeSchedulerConfiguration") {
            configurations += 1;
            let is_v1 = document["apiVersion"] == "kubescheduler.config.k8s.io/v1";
            match read(document) {
                Ok(read) => {
                    assert!(is_v1, "{}: an old version was read", path.display());
                    assert!(!read.profiles.is_empty(), "{}: no profile", path.display());
                    eprintln!("{}: read", path.display());
                }
                Err(problems) => {
                    assert!(!problems.is_empty(), "{}: refused without a reason", path.display());
                    for problem in &problems {
                        assert_eq!(problem.field == "apiVersion", !is_v1, "{}: {problem}", path.display());
                        eprintln!("{}: {problem}", path.display());
                    }
                }
            }
        }
    }
    assert!(configurations > 0, "{folder} has no configuration of kube-scheduler");
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    paths.into_iter().flat_map(|path| if path.is_dir() { files_below(&path) } else { vec![path] }).collect()
}
