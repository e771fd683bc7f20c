//! A sweep in shards: processes that do not know of each other leave parts, which say together what one machine says.

mod program;

use k8s_openapi::api::batch::v1::Job;
use program::{CHEAP, cloudsim, printed};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

const DESIRED: &str = "auto_scaling_groups.nodes.desired=12,14";

/// Some runs are not restored, and the grid has two points.
const SWEPT: [&str; 7] = [CHEAP, "--seeds", "3..17", "--until", "5m20s", "--vary", DESIRED];

/// Where machines say which of many they are.
const VARIABLES: [&str; 4] =
    ["JOB_COMPLETION_INDEX", "AWS_BATCH_JOB_ARRAY_INDEX", "SLURM_ARRAY_TASK_ID", "SLURM_ARRAY_TASK_MIN"];

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn text(path: &Path) -> &str {
    path.to_str().expect("text")
}

fn refusal(args: &[&str]) -> String {
    let output = cloudsim(args);
    assert_eq!(output.status.code(), Some(2), "{args:?}: {}", said(&output));
    assert!(output.stdout.is_empty(), "{args:?}");
    said(&output)
}

fn contents(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(folder).expect("it is there").map(|entry| entry.expect("an entry"));
    let named = entries.map(|entry| (entry.file_name().to_string_lossy().into_owned(), entry.path()));
    named.map(|(name, path)| (name, fs::read(path).expect("a file"))).collect()
}

/// A plan, and the folder of its parts.
struct Sharded {
    temporary: TempDir,
    plan: PathBuf,
    parts: PathBuf,
}

impl Sharded {
    fn plan(swept: &[&str], shards: u64) -> Self {
        let temporary = tempfile::tempdir().expect("a folder");
        let [plan, parts] = ["plan.json", "parts"].map(|name| temporary.path().join(name));
        let more = ["--shards", &shards.to_string(), "-o", text(&plan)];
        assert_eq!(printed(&[&["sweep", "plan"], swept, &more].concat()), "");
        Self { temporary, plan, parts }
    }

    /// The process of a shard, not started, on a machine that says nothing.
    fn shard(&self, shard: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cloudsim"));
        command.args([
            "sweep",
            "run",
            "--plan",
            text(&self.plan),
            "--shard",
            shard,
            "--out",
            text(&self.parts),
        ]);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        for variable in VARIABLES {
            command.env_remove(variable);
        }
        command
    }

    /// Runs a shard, and what it says.
    fn run(&self, shard: u64) -> String {
        let output = self.shard(&shard.to_string()).output().expect("the program starts");
        assert_eq!(output.status.code(), Some(0), "{}", said(&output));
        assert!(output.stdout.is_empty(), "what is said is in the part");
        said(&output)
    }

    /// The file of a shard's part.
    fn part(&self, shard: u64) -> PathBuf {
        let is_own = |name: &String| name.starts_with(&format!("part-{shard}-"));
        self.parts.join(contents(&self.parts).into_keys().find(is_own).expect("a part"))
    }

    fn merged(&self, more: &[&str]) -> String {
        printed(&[&["sweep", "merge", text(&self.parts)], more].concat())
    }

    fn not_merged(&self) -> String {
        refusal(&["sweep", "merge", text(&self.parts), "--plan", text(&self.plan)])
    }
}

fn numbers(count: u64) -> Vec<u64> {
    (0..count).collect()
}

#[test]
fn parts_of_any_number_of_shards_in_any_order_say_what_one_machine_says() {
    let one = ["text", "json"].map(|form| printed(&[&["sweep"], &SWEPT[..], &["-o", form]].concat()));
    let temporary = tempfile::tempdir().expect("a folder");
    let tables = |folder: &Path| cfg!(feature = "parquet").then(|| contents(folder));
    let folder = temporary.path().join("one");
    if cfg!(feature = "parquet") {
        printed(&[&["sweep"], &SWEPT[..], &["--out", text(&folder)]].concat());
    }
    let expected = tables(&folder);
    for shards in [1, 2, 4, 7] {
        let sharded = Sharded::plan(&SWEPT, shards);
        let mut order = numbers(shards);
        order.rotate_left(1);
        order.reverse();
        for shard in order {
            sharded.run(shard);
        }
        assert!(sharded.merged(&[]) == one[0], "{shards} shards");
        assert!(sharded.merged(&["-o", "json", "--plan", text(&sharded.plan)]) == one[1], "{shards} shards");
        if cfg!(feature = "parquet") {
            let out = sharded.temporary.path().join("tables");
            // A merge that is made again is no other one.
            for _ in 0..2 {
                assert!(sharded.merged(&["--out", text(&out)]) == one[0], "{shards} shards");
                assert!(tables(&out) == expected, "{shards} shards");
            }
        }
    }
}

