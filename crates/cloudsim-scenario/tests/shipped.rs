//! What comes with the program: embedded as it stands in the folder, right, and the same after a round trip.

use cloudsim_scenario::plan::Plan;
use cloudsim_scenario::{
    DiskFiles, MemoryFiles, Overrides, SHIPPED, Severity, check, load, shipped, shipped_scenarios,
};
use std::path::Path;

fn scenarios() -> impl Iterator<Item = &'static str> {
    SHIPPED.iter().map(|(name, _)| *name).filter(|name| !name.contains('/'))
}

fn plan(name: &str, set: &[&str]) -> Plan {
    let overrides =
        Overrides { set: set.iter().map(|text| (*text).to_owned()).collect(), ..Overrides::default() };
    match load(&MemoryFiles::default(), name, &overrides) {
        Ok(loaded) => {
            let mut warnings = loaded.warnings.iter();
            assert!(
                warnings.all(|problem| problem.severity == Severity::Advice),
                "{name}: {:?}",
                loaded.warnings
            );
            loaded.plan
        }
        Err(problems) => panic!("{name} with {set:?}:\n{problems}"),
    }
}

#[test]
fn every_shipped_scenario_passes_its_own_check() {
    for name in scenarios() {
        if let Err(problems) = check(&MemoryFiles::default(), name, &Overrides::default()) {
            panic!("{name}:\n{problems}");
        }
    }
}

#[test]
fn the_embedded_files_are_those_of_the_folder() {
    fn walk(folder: &Path, within: &str, found: &mut Vec<(String, String)>) {
        for entry in std::fs::read_dir(folder).expect("the folder of the scenarios") {
            let path = entry.expect("an entry").path();
            let name = format!("{within}{}", path.file_name().expect("a name").to_string_lossy());
            if path.is_dir() {
                walk(&path, &format!("{name}/"), found);
            } else if path.extension().is_some_and(|extension| extension == "ron") {
                found.push((name, std::fs::read_to_string(&path).expect("a text")));
            }
        }
    }
    let mut found = Vec::new();
    walk(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios"), "", &mut found);
    found.sort();
    let mut embedded: Vec<_> =
        SHIPPED.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
    embedded.sort();
    let names = |files: &[(String, String)]| files.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
    assert_eq!(names(&embedded), names(&found), "list new files in src/files/shipped.rs");
    assert!(embedded == found);
}

#[test]
fn every_shipped_scenario_says_in_its_first_line_what_it_is_about() {
    assert_eq!(shipped_scenarios().count(), scenarios().count());
    for (name, about) in shipped_scenarios() {
        let text = shipped(&format!("{name}.ron")).expect("a shipped scenario");
        assert!(text.starts_with("// "), "{name} starts with a comment");
        assert!(
            about.len() > 20 && about.ends_with('.'),
            "{name}: the first line is a sentence of its own: {about}"
        );
    }
}

#[test]
fn every_shipped_scenario_means_what_it_says() {
    for name in scenarios() {
        plan(name, &[]);
        plan(name.trim_end_matches(".ron"), &[]);
    }
}

#[test]
fn the_same_scenario_comes_from_the_disk() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios");
    for name in scenarios() {
        let path = folder.join(name);
        let path = path.to_str().expect("a path in UTF-8");
        let loaded = load(&DiskFiles, path, &Overrides::default()).expect("a right scenario");
        assert_eq!(loaded.plan, plan(name, &[]));
    }
}

#[test]
fn the_canonical_text_is_a_scenario_that_gives_the_same_plan() {
    for name in scenarios() {
        let set: &[&str] = if plan(name, &[]).target_groups.iter().any(|group| group.name == "frontend") {
            &["target_groups.frontend.interval=15s", "clients.browser.resolvers.count=7", "duration=50m"]
        } else {
            &["duration=50m"]
        };
        let mut first = plan(name, set);
        let files = MemoryFiles::from([("resolved.ron", first.resolved.clone())]);
        let second = load(&files, "resolved.ron", &Overrides::default()).expect("a right scenario").plan;
        first.overrides.clear();
        // What is no part of a run is no part of its text.
        first.alternatives.clear();
        first.sweep = second.sweep.clone();
        first.optimize = second.optimize.clone();
        assert_eq!(first, second, "{name}");
    }
}

#[test]
fn the_canonical_text_reads_like_a_scenario() {
    let world = "(zones: [(name: \"z\", region: \"r\",), /* one */ (region: \"r\", name: \"y\")], vpcs: [])";
    let root = r#"(
        duration: "1m", name: "a \u{e9} \\ \"quoted\" name that nobody would choose, and that is so long that no line holds it all",
        version: 1, regions: [(name: r"r")], include: ["world.ron"],
        objectives: [MonthlyCost(at_most: "12.50")], set: { "latencies.within_zone": "1ms" },
    )"#;
    let files = MemoryFiles::from([("mine.ron", root), ("world.ron", world)]);
    let overrides = Overrides { faults: vec!["zone:y@5s".into()], ..Overrides::default() };
    let resolved = load(&files, "mine.ron", &overrides).expect("a right scenario").plan.resolved;
    insta::assert_snapshot!(resolved, @r#"
    (
        version: 1,
        name: "a é \\ \"quoted\" name that nobody would choose, and that is so long that no line holds it all",
        duration: "1m",
        latencies: (within_zone: "1ms"),
        regions: [(name: "r")],
        zones: [(name: "z", region: "r"), (region: "r", name: "y")],
        vpcs: [],
        faults: [ZonePowerLoss(name: "zone-y", zone: "y", at: "5s")],
        objectives: [MonthlyCost(name: "monthly-cost", at_most: "12.50")],
    )
    "#);
}

#[test]
fn every_setting_takes_its_value_and_its_alternatives() {
    let settings = plan("az-a-outage", &[]).settings;
    assert!(settings.len() > 10);
    for setting in &settings {
        for text in std::iter::once(&setting.value).chain(&setting.alternatives) {
            let change = format!("{}={text}", setting.path);
            let changed = plan("az-a-outage", &[&change]);
            assert_eq!(changed.overrides, [format!("set {change}")]);
            let now =
                changed.settings.iter().find(|now| now.path == setting.path).expect("it is still there");
            assert_eq!(&now.value, text, "{change}");
        }
        assert!(!setting.alternatives.contains(&setting.value), "{}", setting.path);
    }
}

#[test]
fn the_settings_are_these() {
    let settings = plan("az-a-outage", &[]).settings;
    let lines: Vec<String> = settings
        .iter()
        .map(|s| {
            format!("{} = {} (default {}), or {}", s.path, s.value, s.default, s.alternatives.join(" | "))
        })
        .collect();
    insta::assert_snapshot!(lines.join("\n"));
}
