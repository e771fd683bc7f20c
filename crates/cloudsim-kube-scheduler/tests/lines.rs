//! Lines as people and their tools write them: what they leave out, what counts for nothing, and what is told of those
//! that are no case.

use cloudsim_kube_scheduler::explain::{Case, Defaults, Trace, Uncounted, Untried};
use cloudsim_kube_scheduler::objects::PodKey;
use cloudsim_kube_scheduler::{Version, explain::CaseError};
use flate2::read::GzDecoder;
use serde_json::{Value, json};
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

fn recorded(family: &str) -> impl Iterator<Item = Value> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/data/{family}.jsonl.gz"));
    let lines = BufReader::new(GzDecoder::new(File::open(path).unwrap())).lines();
    lines.map(|line| serde_json::from_str(&line.unwrap()).unwrap())
}

fn read(line: &Value) -> Result<Case, CaseError> {
    Case::read(&line.to_string(), Version::V1_34)
}

fn decision(line: &Value) -> Value {
    read(line).unwrap_or_else(|problem| panic!("{problem}: {line}")).decide().to_json()
}

fn node(name: &str) -> Value {
    let allocatable = json!({"cpu": "4", "memory": "8Gi", "pods": "3"});
    json!({"metadata": {"name": name}, "status": {"allocatable": allocatable}})
}

fn pod(name: &str) -> Value {
    json!({
        "metadata": {"name": name},
        "spec": {"containers": [{"name": "c", "resources": {"requests": {"cpu": "1", "memory": "1Gi"}}}]},
    })
}

fn pod_on(name: &str, node: &str) -> Value {
    let mut pod = pod(name);
    pod["spec"]["nodeName"] = node.into();
    pod
}

/// Writes what is absent as Go does where a slice, a map or a pointer is nil.
fn with_nulls(mut line: Value) -> Value {
    let fill = |object: &mut Value, names: &[&str]| {
        for name in names {
            if object.get(*name).is_none() {
                object[*name] = Value::Null;
            }
        }
    };
    let fill_pod = |pod: &mut Value| {
        fill(&mut pod["metadata"], &["labels", "annotations", "ownerReferences", "creationTimestamp"]);
        fill(pod, &["status"]);
        fill(
            &mut pod["spec"],
            &[
                "tolerations",
                "affinity",
                "nodeSelector",
                "initContainers",
                "overhead",
                "resources",
                "volumes",
                "schedulingGates",
                "topologySpreadConstraints",
                "resourceClaims",
                "priority",
            ],
        );
        for container in pod["spec"]["containers"].as_array_mut().into_iter().flatten() {
            fill(container, &["resources", "ports"]);
        }
    };
    fill(
        &mut line,
        &[
            "config",
            "nodes",
            "pods",
            "nominatedPods",
            "namespaces",
            "services",
            "replicationControllers",
            "replicaSets",
            "statefulSets",
            "podDisruptionBudgets",
            "persistentVolumeClaims",
            "persistentVolumes",
            "storageClasses",
            "csiNodes",
            "csiDrivers",
            "csiStorageCapacities",
            "volumeAttachments",
            "expect",
            "family",
            "tags",
        ],
    );
    for node in line["nodes"].as_array_mut().into_iter().flatten() {
        fill(node, &["spec", "status"]);
        fill(&mut node["metadata"], &["labels", "annotations"]);
        if node["spec"].is_object() {
            fill(&mut node["spec"], &["taints", "podCIDRs"]);
        }
        if node["status"].is_object() {
            fill(&mut node["status"], &["images", "allocatable", "conditions"]);
        }
    }
    for list in ["pods", "nominatedPods"] {
        line[list].as_array_mut().into_iter().flatten().for_each(fill_pod);
    }
    fill_pod(&mut line["pod"]);
    line
}

#[test]
fn null_is_what_is_absent() {
    for family in ["fit", "taints", "spread_default", "interpod_required", "preemption"] {
        for line in recorded(family) {
            let with_nulls = with_nulls(line.clone());
            assert_ne!(with_nulls, line);
            assert_eq!(decision(&with_nulls), decision(&line), "{}", line["id"]);
        }
    }
    let cluster = json!({"nodes": [node("a")], "pods": null, "services": null, "config": null});
    let mut trace = Trace::begin(&cluster.to_string(), &Defaults::default()).unwrap();
    let step = json!({"i": null, "pod": pod("p"), "delete": null, "best": null});
    let placed = trace.play(&step.to_string()).unwrap().unwrap();
    assert_eq!(placed.to_json(), json!({"i": 0, "feasible": 1, "best": ["a"], "chosen": "a"}));
}