/// Four machines, of which each has the plan alone, not even the scenario.
#[test]
fn a_plan_is_the_same_bytes_anywhere_and_holds_all_that_a_machine_needs() {
    let swept = ["mine.ron", "--seeds", "0..4", "--until", "4m", "--set", "auto_scaling_groups.nodes.max=20"];
    let home = || {
        let folder = tempfile::tempdir().expect("a folder");
        let scenario = include_str!("../../../scenarios/k8s-autoscaler-three-zones.ron");
        let scenario = scenario.replace("worlds/kubernetes-autoscaled.ron", "parts/world.ron");
        let world = include_str!("../../../scenarios/worlds/kubernetes-autoscaled.ron");
        fs::create_dir(folder.path().join("parts")).expect("a folder");
        fs::write(folder.path().join("mine.ron"), scenario).expect("it can be written");
        fs::write(folder.path().join("parts/world.ron"), world).expect("it can be written");
        folder
    };
    let at = |folder: &TempDir, args: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cloudsim"));
        let output = command.args(args).current_dir(folder.path()).output().expect("the program starts");
        assert_eq!(output.status.code(), Some(0), "{}", said(&output));
        output.stdout
    };
    let (one, other) = (home(), home());
    let plan = [&["sweep", "plan"], &swept[..], &["--shards", "4"]].concat();
    let bytes = at(&one, &plan);
    assert!(at(&other, &plan) == bytes);
    let whole = at(&one, &[&["sweep"], &swept[..]].concat());
    let elsewhere = tempfile::tempdir().expect("a folder");
    fs::write(elsewhere.path().join("plan.json"), bytes).expect("it can be written");
    for shard in ["0", "1", "2", "3"] {
        at(&elsewhere, &["sweep", "run", "--plan", "plan.json", "--shard", shard, "--out", "parts"]);
    }
    let parts = format!("file://{}", text(&elsewhere.path().join("parts")));
    assert!(at(&elsewhere, &["sweep", "merge", &parts]) == whole);
}

#[test]
fn a_shard_that_is_killed_leaves_nothing_and_is_run_again() {
    let swept = [CHEAP, "--seeds", "0..400", "--until", "8m"];
    let sharded = Sharded::plan(&swept, 2);
    let mut child = sharded.shard("1").spawn().expect("the program starts");
    std::thread::sleep(std::time::Duration::from_millis(150));
    assert!(child.try_wait().expect("a child").is_none(), "it ended too soon to mean anything");
    child.kill().expect("it goes on");
    child.wait().expect("a child");
    assert!(!sharded.parts.exists() || contents(&sharded.parts).is_empty());
    sharded.run(0);
    let missing = sharded.not_merged();
    assert!(missing.contains("missing: shard 1 of 2"), "{missing}");
    sharded.run(1);
    assert!(sharded.merged(&[]) == printed(&[&["sweep"], &swept[..]].concat()));
}

#[test]
fn a_shard_that_is_finished_is_not_run_again() {
    let sharded = Sharded::plan(&SWEPT, 2);
    let first = sharded.run(1);
    assert!(first.contains("14 runs,") && first.contains("shard 1 of 2: "), "{first}");
    let part = fs::read(sharded.part(1)).expect("it is there");
    let again = sharded.run(1);
    assert!(again.contains("shard 1 of 2 was there") && !again.contains("runs,"), "{again}");
    assert!(fs::read(sharded.part(1)).expect("it is there") == part);
}

#[test]
fn one_shard_run_twice_at_once_is_one_part() {
    let sharded = Sharded::plan(&SWEPT, 2);
    let both = [(); 2].map(|()| sharded.shard("0").spawn().expect("the program starts"));
    for child in both {
        assert!(child.wait_with_output().expect("it ends").status.success());
    }
    sharded.run(1);
    assert_eq!(contents(&sharded.parts).len(), 2);
    assert!(sharded.merged(&[]) == printed(&[&["sweep"], &SWEPT[..]].concat()));
}

