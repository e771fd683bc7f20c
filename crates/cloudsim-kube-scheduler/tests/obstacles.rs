//! What would have to change for a node that is rejected.

use cloudsim_kube_scheduler::Version;
use cloudsim_kube_scheduler::explain::Case;
use cloudsim_kube_scheduler::framework::{Obstacle, Skew, Unmet};
use cloudsim_kube_scheduler::objects::{ClaimKey, PodKey, Requirement, ResourceName};
use cloudsim_kube_scheduler::plugins::{Criterion, PluginName};
use flate2::read::GzDecoder;
use serde_json::{Value, json};
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

fn read(case: &Value) -> Case {
    Case::read(&case.to_string(), Version::V1_34).unwrap()
}

/// The obstacles of one node.
fn obstacles(case: &Value, node: &str) -> Vec<Obstacle> {
    let case = read(case);
    let decided = case.decide();
    let rejected = decided.rejected().find(|rejected| &**rejected.node.name() == node).unwrap();
    rejected.objections.into_iter().flat_map(|objection| objection.obstacles).collect()
}

fn node(name: &str, zone: &str, cpu: &str) -> Value {
    json!({
        "metadata": {"name": name, "labels": {"zone": zone, "kubernetes.io/hostname": name}},
        "status": {"allocatable": {"cpu": cpu, "memory": "8Gi", "pods": "10"}},
    })
}

fn placed(name: &str, on: &str, cpu: &str) -> Value {
    json!({
        "metadata": {"name": name, "namespace": "default", "labels": {"app": "web"}},
        "spec": {"nodeName": on, "containers": [{"name": "c", "resources": {"requests": {"cpu": cpu}}}]},
    })
}

#[test]
fn a_short_resource_says_what_is_asked_and_what_is_free() {
    let case = json!({
        "nodes": [node("n", "a", "4")],
        "pods": [placed("big", "n", "2500m")],
        "pod": {
            "metadata": {"name": "p"},
            "spec": {"containers": [{"name": "c", "resources": {"requests": {"cpu": "2"}}}]},
        },
    });
    let short = Obstacle::Resource { name: ResourceName::Cpu, asked: 2000, free: 1500, allocatable: 4000 };
    assert_eq!(obstacles(&case, "n"), [short]);
}

#[test]
fn a_skew_says_which_domain_is_least_and_how_much_is_missing() {
    let case = json!({
        "nodes": [node("n1", "a", "4"), node("n2", "b", "4"), node("n3", "c", "4")],
        "pods": [placed("w1", "n1", "1m"), placed("w2", "n1", "1m"), placed("w3", "n2", "1m")],
        "pod": {
            "metadata": {"name": "p", "labels": {"app": "web"}},
            "spec": {"containers": [], "topologySpreadConstraints": [{
                "maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule",
                "labelSelector": {"matchLabels": {"app": "web"}},
            }]},
        },
    });
    let skew = Skew {
        topology_key: "zone".into(),
        domain: "a".into(),
        count: 2,
        counts_itself: true,
        least: 0,
        least_in: vec!["c".into()],
        domains: 3,
        min_domains: 1,
        max_skew: 1,
        missing_elsewhere: 3,
    };
    assert_eq!((skew.skew(), skew.excess(), skew.lacks_domains()), (3, 2, false));
    assert_eq!(obstacles(&case, "n1"), [Obstacle::Skew(skew)]);
}

#[test]
fn an_unmet_term_says_what_the_node_has_instead() {
    let term =
        |zone: &str| json!({"matchExpressions": [{"key": "zone", "operator": "In", "values": [zone]}]});
    let case = json!({
        "nodes": [node("n", "a", "4")],
        "pod": {
            "metadata": {"name": "p"},
            "spec": {"containers": [], "nodeSelector": {"disk": "ssd"}, "affinity": {"nodeAffinity": {
                "requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [term("b"), term("c")]},
            }}},
        },
    });
    let unmet = |key: &str, value: &str, found: Option<&str>| Unmet {
        requirement: Requirement::In(key.into(), [value.into()].into()),
        found: found.map(Into::into),
    };
    assert_eq!(
        obstacles(&case, "n"),
        [
            Obstacle::NodeSelector(vec![unmet("disk", "ssd", None)]),
            Obstacle::NodeAffinity {
                enforced: false,
                terms: vec![vec![unmet("zone", "b", Some("a"))], vec![unmet("zone", "c", Some("a"))]],
            },
        ]
    );
}

