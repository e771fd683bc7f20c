//! Files of the disk: where they are looked for, what they may include, and what they may not.

use cloudsim_scenario::{DiskFiles, Loaded, MemoryFiles, Overrides, Problems, load};
use std::path::{Path, PathBuf};

/// An empty folder of this test.
fn folder(test: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("scenario-includes-{test}"));
    if folder.exists() {
        std::fs::remove_dir_all(&folder).expect("a folder of our own");
    }
    std::fs::create_dir_all(&folder).expect("a writable target folder");
    folder.canonicalize().expect("it exists")
}

fn write(path: PathBuf, text: &str) -> PathBuf {
    std::fs::create_dir_all(path.parent().expect("a folder")).expect("a writable target folder");
    std::fs::write(&path, text).expect("a writable target folder");
    path
}

fn read(path: &Path) -> Result<Loaded, Problems> {
    load(&DiskFiles, path.to_str().expect("a path in UTF-8"), &Overrides::default())
}

fn scenario(include: &str) -> String {
    format!("(version: 1, name: \"mine\", duration: \"10m\", include: [\"{include}\"])")
}

const ZONE: &str = "(regions: [(name: \"r\")], zones: [(name: \"z\", region: \"r\")])";

#[test]
fn a_file_of_the_disk_comes_before_a_shipped_one() {
    let folder = folder("order");
    let path = write(folder.join("quiet-day.ron"), &scenario("worlds/zone.ron"));
    write(folder.join("worlds/zone.ron"), ZONE);
    assert_eq!(read(&path).expect("right").plan.name, "mine");
    assert_eq!(read(&folder.join("quiet-day")).expect("right").plan.name, "mine");
}

#[test]
fn a_world_that_the_folder_lacks_is_looked_up_among_the_shipped_ones() {
    let path = write(folder("shipped").join("a.ron"), &scenario("worlds/three-tier.ron"));
    assert_eq!(read(&path).expect("right").plan.zones.len(), 3);
}

#[test]
fn includes_stay_in_the_folder_or_in_the_marked_one_above() {
    let folder = folder("fence");
    let path = write(folder.join("one/two/a.ron"), &scenario("../zone.ron"));
    write(folder.join("one/zone.ron"), ZONE);
    assert!(read(&path).expect_err("out of the folder").to_string().contains("CS0007"));
    write(folder.join("one/cloudsim.toml"), "");
    assert_eq!(read(&path).expect("within the marked folder").plan.zones.len(), 1);
    write(path.clone(), &scenario("../../one/zone.ron"));
    assert!(read(&path).expect_err("out and in again").to_string().contains("CS0007"));
}

#[cfg(unix)]
#[test]
fn a_link_out_of_the_folder_is_refused() {
    let folder = folder("link");
    let path = write(folder.join("inside/a.ron"), &scenario("zone.ron"));
    let outside = write(folder.join("outside/zone.ron"), ZONE);
    std::os::unix::fs::symlink(outside, folder.join("inside/zone.ron")).expect("links can be made");
    let problems = read(&path).expect_err("a link out").to_string();
    assert!(problems.contains("CS0007") && problems.contains("link out"), "{problems}");
    let link = folder.join("link.ron");
    std::os::unix::fs::symlink(folder.join("inside/b.ron"), &link).expect("links can be made");
    write(folder.join("inside/b.ron"), &scenario("c.ron"));
    write(folder.join("inside/c.ron"), ZONE);
    assert!(read(&link).is_ok(), "a scenario's folder is where it is, not where a link to it is");
}

#[test]
fn a_file_that_is_included_twice_counts_once() {
    let root = "(version: 1, name: \"x\", duration: \"1m\", include: [\"a.ron\", \"b.ron\"])";
    let files = MemoryFiles::from([
        ("s.ron", root),
        ("a.ron", "(include: [\"zone.ron\"])"),
        ("b.ron", "(include: [\"zone.ron\"])"),
        ("zone.ron", ZONE),
    ]);
    assert_eq!(load(&files, "s.ron", &Overrides::default()).expect("right").plan.zones.len(), 1);
}

#[test]
fn items_come_in_the_order_of_the_includes_and_the_scenarios_own_last() {
    let zone = |name: &str| format!("zones: [(name: \"{name}\", region: \"r\")]");
    let root = format!(
        "(version: 1, name: \"x\", duration: \"1m\", {}, include: [\"a.ron\", \"b.ron\"], regions: [(name: \"r\")])",
        zone("last")
    );
    let files = MemoryFiles::from([
        ("s.ron", root),
        ("a.ron", format!("({}, seed: 5, duration: \"2m\")", zone("first"))),
        ("b.ron", format!("({})", zone("second"))),
    ]);
    let plan = load(&files, "s.ron", &Overrides::default()).expect("right").plan;
    let names: Vec<&str> = plan.zones.iter().map(|zone| zone.name.as_str()).collect();
    assert_eq!(names, ["first", "second", "last"]);
    assert_eq!((plan.seed, plan.duration.to_string().as_str()), (5, "1m"));
}

#[test]
fn a_scenario_can_be_built_on_another() {
    let root = "(version: 1, name: \"mine\", include: [\"az-a-outage.ron\"], set: { \"faults.a-dark.zone\": \"b\" })";
    let files = MemoryFiles::from([("s.ron", root)]);
    let plan = load(&files, "s.ron", &Overrides::default()).expect("right").plan;
    assert_eq!(
        (plan.name.as_str(), plan.duration.to_string().as_str(), plan.objectives.len()),
        ("mine", "30m", 5)
    );
}

#[test]
fn includes_have_an_end() {
    let mut files = MemoryFiles::from([("s.ron", scenario("0.ron"))]);
    for level in 0..12 {
        files.insert(format!("{level}.ron"), format!("(include: [\"{}.ron\"])", level + 1));
    }
    files.insert("12.ron", ZONE);
    let problems = load(&files, "s.ron", &Overrides::default()).expect_err("too deep").to_string();
    assert!(problems.contains("CS0009"), "{problems}");

    let mut files = MemoryFiles::default();
    let names: Vec<String> = (0..120).map(|number| format!("\"{number}.ron\"")).collect();
    files.insert("s.ron", format!("(version: 1, include: [{}])", names.join(", ")));
    for number in 0..120 {
        files.insert(format!("{number}.ron"), "()");
    }
    let problems = load(&files, "s.ron", &Overrides::default()).expect_err("too many").to_string();
    assert!(problems.contains("CS0009"), "{problems}");
}

#[test]
fn what_is_no_scenario_is_said_to_be_none() {
    let say =
        |name: &str| load(&DiskFiles, name, &Overrides::default()).expect_err("no such file").to_string();
    assert_eq!(
        say("az-a-outtage"),
        "error[CS0001]: no scenario `az-a-outtage`\nhint: did you mean `az-a-outage.ron`?\n"
    );
    assert!(say(env!("CARGO_TARGET_TMPDIR")).contains("CS0001"));
    assert!(say("a\0b").contains("CS0001"));
}
