//! What `--levers` promises of a setting is what it gives.

use serde_json::Value;
use std::process::Command;

/// The scenarios that take a second with all their levers. `.ci/levers` does the same for all that ship.
const CHEAP: [&str; 13] = [
    "alb-cross-zone-off",
    "dr-dns-ttl",
    "dr-hot-passive",
    "dr-replica-lag",
    "dr-warm",
    "k8s-autoscaler-three-zones",
    "k8s-image-pull-storm",
    "k8s-karpenter-zone-loss",
    "k8s-pdb-drain",
    "k8s-rollout-meets-az-loss",
    "k8s-spread-bites",
    "k8s-stateful-ebs",
    "k8s-whole-zone",
];

fn run(args: &[&str]) -> Value {
    let output = Command::new(env!("CARGO_BIN_EXE_cloudsim"))
        .args([&["run"], args, &["-o", "json"]].concat())
        .output()
        .expect("the program starts");
    let talk = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{args:?}: {talk}");
    serde_json::from_slice(&output.stdout).expect("JSON")
}

/// The recovery times of a service in outages of a fault.
fn times<'a>(run: &'a Value, service: &Value, fault: &Value) -> Vec<&'a Value> {
    let services = run["services"].as_array().expect("services");
    let same = services.iter().find(|of| of["name"] == *service).expect("the service");
    let outages = same["outages"].as_array().expect("outages").iter();
    outages.filter(|of| of["fault"] == *fault).map(|of| &of["rto_s"]).collect()
}

#[test]
fn the_biggest_lever_of_a_service_gives_the_recovery_time_that_it_promised() {
    let mut pulled = 0;
    for scenario in CHEAP {
        let told = run(&[scenario, "--levers"]);
        for service in told["services"].as_array().expect("services") {
            let outages = service["outages"].as_array().expect("outages").iter();
            let levers = outages.flat_map(|outage| {
                let phases = outage["phases"].as_array().expect("phases").iter();
                phases.filter(|phase| phase["lever"]["rto_s"].is_number()).map(move |phase| (outage, phase))
            });
            let biggest = levers.min_by(|(_, one), (_, other)| {
                let time = |phase: &Value| phase["lever"]["rto_s"].as_f64().expect("a number");
                time(one).total_cmp(&time(other))
            });
            let Some((outage, phase)) = biggest else { continue };
            let value = phase["lever"]["value"].as_str().expect("a value");
            let set = format!("{}={value}", phase["setting"].as_str().expect("a setting"));
            let (promised, found) = (&phase["lever"]["rto_s"], run(&[scenario, "--set", &set]));
            let given = times(&found, &service["name"], &outage["fault"]);
            let no_outage = given.is_empty() && promised.as_f64() == Some(0.0);
            assert!(
                no_outage || given.contains(&promised),
                "{scenario}: {} with {set}: {promised} was promised, and {given:?} came",
                service["name"]
            );
            pulled += 1;
        }
    }
    assert!(pulled >= CHEAP.len(), "{pulled} levers are too few");
}