fn recorded_lines() -> impl Iterator<Item = String> {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    let files = std::fs::read_dir(data).unwrap().map(|entry| entry.unwrap().path());
    let files = files.filter(|file| !file.to_string_lossy().contains("trace300"));
    files.flat_map(|file| {
        BufReader::new(GzDecoder::new(File::open(file).unwrap())).lines().map(Result::unwrap)
    })
}

fn recorded() -> impl Iterator<Item = (String, Case)> {
    recorded_lines().map(|line| {
        let case = Case::read(&line, Version::V1_34).unwrap();
        (case.id.to_string(), case)
    })
}

/// Whether a node can take the pod of a case.
fn fits(case: &Value, node: &str) -> bool {
    let case = read(case);
    case.decide().feasible().iter().any(|feasible| &**feasible.name() == node)
}

/// The object of a node in a case.
fn node_of<'c>(case: &'c mut Value, name: &str) -> &'c mut Value {
    let nodes = case["nodes"].as_array_mut().unwrap();
    nodes.iter_mut().find(|node| node["metadata"]["name"] == name).unwrap()
}

/// Does to a case what an obstacle says is needed, and `less` of it. Returns whether it can be done.
fn overcome(case: &mut Value, node: &str, obstacle: &Obstacle, less: i64) -> bool {
    match obstacle {
        Obstacle::Resource { name, asked, free, allocatable } => {
            let Some(needed) =
                asked.checked_sub(*free).and_then(|short| (allocatable - less).checked_add(short))
            else {
                return false;
            };
            let unit = if *name == ResourceName::Cpu { "m" } else { "" };
            node_of(case, node)["status"]["allocatable"][name.as_str()] = format!("{needed}{unit}").into();
        }
        Obstacle::TooManyPods { pods, .. } => {
            node_of(case, node)["status"]["allocatable"]["pods"] =
                (i64::try_from(*pods).unwrap() + 1 - less).to_string().into();
        }
        // Where constraints honour taints, a toleration changes what they count.
        Obstacle::Taint(taint) if less == 0 && !case["pod"].to_string().contains("nodeTaintsPolicy") => {
            let tolerations = &mut case["pod"]["spec"]["tolerations"];
            if tolerations.is_null() {
                *tolerations = json!([]);
            }
            tolerations.as_array_mut().unwrap().push(json!({"key": *taint.key, "operator": "Exists"}));
        }
        Obstacle::Skew(skew) => {
            let own = case["pod"]["spec"].get_mut("topologySpreadConstraints").and_then(Value::as_array_mut);
            let hard = own.into_iter().flatten().filter(|constraint| {
                constraint["topologyKey"] == *skew.topology_key
                    && constraint["whenUnsatisfiable"] == "DoNotSchedule"
            });
            let mut hard: Vec<&mut Value> = hard.collect();
            let [only] = hard.as_mut_slice() else { return false };
            only["maxSkew"] = (skew.skew() - less).into();
        }
        _ => return false,
    }
    true
}

/// A case of one node in zone `a`, whose pod has these volumes.
fn with_volumes(volumes: Value, more: Value) -> Value {
    let zone = "topology.kubernetes.io/zone";
    let mut case = json!({
        "nodes": [{
            "metadata": {"name": "n", "labels": {zone: "a"}},
            "status": {"allocatable": {"cpu": "4", "memory": "8Gi", "pods": "10"}},
        }],
        "storageClasses": [{"metadata": {"name": "wait"}, "provisioner": "csi.example",
            "volumeBindingMode": "WaitForFirstConsumer"}],
        "pod": {"metadata": {"name": "p", "namespace": "default"}, "spec": {"containers": [], "volumes": volumes}},
    });
    case.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    case
}