#[test]
fn a_configuration_with_nulls_is_the_default_one() {
    let plain = json!({"nodes": [node("a"), node("b")], "pod": pod("p")});
    let mut line = plain.clone();
    let profile = json!({"schedulerName": "default-scheduler", "plugins": null, "pluginConfig": null});
    line["config"] = json!({"profiles": [profile]});
    assert_eq!(decision(&line), decision(&plain));
    let mut line = plain.clone();
    line["config"] = json!({"profiles": null});
    assert_eq!(decision(&line), decision(&plain));
}

/// Copies of a cluster's pods, under other names.
fn copies(line: &Value, suffix: &str, change: impl Fn(&mut Value)) -> Vec<Value> {
    let pods = line["pods"].as_array().into_iter().flatten().cloned();
    let copy = |mut pod: Value| {
        let name = format!("{}{suffix}", pod["metadata"]["name"].as_str().unwrap());
        pod["metadata"]["name"] = name.into();
        pod["metadata"].as_object_mut().unwrap().remove("uid");
        change(&mut pod);
        pod
    };
    pods.map(copy).collect()
}

#[test]
fn pods_on_nodes_that_are_not_listed_and_pods_that_have_ended_count_nowhere() {
    let mut added = 0;
    for family in
        ["fit", "node_ports", "spread_hard", "spread_soft", "interpod_required", "interpod_preferred"]
    {
        for line in recorded(family) {
            let mut more = line.clone();
            let mut pods = line["pods"].as_array().cloned().unwrap_or_default();
            let elsewhere =
                copies(&line, "-elsewhere", |pod| pod["spec"]["nodeName"] = "no-such-node".into());
            let ended = ["Succeeded", "Failed"].map(|phase| {
                copies(&line, &format!("-{}", phase.to_lowercase()), |pod| {
                    pod["status"]["phase"] = phase.into();
                })
            });
            let counts = (elsewhere.len(), ended.concat().len());
            pods.splice(0..0, elsewhere.into_iter().chain(ended.concat()));
            more["pods"] = pods.into();
            assert_eq!(decision(&more), decision(&line), "{}", line["id"]);
            let uncounted = read(&more).unwrap().uncounted;
            let ended = uncounted.values().filter(|why| **why == Uncounted::Ended).count();
            assert_eq!((uncounted.len() - ended, ended), counts);
            added += uncounted.len();
        }
    }
    assert!(added > 1000, "{added}");
}

#[test]
fn what_counts_nowhere_is_named_with_its_reason() {
    let mut ended = pod("done");
    ended["status"]["phase"] = "Failed".into();
    let line = json!({"nodes": [node("a")], "pods": [pod_on("stray", "z"), ended], "pod": pod("p")});
    let case = read(&line).unwrap();
    let key = |name: &str| PodKey { namespace: "default".into(), name: name.into() };
    assert_eq!(case.uncounted.len(), 2);
    assert_eq!(case.uncounted[&key("stray")], Uncounted::Elsewhere("z".into()));
    assert_eq!(case.uncounted[&key("done")], Uncounted::Ended);
}

#[test]
fn a_trace_deletes_pods_that_counted_nowhere() {
    let mut ended = pod_on("done", "a");
    ended["status"]["phase"] = "Succeeded".into();
    let cluster = json!({"nodes": [node("a")], "pods": [pod_on("stray", "z"), ended]});
    let mut trace = Trace::begin(&cluster.to_string(), &Defaults::default()).unwrap();
    for name in ["stray", "done"] {
        let delete = json!({"delete": format!("default/{name}")}).to_string();
        assert_eq!(trace.play(&delete).unwrap(), None);
        assert!(trace.play(&delete).is_err(), "{name} is gone");
    }
}