/// Everything that is wrong with the parts is said at once, and each by its name.
#[test]
fn parts_that_are_missing_doubled_mixed_or_damaged_are_refused() {
    let sharded = Sharded::plan(&SWEPT, 7);
    for shard in numbers(7) {
        sharded.run(shard);
    }
    let name = |path: &Path| path.file_name().expect("a name").to_string_lossy().into_owned();
    fs::write(sharded.parts.join("notes.txt"), "nothing of a sweep").expect("it can be written");
    let whole = sharded.merged(&[]);

    let copy = sharded.parts.join("part-2-copy.jsonl");
    fs::copy(sharded.part(2), &copy).expect("it can be copied");
    let doubled = sharded.not_merged();
    assert!(doubled.contains("shard 2 is there twice: part-2-copy.jsonl"), "{doubled}");

    let torn = sharded.part(3);
    let bytes = fs::read(&torn).expect("it is there");
    fs::write(&torn, &bytes[..bytes.len() - 1]).expect("it can be written");
    let other = Sharded::plan(&[CHEAP, "--seeds", "3..17", "--until", "5m"], 7);
    other.run(4);
    let mixed = sharded.parts.join(name(&other.part(4)));
    fs::copy(other.part(4), &mixed).expect("it can be copied");
    let deleted = [4, 5, 0].map(|shard| {
        let path = sharded.part(shard);
        (path.clone(), fs::read(&path).expect("it is there"))
    });
    // Of shard 4 there are two files; the one that goes is the plan's own.
    let own = contents(&sharded.parts).into_keys().filter(|part| part.starts_with("part-4-"));
    let own = own.map(|part| sharded.parts.join(part)).find(|path| *path != mixed).expect("a part");
    let kept = fs::read(&own).expect("it is there");
    for path in [&own, &deleted[1].0, &deleted[2].0] {
        fs::remove_file(path).expect("it is there");
    }
    let all = sharded.not_merged();
    for part in [
        "shard 2 is there twice: part-2-copy.jsonl".to_owned(),
        format!("{} is damaged", name(&torn)),
        format!("{} is of another plan", name(&mixed)),
        "missing: shards 0, 4 to 5 of 7".to_owned(),
    ] {
        assert!(all.contains(&part), "{part}: {all}");
    }
    let unasked = refusal(&["sweep", "merge", text(&sharded.parts)]);
    assert!(unasked.contains(&format!("{} is of the plan", name(&mixed))), "{unasked}");

    for (path, bytes) in [(&own, &kept), (&torn, &bytes), (&deleted[1].0, &deleted[1].1)] {
        fs::write(path, bytes).expect("it can be written");
    }
    fs::write(&deleted[2].0, &deleted[2].1).expect("it can be written");
    for path in [&copy, &mixed] {
        fs::remove_file(path).expect("it is there");
    }
    assert!(sharded.merged(&[]) == whole);
}

#[test]
fn the_machine_says_which_shard_it_is() {
    let sharded = Sharded::plan(&[CHEAP, "--seeds", "0..4", "--until", "3m"], 4);
    let run = |variables: &[(&str, &str)], more: &[&str]| {
        let mut command = sharded.shard("auto");
        command.args(more).envs(variables.iter().copied());
        let output = command.output().expect("the program starts");
        (output.status.code(), said(&output))
    };
    let ran = |variables: &[(&str, &str)], more: &[&str], shard: u64| {
        let (code, said) = run(variables, more);
        assert_eq!(code, Some(0), "{variables:?}: {said}");
        assert!(said.contains(&format!("shard {shard} of 4")), "{variables:?}: {said}");
    };
    ran(&[("JOB_COMPLETION_INDEX", "0"), ("AWS_BATCH_JOB_ARRAY_INDEX", "9")], &[], 0);
    ran(&[("AWS_BATCH_JOB_ARRAY_INDEX", "1"), ("SLURM_ARRAY_TASK_ID", "9")], &[], 1);
    // An array from 1 to 4, then one from 0 of which a task is run again.
    ran(&[("SLURM_ARRAY_TASK_ID", "3"), ("SLURM_ARRAY_TASK_MIN", "1")], &[], 2);
    ran(&[("SLURM_ARRAY_TASK_ID", "3"), ("SLURM_ARRAY_TASK_MIN", "3")], &["--shard-offset", "0"], 3);
    assert_eq!(contents(&sharded.parts).len(), 4);
    for (variables, more, why) in [
        (
            &[][..],
            &[][..],
            "none of JOB_COMPLETION_INDEX, AWS_BATCH_JOB_ARRAY_INDEX, SLURM_ARRAY_TASK_ID is set",
        ),
        (&[("JOB_COMPLETION_INDEX", "4")], &[], "shard 4 is not in a plan of 4"),
        (&[("JOB_COMPLETION_INDEX", "")], &[], "JOB_COMPLETION_INDEX is ''"),
        (&[("AWS_BATCH_JOB_ARRAY_INDEX", "-1")], &[], "AWS_BATCH_JOB_ARRAY_INDEX is -1"),
        (&[("SLURM_ARRAY_TASK_ID", "0")], &["--shard-offset", "1"], "SLURM_ARRAY_TASK_ID is 0, below 1"),
    ] {
        let (code, said) = run(variables, more);
        assert_eq!(code, Some(2), "{variables:?}: {said}");
        assert!(said.contains(why), "{variables:?}: {said}");
    }
}