fn claim(name: &str, modes: &[&str], volume: Option<&str>) -> Value {
    json!({
        "metadata": {"name": name, "namespace": "default",
            "annotations": {"pv.kubernetes.io/bind-completed": "yes"}},
        "spec": {"accessModes": modes, "volumeName": volume, "storageClassName": "wait",
            "resources": {"requests": {"storage": "1Gi"}}},
    })
}

fn using(name: &str) -> Value {
    json!([{"name": "v", "persistentVolumeClaim": {"claimName": name}}])
}

fn key(name: &str) -> ClaimKey {
    ClaimKey { namespace: "default".into(), name: name.into() }
}

#[test]
fn a_volume_elsewhere_is_named_by_both_who_look_where_it_is() {
    let zone = "topology.kubernetes.io/zone";
    let terms = json!([{"matchExpressions": [{"key": zone, "operator": "In", "values": ["b"]}]}]);
    let volume = json!({
        "metadata": {"name": "pv", "labels": {zone: "b"}},
        "spec": {"csi": {"driver": "csi.example", "volumeHandle": "1"}, "capacity": {"storage": "1Gi"},
            "nodeAffinity": {"required": {"nodeSelectorTerms": terms}}},
    });
    let case = with_volumes(
        using("c"),
        json!({"persistentVolumeClaims": [claim("c", &["ReadWriteOnce"], Some("pv"))], "persistentVolumes": [volume]}),
    );
    let elsewhere = Obstacle::VolumeElsewhere {
        topology_key: zone.into(),
        values: ["b".into()].into(),
        found: Some("a".into()),
    };
    let out_of_reach = Obstacle::OutOfReach { claim: key("c"), volume: "pv".into() };
    assert_eq!(obstacles(&case, "n"), [out_of_reach, elsewhere]);
}

#[test]
fn a_claim_that_no_volume_can_be_made_for_says_whether_it_is_the_place_or_the_room() {
    let mut unbound = claim("c", &["ReadWriteOnce"], None);
    unbound["metadata"]["annotations"] = json!({});
    let of = |more: Value| {
        let mut more = more;
        more["persistentVolumeClaims"] = json!([unbound]);
        obstacles(&with_volumes(using("c"), more), "n")
    };
    let driver = json!({"metadata": {"name": "csi.example"}, "spec": {"storageCapacity": true}});
    assert_eq!(of(json!({"csiDrivers": [driver]})), [Obstacle::NoStorageFor { claims: vec![key("c")] }]);
    let by_hand = json!({"metadata": {"name": "wait"}, "provisioner": "kubernetes.io/no-provisioner",
        "volumeBindingMode": "WaitForFirstConsumer"});
    assert_eq!(of(json!({"storageClasses": [by_hand]})), [Obstacle::NoVolumeFor { claims: vec![key("c")] }]);
}

#[test]
fn a_disk_or_a_claim_that_another_has_is_named() {
    let disk = json!([{"name": "v", "awsElasticBlockStore": {"volumeID": "vol-1"}}]);
    let mut other = placed("other", "n", "1m");
    other["spec"]["volumes"] = disk.clone();
    let case = with_volumes(disk, json!({"pods": [other]}));
    let other = PodKey { namespace: "default".into(), name: "other".into() };
    assert_eq!(obstacles(&case, "n"), [Obstacle::DiskInUse { pods: vec![other] }]);

    let mut user = placed("user", "n", "1m");
    user["spec"]["volumes"] = using("c");
    let volume =
        json!({"metadata": {"name": "pv"}, "spec": {"csi": {"driver": "csi.example", "volumeHandle": "1"}}});
    let claims = [claim("c", &["ReadWriteOncePod"], Some("pv"))];
    let case = with_volumes(
        using("c"),
        json!({"pods": [user], "persistentVolumeClaims": claims, "persistentVolumes": [volume]}),
    );
    assert_eq!(obstacles(&case, "n"), [Obstacle::ClaimInUse { claims: ["c".into()].into() }]);
}

