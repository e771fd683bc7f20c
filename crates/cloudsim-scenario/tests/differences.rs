//! Where two scenarios differ.

use cloudsim_scenario::{Difference, MemoryFiles, Overrides, differences, load};

fn found(before: &[&str], after: &[&str]) -> Vec<String> {
    found_of(["az-a-outage-ec2"; 2], [before, after])
}

/// Lines as a plan of changes has them.
fn found_of(names: [&str; 2], sets: [&[&str]; 2]) -> Vec<String> {
    let plan = |at: usize| {
        let set = sets[at].iter().map(|text| (*text).to_owned()).collect();
        let overrides = Overrides { set, ..Overrides::default() };
        load(&MemoryFiles::default(), names[at], &overrides)
            .unwrap_or_else(|problems| panic!("{problems}"))
            .plan
    };
    let line = |Difference { path, before, after }: Difference| match (before, after) {
        (Some(before), Some(after)) => format!("~ {path} {before} -> {after}"),
        (None, Some(after)) => format!("+ {path} {after}"),
        (Some(before), None) => format!("- {path} {before}"),
        (None, None) => panic!("{path} does not differ"),
    };
    differences(&plan(0), &plan(1)).into_iter().map(line).collect()
}

#[test]
fn a_scenario_does_not_differ_from_itself() {
    for (name, _) in cloudsim_scenario::shipped_scenarios() {
        assert_eq!(found_of([name; 2], [&[], &[]]), [] as [&str; 0], "{name}");
    }
}

#[test]
fn a_setting_is_a_line_with_the_path_that_sets_it() {
    assert_eq!(
        found(&[], &["target_groups.backend.interval=15s", "databases.orders.multi_az=false", "seed=9"]),
        [r#"~ target_groups.backend.interval "5s" -> "15s""#, "~ databases.orders.multi_az true -> false"]
    );
}

/// 30 s is the default of a target group's interval, five the default of the passes until a target is healthy.
#[test]
fn a_default_that_is_written_out_is_no_difference() {
    let group = |more: &str| format!("target_groups.backend=(name: \"backend\", port: 8080{more})");
    let (bare, full) = (group(""), group(", interval: \"30s\", healthy_threshold: 5"));
    assert_eq!(found(&[&bare], &[&full]), [] as [&str; 0]);
    assert_eq!(found(&[&full], &[&bare]), [] as [&str; 0]);
    let other = group(", interval: \"10s\"");
    assert_eq!(found(&[&bare], &[&other]), [r#"~ target_groups.backend.interval "30s" -> "10s""#]);
    assert_eq!(found(&[&other], &[&bare]), [r#"~ target_groups.backend.interval "10s" -> "30s""#]);
}

#[test]
fn things_that_one_side_lacks_come_and_go_whole() {
    let faults = r#"faults=[HostDeath(name: "gone", instance: "frontend-server", at: "5m")]"#;
    let none = "faults=[]";
    let fault = r#"faults.gone HostDeath(name: "gone", instance: "frontend-server", at: "5m")"#;
    assert_eq!(found(&[none], &[faults]), [format!("+ {fault}")]);
    assert_eq!(found(&[faults], &[none]), [format!("- {fault}")]);
}

#[test]
fn the_order_of_named_things_and_the_unit_of_a_time_are_no_difference() {
    let fault = |name: &str, at: &str| {
        format!(r#"DatabaseStandbyLoss(name: "{name}", database: "orders", at: "{at}")"#)
    };
    let one = format!("faults=[{}, {}]", fault("x", "60s"), fault("y", "2m"));
    let other = format!("faults=[{}, {}]", fault("y", "120s"), fault("x", "1m"));
    assert_eq!(found(&[&one], &[&other]), [] as [&str; 0]);
}

#[test]
fn another_kind_is_another_value() {
    assert_eq!(
        found(&["databases.orders.recovery=Wait"], &[r#"databases.orders.recovery=Restore(decide: "2m")"#]),
        [r#"~ databases.orders.recovery Wait -> Restore(decide: "2m")"#]
    );
}

/// What is set with the paths and values of the differences leads from one scenario to the other.
#[test]
fn differences_set_lead_from_one_to_the_other() {
    let changes = [
        "clients.browser.timeout=7s",
        "auto_scaling_groups.frontend.desired=4",
        "traffic.visitors.mix.browse=50",
    ];
    let lines = found(&[], &changes);
    assert_eq!(lines.len(), 3, "{lines:?}");
    let sets: Vec<String> = lines
        .iter()
        .map(|line| {
            let (path, values) = line[2..].split_once(' ').expect("a path");
            format!("{path}={}", values.rsplit(" -> ").next().expect("a value"))
        })
        .collect();
    let sets: Vec<&str> = sets.iter().map(String::as_str).collect();
    assert_eq!(found(&sets, &changes), [] as [&str; 0]);
}