#[test]
fn a_plan_that_is_none_or_was_changed_is_refused() {
    let sharded = Sharded::plan(&[CHEAP, "--seeds", "0..4", "--until", "3m"], 2);
    let plan = fs::read_to_string(&sharded.plan).expect("it is there");
    let refused = |bytes: &str| {
        fs::write(&sharded.plan, bytes).expect("it can be written");
        let output = sharded.shard("0").output().expect("the program starts");
        assert_eq!(output.status.code(), Some(2), "{}", said(&output));
        assert!(!sharded.parts.exists());
        said(&output)
    };
    assert!(refused("{}").contains("is no plan of a sweep"));
    assert!(refused(&plan.replacen("\"until\": 2", "\"until\": 3", 1)).contains("is damaged"));
    fs::remove_file(&sharded.plan).expect("it is there");
    let output = sharded.shard("0").output().expect("the program starts");
    assert_eq!(output.status.code(), Some(2));
    assert!(said(&output).contains("is not there"), "{}", said(&output));
    let many = refusal(&["sweep", "plan", CHEAP, "--seeds", "0..4", "--shards", "5"]);
    assert!(many.contains("5 shards are more than 4 seeds"), "{many}");
    let one = refusal(&["sweep", "plan", CHEAP, "--seeds", "0..1", "--shards", "2"]);
    assert!(one.contains("2 shards are more than 1 seed\n"), "{one}");
    let nowhere = refusal(&["sweep", "merge", "ftp://parts"]);
    assert!(nowhere.contains("of a store that is not known"), "{nowhere}");
    let empty = sharded.temporary.path().join("empty");
    assert!(refusal(&["sweep", "merge", text(&empty)]).contains("no part of a sweep is there"));
}