#[test]
fn volumes_that_are_too_many_are_counted() {
    let mut user = placed("user", "n", "1m");
    user["spec"]["volumes"] = using("taken");
    let volume = |name: &str| {
        let csi = json!({"driver": "csi.example", "volumeHandle": name});
        json!({"metadata": {"name": name}, "spec": {"csi": csi}})
    };
    let limit = json!({"metadata": {"name": "n"}, "spec": {"drivers": [
        {"name": "csi.example", "nodeID": "n", "allocatable": {"count": 1}}]}});
    let claims = [claim("c", &["ReadWriteOnce"], Some("v1")), claim("taken", &["ReadWriteOnce"], Some("v2"))];
    let case = with_volumes(
        using("c"),
        json!({"pods": [user], "persistentVolumeClaims": claims, "persistentVolumes": [volume("v1"), volume("v2")],
            "csiNodes": [limit]}),
    );
    let too_many = Obstacle::TooManyVolumes { driver: "csi.example".into(), attached: 1, new: 1, allowed: 1 };
    assert_eq!(obstacles(&case, "n"), [too_many]);
}

#[test]
fn what_is_said_to_be_needed_is_enough_and_less_is_not() {
    let (mut enough, mut too_little) = (0, 0);
    for line in recorded_lines() {
        let case: Value = serde_json::from_str(&line).unwrap();
        let read = read(&case);
        let decided = read.decide();
        for rejected in decided.rejected().filter(|rejected| rejected.waiting.is_empty()) {
            let name = &**rejected.node.name();
            let obstacles = || rejected.objections.iter().flat_map(|objection| &objection.obstacles);
            let mut mended = case.clone();
            let some = !rejected.objections.is_empty();
            if some && obstacles().all(|obstacle| overcome(&mut mended, name, obstacle, 0)) {
                assert!(fits(&mended, name), "{}: {name}: {:?}", case["id"], rejected.objections);
                enough += 1;
            }
            for obstacle in obstacles() {
                let mut mended = case.clone();
                if overcome(&mut mended, name, obstacle, 1) {
                    assert!(!fits(&mended, name), "{}: {name}: less than {obstacle:?}", case["id"]);
                    too_little += 1;
                }
            }
        }
    }
    assert!(enough > 500 && too_little > 500, "{enough} {too_little}");
}

#[test]
fn every_recorded_rejection_of_a_node_is_explained_by_the_plugin_that_counts() {
    let mut explained = 0;
    for (id, case) in recorded() {
        let decided = case.decide();
        if decided.pre_filter().is_some() {
            continue;
        }
        for rejected in decided.rejected() {
            let name = rejected.node.name();
            assert!(!rejected.objections.is_empty(), "{id}: {name} is rejected for nothing");
            if let Some(first) = rejected.status.plugin {
                assert_eq!(
                    (rejected.objections[0].plugin, &rejected.objections[0].status),
                    (first, rejected.status),
                    "{id}: {name}"
                );
            }
            for objection in rejected.objections {
                assert!(
                    !objection.obstacles.is_empty(),
                    "{id}: {} does not say why of {name}",
                    objection.plugin
                );
                if objection.plugin == PluginName::NodeResourcesFit {
                    assert_eq!(objection.obstacles.len(), objection.status.reasons.len(), "{id}: {name}");
                }
                explained += 1;
            }
        }
    }
    assert!(explained > 3000, "{explained}");
}

#[test]
fn the_criteria_leave_just_the_recorded_choice() {
    let mut decisive = std::collections::BTreeSet::new();
    for (id, case) in recorded() {
        let decided = case.decide();
        let Some(tried) = decided.preemption().and_then(|preemption| preemption.tried) else { continue };
        let narrowed = tried.narrowed();
        if tried.candidates.len() > tried.best().len() {
            assert_eq!(narrowed.last().map(|(_, left)| *left), Some(tried.best().len()), "{id}");
            decisive.extend(narrowed.last().map(|(criterion, _)| *criterion));
        } else {
            assert!(narrowed.is_empty(), "{id}");
        }
    }
    // With equal sums of priorities, each above -2^31, the number of victims is all but always equal too.
    assert!(decisive.len() >= 4 && decisive.contains(&Criterion::Started), "{decisive:?}");
}
