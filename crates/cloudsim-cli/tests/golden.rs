//! The shipped scenarios, as a person sees them: each run's text is compared with `scenarios/expected/NAME.txt`, and what
//! `path` says of them with `scenarios/expected/paths/`.
//!
//! `UPDATE_GOLDEN=1 cargo test -p cloudsim-cli --test golden` writes them anew; read the difference before it is kept.

use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn check(name: &str) {
    compare(&["run", &format!("{name}.ron")], &format!("{name}.txt"));
}

/// Compares what a `path` says; its file is named after its words.
fn check_path(words: &str) {
    let words: Vec<&str> = words.split(' ').collect();
    let name = words.join("_").replace([':', '/'], "-");
    compare(&[&["path"], &words[..]].concat(), &format!("paths/{name}.txt"));
}

/// Compares what `watch` shows at a time.
fn check_watched(name: &str, at: &str) {
    compare(&["watch", name, "--at", at], &format!("watched/{name}_--at_{at}.txt"));
}

fn compare(args: &[&str], golden: &str) {
    // From a folder without scenarios, so that the embedded ones are run.
    let folder = tempfile::tempdir().expect("a temporary folder");
    let ran = Command::new(env!("CARGO_BIN_EXE_cloudsim"))
        .args(args)
        .env_remove("COLUMNS")
        .env_remove("LINES")
        .current_dir(folder.path())
        .output()
        .expect("the program starts");
    let (text, talk) = (String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
    assert!(ran.status.success(), "{args:?}: {talk}");
    let golden = root().join("scenarios/expected").join(golden);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&golden, text.as_bytes()).expect("the golden can be written");
        return;
    }
    let expected =
        std::fs::read_to_string(&golden).unwrap_or_else(|problem| panic!("{}: {problem}", golden.display()));
    assert!(text == expected, "{args:?} changed.\n--- expected\n{expected}\n--- found\n{text}");
}

#[test]
fn alb_cross_zone_off() {
    check("alb-cross-zone-off");
}

#[test]
fn az_a_outage() {
    check("az-a-outage");
}

#[test]
fn az_a_outage_ec2() {
    check("az-a-outage-ec2");
}

#[test]
fn az_c_outage() {
    check("az-c-outage");
}

#[test]
fn az_partition() {
    check("az-partition");
}

#[test]
fn dr_cold() {
    check("dr-cold");
}

#[test]
fn dr_dns_ttl() {
    check("dr-dns-ttl");
}

#[test]
fn dr_failback() {
    check("dr-failback");
}

#[test]
fn dr_glacier() {
    check("dr-glacier");
}

#[test]
fn dr_hot_active() {
    check("dr-hot-active");
}

#[test]
fn dr_hot_passive() {
    check("dr-hot-passive");
}

#[test]
fn dr_hybrid_shop() {
    check("dr-hybrid-shop");
}

#[test]
fn dr_pilot_light() {
    check("dr-pilot-light");
}

#[test]
fn dr_region_control_plane() {
    check("dr-region-control-plane");
}

#[test]
fn dr_replica_lag() {
    check("dr-replica-lag");
}

#[test]
fn dr_split_brain() {
    check("dr-split-brain");
}

#[test]
fn dr_untested_runbook() {
    check("dr-untested-runbook");
}

#[test]
fn dr_warm() {
    check("dr-warm");
}

#[test]
fn grey_az() {
    check("grey-az");
}

#[test]
fn k8s_all_zones() {
    check("k8s-all-zones");
}

#[test]
fn k8s_dns_zone_loss() {
    check("k8s-dns-zone-loss");
}

#[test]
fn k8s_etcd_quorum() {
    check("k8s-etcd-quorum");
}

#[test]
fn k8s_half_zone() {
    check("k8s-half-zone");
}

#[test]
fn k8s_autoscaler_two_zones() {
    check("k8s-autoscaler-two-zones");
}

#[test]
fn k8s_autoscaler_three_zones() {
    check("k8s-autoscaler-three-zones");
}

#[test]
fn k8s_karpenter_zone_loss() {
    check("k8s-karpenter-zone-loss");
}

#[test]
fn k8s_hpa() {
    check("k8s-hpa");
}

#[test]
fn k8s_image_pull_storm() {
    check("k8s-image-pull-storm");
}

#[test]
fn k8s_most_of_a_zone() {
    check("k8s-most-of-a-zone");
}

#[test]
fn k8s_node_loss() {
    check("k8s-node-loss");
}

#[test]
fn k8s_pdb_drain() {
    check("k8s-pdb-drain");
}

#[test]
fn k8s_rollout_meets_az_loss() {
    check("k8s-rollout-meets-az-loss");
}

#[test]
fn k8s_spread_bites() {
    check("k8s-spread-bites");
}

#[test]
fn k8s_prefer_close() {
    check("k8s-prefer-close");
}

#[test]
fn k8s_stale_endpoints() {
    check("k8s-stale-endpoints");
}

#[test]
fn k8s_stateful_ebs() {
    check("k8s-stateful-ebs");
}

#[test]
fn k8s_whole_zone() {
    check("k8s-whole-zone");
}

#[test]
fn nacl_return_path() {
    check("nacl-return-path");
}

#[test]
fn nat_a_loss() {
    check("nat-a-loss");
}

#[test]
fn nat_or_replica() {
    check("nat-or-replica");
    let words = "nat-or-replica.ron --set alternatives.nat=one";
    let args: Vec<&str> = ["run"].into_iter().chain(words.split(' ')).collect();
    compare(&args, &format!("runs/{}.txt", words.replace(' ', "_")));
}

#[test]
fn nat_per_az() {
    check("nat-per-az");
}