/// Every field is one that the API has, and says what the shards need: an index each, tried again unless its input is wrong.
#[test]
fn a_job_of_kubernetes_has_an_index_for_each_shard() {
    let sharded = Sharded::plan(&[CHEAP, "--seeds", "0..40", "--until", "3m"], 12);
    let args = ["--plan", text(&sharded.plan), "--plan-at", "/data/plan.json", "--out", "/data/parts"];
    let manifest = [&["sweep", "manifest", "k8s"], &args[..]].concat();
    assert!(refusal(&manifest).contains("no image"));
    let of_plan = ["sweep", "manifest", "k8s", "--plan", text(&sharded.plan), "--image", "i:1"];
    let nowhere = refusal(&[&of_plan[..], &["--plan-at", "plan.json", "--out", "s3://b/parts"]].concat());
    assert!(nowhere.contains("no pod finds plan.json") && nowhere.contains("--claim"), "{nowhere}");
    // A pod's own files go with it.
    for (out, claim) in
        [("/data/parts", &[][..]), ("parts", &["--claim", "c"]), ("/other", &["--claim", "c"])]
    {
        let given = ["--plan-at", "/data/plan.json", "--mount", "/data", "--out", out];
        let told = refusal(&[&of_plan[..], &given, claim].concat());
        assert!(told.contains(&format!("what pods leave in {out} goes with them")), "{told}");
    }
    let more =
        ["--image", "registry.example/cloudsim:1", "--cpus", "2", "--claim", "shared", "--mount", "/data"];
    let yaml = printed(&[&manifest[..], &more].concat());
    let raw: Value = serde_saphyr::from_str(&yaml).expect("YAML");
    let typed: Job = serde_saphyr::from_str(&yaml).expect("a Job");
    assert_eq!(serde_json::to_value(&typed).expect("JSON"), raw, "the API knows every field");
    let spec = typed.spec.expect("a specification");
    assert_eq!(spec.completion_mode.as_deref(), Some("Indexed"));
    assert_eq!((spec.completions, spec.parallelism), (Some(12), Some(12)));
    assert_eq!((spec.backoff_limit_per_index, spec.max_failed_indexes), (Some(3), Some(2)));
    let rules = spec.pod_failure_policy.expect("a policy").rules;
    let codes = rules[0].on_exit_codes.as_ref().expect("exit codes");
    assert_eq!(
        (rules[0].action.as_str(), codes.operator.as_str(), &codes.values[..]),
        ("FailIndex", "In", &[2][..])
    );
    assert_eq!(rules[1].action, "Ignore");
    let pod = spec.template.spec.expect("a pod");
    assert_eq!(pod.restart_policy.as_deref(), Some("Never"));
    let container = &pod.containers[0];
    assert_eq!(codes.container_name.as_ref(), Some(&container.name));
    assert_eq!(container.image.as_deref(), Some("registry.example/cloudsim:1"));
    let command = "cloudsim sweep run --plan /data/plan.json --shard auto --out /data/parts --jobs 2";
    assert_eq!(container.command.as_ref().expect("a command").join(" "), command);
    assert_eq!(
        raw["spec"]["template"]["spec"]["containers"][0]["resources"]["limits"],
        json!({ "cpu": "2", "memory": "1024Mi" })
    );
    assert_eq!(container.volume_mounts.as_ref().expect("a volume")[0].mount_path, "/data");
}

#[test]
fn arrays_of_batch_and_slurm_have_a_task_for_each_shard() {
    let sharded = Sharded::plan(&[CHEAP, "--seeds", "0..4", "--until", "3m"], 4);
    let manifest = |plan: &Path, cluster: &str, out: &str| {
        let args =
            ["sweep", "manifest", cluster, "--plan", text(plan), "--out", out, "--image", "cloudsim:1"];
        args.map(str::to_owned)
    };
    let print = |args: [String; 9]| printed(&args.each_ref().map(String::as_str));
    let batch: Value =
        serde_json::from_str(&print(manifest(&sharded.plan, "batch", "s3://b/p"))).expect("JSON");
    assert_eq!(batch["submitJob"]["arrayProperties"]["size"], 4);
    assert_eq!(batch["submitJob"]["jobDefinition"], batch["registerJobDefinition"]["jobDefinitionName"]);
    let retry = &batch["registerJobDefinition"]["retryStrategy"]["evaluateOnExit"];
    assert_eq!(retry[0], json!({ "onExitCode": "2", "action": "EXIT" }));
    let one = Sharded::plan(&[CHEAP, "--seeds", "0..4", "--until", "3m"], 1);
    let alone = manifest(&one.plan, "batch", "s3://b/p");
    assert!(refusal(&alone.each_ref().map(String::as_str)).contains("has 2 to 10000 children, not 1"));
    // What the script does is what is asked of it: each task of the array leaves its part.
    let script = print(manifest(&sharded.plan, "slurm", text(&sharded.parts)));
    assert!(script.contains("#SBATCH --array=0-3\n"), "{script}");
    let program = Path::new(env!("CARGO_BIN_EXE_cloudsim")).parent().expect("a folder");
    let paths = format!("{}:{}", text(program), std::env::var_os("PATH").expect("a path").to_string_lossy());
    for task in ["2", "0", "3", "1"] {
        let mut shell = Command::new("sh");
        shell.args(["-c", &script]).env("PATH", &paths);
        for variable in VARIABLES {
            shell.env_remove(variable);
        }
        // As of a task that is run again alone.
        shell.env("SLURM_ARRAY_TASK_ID", task).env("SLURM_ARRAY_TASK_MIN", task);
        let output = shell.output().expect("a shell");
        assert!(output.status.success(), "{}", said(&output));
    }
    assert_eq!(contents(&sharded.parts).len(), 4);
    sharded.merged(&["--plan", text(&sharded.plan)]);
}