#[test]
fn a_pod_that_waits_at_its_gates_is_told_from_one_that_does_not_fit() {
    let plain = json!({"nodes": [node("a"), node("b")], "pod": pod("p")});
    let mut gated = plain.clone();
    gated["pod"]["spec"]["schedulingGates"] =
        json!([{"name": "example.com/quota"}, {"name": "example.com/data"}]);
    let case = read(&gated).unwrap();
    let answer = case.decide().answer();
    assert_eq!(
        answer["preEnqueue"],
        json!({
            "plugin": "SchedulingGates",
            "code": "UnschedulableAndUnresolvable",
            "reasons": ["waiting for scheduling gates: [example.com/quota example.com/data]"],
        })
    );
    // What the cycle would say once they are gone.
    assert_eq!(answer["expect"], decision(&plain));
    assert!(matches!(case.untried, Some(Untried::Kept(_))));
    let answer = read(&plain).unwrap().decide().answer();
    assert_eq!(answer.as_object().unwrap().keys().collect::<Vec<_>>(), ["id", "expect"]);
    // Nobody looks at them where the plugin is disabled.
    let disabled =
        json!({"profiles": [{"plugins": {"multiPoint": {"disabled": [{"name": "SchedulingGates"}]}}}]});
    gated["config"] = disabled;
    assert_eq!(read(&gated).unwrap().untried, None);
}

#[test]
fn a_gated_pod_of_a_trace_is_not_placed() {
    let cluster = json!({"nodes": [node("a")]});
    let mut trace = Trace::begin(&cluster.to_string(), &Defaults::default()).unwrap();
    let mut gated = pod("p");
    gated["spec"]["schedulingGates"] = json!([{"name": "example.com/quota"}]);
    let step = trace.play(&json!({"pod": gated}).to_string()).unwrap().unwrap();
    let told = "waiting for scheduling gates: [example.com/quota]";
    assert_eq!(step.to_json(), json!({"i": 0, "feasible": 0, "fitError": told}));
    let step = trace.play(&json!({"pod": pod("p")}).to_string()).unwrap().unwrap();
    assert_eq!(step.to_json()["chosen"], "a");
}

#[test]
fn a_pod_that_is_not_tried_says_why() {
    let untried = |change: &dyn Fn(&mut Value)| {
        let mut line = json!({"nodes": [node("a")], "pod": pod("p")});
        change(&mut line["pod"]);
        read(&line).unwrap().untried
    };
    assert_eq!(untried(&|_| ()), None);
    assert_eq!(untried(&|pod| pod["status"]["phase"] = "Succeeded".into()), Some(Untried::Ended));
    assert_eq!(untried(&|pod| pod["status"]["phase"] = "Pending".into()), None);
    assert_eq!(untried(&|pod| pod["spec"]["nodeName"] = "a".into()), Some(Untried::Assigned("a".into())));
    let at = "2026-01-01T00:00:00Z";
    assert_eq!(untried(&|pod| pod["metadata"]["deletionTimestamp"] = at.into()), Some(Untried::Terminating));
}

#[test]
fn a_nominated_node_that_fits_is_taken_without_a_look_at_others() {
    let mut line = json!({"nodes": [node("a"), node("b"), node("c")], "pod": pod("p")});
    line["pod"]["status"]["nominatedNodeName"] = "b".into();
    let case = read(&line).unwrap();
    let decided = case.decide();
    assert!(decided.takes_nominated());
    assert_eq!(decided.rejected().count(), 0);
    let json = decided.to_json();
    assert_eq!((&json["feasible"], &json["best"]), (&json!(1), &json!(["b"])));
    assert_eq!(json["nodes"].as_object().unwrap().keys().collect::<Vec<_>>(), ["b"]);
    // One that does not fit, or is not there, is no more than another.
    let full = json!([pod_on("1", "b"), pod_on("2", "b"), pod_on("3", "b")]);
    line["pods"] = full;
    assert_eq!(decision(&line)["best"], json!(["a", "c"]));
    line["pod"]["status"]["nominatedNodeName"] = "z".into();
    assert_eq!(decision(&line)["best"], json!(["a", "c"]));
}