#[test]
fn nat_ports_exhausted() {
    check("nat-ports-exhausted");
}

#[test]
fn quiet_day() {
    check("quiet-day");
}

#[test]
fn rds_failover() {
    check("rds-failover");
}

#[test]
fn rds_single_az() {
    check("rds-single-az");
}

#[test]
fn the_internet_reaches_the_public_balancer() {
    check_path("az-a-outage internet frontend-alb:443");
}

#[test]
fn the_internet_does_not_reach_the_internal_balancer() {
    check_path("az-a-outage internet backend-alb:8080");
}

#[test]
fn the_internet_does_not_reach_private_servers() {
    check_path("az-a-outage-ec2 internet frontend-server");
}

#[test]
fn pods_are_reached_like_the_instances_that_they_run_on() {
    check_path("az-a-outage frontend-alb frontend");
    check_path("az-a-outage api orders --at 6m");
}

#[test]
fn private_servers_leave_through_nat() {
    check_path("az-a-outage-ec2 backend-server payments:443");
}

#[test]
fn groups_act_at_the_instance_and_acls_at_the_subnet() {
    check_path("az-a-outage-ec2 backend-server orders");
}

#[test]
fn a_minute_into_the_outage_the_database_is_silent() {
    check_path("az-a-outage-ec2 backend-server orders --at 5m30s");
}

#[test]
fn a_forgotten_rule_stops_the_answers() {
    check_path("nacl-return-path frontend-alb frontend-server --at 6m");
}

#[test]
fn every_pair_before_and_during_the_outage() {
    check_path("az-a-outage-ec2 --matrix");
    check_path("az-a-outage-ec2 --matrix --at 6m");
}

/// Compares what a `sweep` says; its file is named after its words.
fn check_sweep(words: &str) {
    let args: Vec<&str> = ["sweep"].into_iter().chain(words.split(' ')).collect();
    compare(&args, &format!("sweeps/{}.txt", words.replace(' ', "_")));
}

#[test]
fn what_an_answer_rests_on() {
    check_sweep("k8s-autoscaler-three-zones --sensitivity --seeds 0..20");
}

/// Compares what a `diff` says; its file is named after its words.
fn check_diff(words: &str) {
    let args: Vec<&str> = ["diff"].into_iter().chain(words.split(' ')).collect();
    compare(&args, &format!("diffs/{}.txt", words.replace(' ', "_").replace('/', "-")));
}

/// Compares what an `optimize` says; its file is named after its words.
fn check_optimize(words: &str) {
    let args: Vec<&str> = ["optimize"].into_iter().chain(words.split(' ')).collect();
    compare(&args, &format!("optimized/{}.txt", words.replace(' ', "_").replace('/', "-")));
}

#[test]
fn what_years_cost_a_world_of_three_zones() {
    let words = "az-a-outage-ec2 --runs 64";
    let args: Vec<&str> = ["years"].into_iter().chain(words.split(' ')).collect();
    compare(&args, &format!("years/{}.txt", words.replace(' ', "_")));
}

#[test]
fn how_many_nodes_the_autoscaler_should_start_with() {
    check_optimize(
        "k8s-autoscaler-three-zones --knob auto_scaling_groups.nodes.desired=9..=18/3 \
         --knob clusters.shop.cluster_autoscaler.scan_interval=10s,30s",
    );
}

#[test]
fn what_of_two_cures_is_worth_its_money() {
    check_sweep("nat-or-replica --seeds 0..12");
    check_optimize("nat-or-replica --set alternatives.nat=one");
    for (alternative, zone) in [
        ("nat=per-zone", "a"),
        ("api=three", "a"),
        ("nat=per-zone", "b"),
        ("api=three", "b"),
        ("api=three", "c"),
    ] {
        let set = if zone == "a" { String::new() } else { format!("--set faults.zone-dark.zone={zone} ") };
        let saving = format!("--with alternatives.{alternative} --set alternatives.nat=one");
        check_diff(&format!("nat-or-replica {saving} {set}--seeds 0..12"));
    }
    check_diff(
        "nat-or-replica --with alternatives.api=three --set alternatives.nat=per-zone \
         --set traffic.visitors.rate=120/s --seeds 0..8",
    );
}

#[test]
fn two_more_nodes_on_the_same_luck() {
    check_diff("k8s-autoscaler-three-zones --with auto_scaling_groups.nodes.desired=14 --seeds 0..100");
}

#[test]
fn two_zones_instead_of_three_on_the_same_luck() {
    check_diff("k8s-autoscaler-three-zones k8s-autoscaler-two-zones --seeds 0..40");
}

#[test]
fn many_seeds_of_the_autoscaler() {
    check_sweep("k8s-autoscaler-three-zones --seeds 0..200");
}

#[test]
fn a_grid_of_the_autoscaler() {
    check_sweep(
        "k8s-autoscaler-three-zones --seeds 0..100 --vary auto_scaling_groups.nodes.desired=12,14,16 \
         --vary clusters.shop.cluster_autoscaler.scan_interval=10s,30s",
    );
}

#[test]
fn every_scenario_has_a_golden() {
    for entry in std::fs::read_dir(root().join("scenarios")).expect("the folder") {
        let path = entry.expect("an entry").path();
        if path.extension().is_some_and(|extension| extension == "ron") {
            let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
            let golden = root().join(format!("scenarios/expected/{name}.txt"));
            assert!(golden.exists(), "{name} has no golden");
        }
    }
}

#[test]
fn a_run_is_watched_a_minute_into_the_outage() {
    check_watched("az-a-outage", "6m");
}

#[test]
fn a_run_is_watched_when_new_nodes_have_come() {
    check_watched("az-a-outage", "10m15s");
}