#[test]
fn a_line_of_something_else_is_refused_in_words() {
    let problem = |line: &str| {
        let Err(CaseError(malformed)) = Case::read(line, Version::V1_34) else { panic!("{line} is no case") };
        (malformed.field, malformed.problem)
    };
    let whole = |is: &str| (String::new(), format!("a case is one object, {{…}}, and this line is {is}"));
    assert_eq!(problem("[]"), whole("a list"));
    assert_eq!(problem(r#"[{"pod":{}}]"#), whole("a list"));
    assert_eq!(problem(" -7.5 "), whole("a number"));
    assert_eq!(problem(r#""case""#), whole("a text"));
    assert_eq!(problem("null"), whole("null"));
    assert_eq!(problem("true"), whole("true"));
    for (line, field, said) in [
        (r#"{"nodes":{}}"#, "nodes", "this is to be a list, not an object"),
        (r#"{"nodes":[[]]}"#, "nodes[0]", "this is to be an object (Node), not a list"),
        (r#"{"pod":{"spec":7}}"#, "pod.spec", "this is to be an object (PodSpec), not `7`"),
        (
            r#"{"pod":{"spec":{"priority":"high"}}}"#,
            "pod.spec.priority",
            "this is to be a whole number of 32 bits, not \"high\"",
        ),
        (
            r#"{"pod":{"spec":{"priority":9999999999}}}"#,
            "pod.spec.priority",
            "this is to be a whole number of 32 bits, not `9999999999`",
        ),
        (
            r#"{"nodes":[{"status":{"allocatable":{"cpu":0.5}}}]}"#,
            "nodes[0].status.allocatable.cpu",
            "this is to be a quantity in quotes, such as \"500m\"",
        ),
        (
            r#"{"nodes":[{"spec":{"unschedulable":"yes"}}]}"#,
            "nodes[0].spec.unschedulable",
            "this is to be true or false, not \"yes\"",
        ),
        (r#"{"nodez":[]}"#, "nodez", "there is no such field; did you mean `nodes`?"),
        (r#"{"cluster":[]}"#, "cluster", "there is no such field"),
        (r#"{"nodes":[],"nodes":[]}"#, "nodes", "`nodes` is written twice"),
        ("not a case", "", "this is no JSON: expected ident"),
        (r#"{"pod":"#, "pod", "this is no JSON: EOF while parsing a value"),
        ("{} x", "", "this is no JSON: trailing characters"),
    ] {
        let (at, problem) = problem(line);
        // Where the reader knows it, the column follows.
        let problem = problem.split(" (column ").next().unwrap();
        assert_eq!((at.as_str(), problem), (field, said), "{line}");
    }
    let long = format!(r#"{{"pod":"{}"}}"#, "long".repeat(1000));
    assert!(problem(&long).1.len() < 200);
    let Err(CaseError(cluster)) = Trace::begin("[]", &Defaults::default()) else { panic!("no cluster") };
    assert_eq!(cluster.problem, "the cluster of a trace is one object, {…}, and this line is a list");
    let mut trace = Trace::begin("{}", &Defaults::default()).unwrap();
    assert_eq!(
        trace.play("3").unwrap_err().0.problem,
        "a line of a trace is one object, {…}, and this line is a number"
    );
}

#[test]
fn a_mark_at_the_start_of_a_file_is_no_part_of_its_first_line() {
    let line = format!("\u{feff}{}\r", json!({"id": 5, "nodes": [node("a")], "pod": pod("p")}));
    assert_eq!(Case::read(&line, Version::V1_34).unwrap().id, 5);
    let broken = format!("\u{feff}{}", json!({"id": 5}));
    assert_eq!(Case::id_of(&broken), Some(5.into()));
}

#[test]
fn an_empty_namespace_is_that_which_is_not_written() {
    let mut line = json!({"nodes": [node("a")], "pod": pod("p")});
    line["pod"]["metadata"]["namespace"] = "".into();
    assert_eq!(read(&line).unwrap().pod.key.to_string(), "default/p");
}

#[test]
fn a_whole_number_is_a_quantity() {
    let mut line = json!({"nodes": [node("a"), node("b")], "pod": pod("p")});
    let plain = decision(&line);
    line["nodes"][0]["status"]["allocatable"]["cpu"] = 4.into();
    line["pod"]["spec"]["containers"][0]["resources"]["requests"]["cpu"] = 1.into();
    assert_eq!(decision(&line), plain);
}
