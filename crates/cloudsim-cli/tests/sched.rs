//! `sched explain`, as people and scripts use it.

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// A file of recorded decisions.
fn recorded(family: &str) -> String {
    let file = format!("crates/cloudsim-kube-scheduler/tests/data/{family}.jsonl.gz");
    root().join(file).to_str().expect("a path of text").to_owned()
}

fn lines_of(family: &str) -> Vec<String> {
    let file = File::open(recorded(family)).expect("recorded cases");
    BufReader::new(GzDecoder::new(file)).lines().map(|line| line.expect("a line")).collect()
}

/// The line of a recorded case.
fn case(id: &str) -> String {
    let (family, _) = id.rsplit_once('-').expect("a family and a number");
    let id = format!("public-{id}");
    let named = |line: &String| serde_json::from_str::<Value>(line).expect("JSON")["id"] == id.as_str();
    lines_of(family).into_iter().find(named).unwrap_or_else(|| panic!("no case {id}"))
}

/// `sched explain` with more arguments, and what comes in.
fn explain(args: &[&str], input: &[u8]) -> Output {
    let mut program = Command::new(env!("CARGO_BIN_EXE_cloudsim"))
        .args(["sched", "explain"])
        .args(args)
        .current_dir(root())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut stdin = program.stdin.take().expect("a pipe");
    let input = input.to_vec();
    #[expect(clippy::disallowed_methods, reason = "writes while the program answers; no run is in it")]
    let writer = std::thread::spawn(move || {
        // A program that is told files does not read.
        let _ = stdin.write_all(&input);
    });
    let output = program.wait_with_output().expect("the program ends");
    writer.join().expect("the input was written");
    output
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("text")
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).expect("text")
}

/// The answers of a program that found nothing wrong.
fn answers(args: &[&str], input: &[u8]) -> Vec<Value> {
    let output = explain(args, input);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    stdout(&output).lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

fn text(args: &[&str], input: &str) -> String {
    let output = explain(&[&["-o", "text"], args].concat(), input.as_bytes());
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    stdout(&output)
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut writer = GzEncoder::new(Vec::new(), Compression::default());
    writer.write_all(bytes).expect("memory");
    writer.finish().expect("memory")
}

#[test]
fn each_line_is_answered_as_it_was_recorded() {
    let found = answers(&[&recorded("taints"), &recorded("preemption_ties")], b"");
    let lines = [lines_of("taints"), lines_of("preemption_ties")].concat();
    assert_eq!(found.len(), lines.len());
    for (line, found) in lines.iter().zip(found) {
        let recorded: Value = serde_json::from_str(line).expect("JSON");
        assert_eq!(found.as_object().expect("an object").keys().collect::<Vec<_>>(), ["id", "expect"]);
        assert_eq!((&found["id"], &found["expect"]), (&recorded["id"], &recorded["expect"]));
    }
}

#[test]
fn plain_and_compressed_files_and_input_are_the_same() {
    let plain = lines_of("fit")[..3].join("\n") + "\n\n";
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("cases");
    std::fs::write(&file, &plain).expect("a file");
    let expected = answers(&[], plain.as_bytes());
    assert_eq!(expected.len(), 3);
    let file = file.to_str().expect("a path of text");
    assert_eq!(answers(&[file], b""), expected);
    assert_eq!(answers(&["-"], &gzip(plain.as_bytes())), expected);
    // A file that was appended to has several members.
    let (first, rest) = plain.split_once('\n').expect("lines");
    let members = [gzip(format!("{first}\n").as_bytes()), gzip(rest.as_bytes())].concat();
    assert_eq!(answers(&[], &members), expected);
}

#[test]
fn a_trace_is_played_as_it_was_recorded() {
    let lines = lines_of("trace300");
    let lines = &lines[..400];
    let found = answers(&["--trace"], lines.join("\n").as_bytes());
    let steps = lines[1..].iter().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
    let recorded: Vec<Value> = steps
        .filter(|step| step.get("pod").is_some())
        .map(|mut step| {
            step.as_object_mut().expect("an object").remove("pod");
            step
        })
        .collect();
    assert!(recorded.len() > 300 && recorded.len() < 399, "{}", recorded.len());
    assert_eq!(found, recorded);
}

#[test]
fn people_read_a_trace_line_by_line() {
    let lines = lines_of("trace300");
    let told = text(&["--trace"], &lines[..4].join("\n"));
    insta::assert_snapshot!(told);
}

#[test]
fn a_malformed_line_is_answered_in_its_place_and_the_others_go_on() {
    let good = case("fit-001");
    let node = r#"{"metadata":{"name":"a"},"status":{"allocatable":{"cpu":"lots"}}}"#;
    let pod = r#"{"metadata":{"name":"p"},"spec":{"containers":[]}}"#;
    let input = [
        "{".to_owned(),
        good.clone(),
        format!(r#"{{"id":"q","nodes":[{node}],"pod":{pod}}}"#),
        r#"{"id":7,"nodes":[]}"#.to_owned(),
        format!(r#"{{"id":"x","nodez":[],"pod":{pod}}}"#),
        format!(r#"{{"id":{}{},"pod":{pod}}}"#, "[".repeat(400), "]".repeat(400)),
        format!(r#"{{"id":"c","config":{{"profiles":[{{"pluginConfig":[{{"name":"NodeResourcesFit","args":{{"scoringStrategy":{{"type":"Most"}}}}}}]}}]}},"pod":{pod}}}"#),
        good,
        "[]".to_owned(),
        "7".to_owned(),
        r#"{"id":"l","pods":{}}"#.to_owned(),
    ]
    .join("\n");
    let output = explain(&[], input.as_bytes());
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(stderr(&output), "error: 9 of 11 cases are malformed\n");
    let answers: Vec<Value> =
        stdout(&output).lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(answers.len(), 11);
    assert!(answers[1]["expect"].is_object() && answers[1] == answers[7]);
    let errors: Vec<&Value> = answers.iter().filter(|answer| answer.get("error").is_some()).collect();
    insta::assert_snapshot!(serde_json::to_string_pretty(&errors).expect("JSON"));
    // People are told the same.
    let output = explain(&["-o", "text"], input.as_bytes());
    assert_eq!(output.status.code(), Some(2));
    assert!(stdout(&output).contains("✗ line 3: nodes[0].status.allocatable"), "{}", stdout(&output));
}

#[test]
fn a_malformed_line_of_a_trace_changes_nothing() {
    let pod =
        |name: &str| json!({"pod": {"metadata": {"name": name}, "spec": {"containers": []}}}).to_string();
    let cluster = json!({"nodes": [{"metadata": {"name": "a"}, "status": {"allocatable": {"pods": "1"}}}]});
    let input = [cluster.to_string(), r#"{"delete":"default/p"}"#.to_owned(), pod("p"), pod("p"), pod("q")]
        .join("\n");
    let output = explain(&["--trace"], input.as_bytes());
    assert_eq!(output.status.code(), Some(2));
    let answers: Vec<Value> =
        stdout(&output).lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(
        answers[0]["error"],
        json!({"line": 2, "field": "delete", "message": "default/p is on no node"})
    );
    assert_eq!(answers[1], json!({"i": 0, "feasible": 1, "best": ["a"], "chosen": "a"}));
    assert_eq!(answers[2]["error"]["field"], "pod.metadata.name");
    assert_eq!(
        answers[3],
        json!({"i": 1, "feasible": 0, "fitError": "0/1 nodes are available: 1 Too many pods."})
    );
    assert_eq!(answers.len(), 4);
    // Without a cluster there is nothing to go on with.
    let output = explain(&["--trace"], pod("p").as_bytes());
    assert_eq!((output.status.code(), stdout(&output).lines().count()), (Some(2), 1));
}

#[test]
fn files_that_cannot_be_read_are_exit_2_and_the_others_go_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let broken = folder.path().join("broken.gz");
    let mut bytes = gzip(lines_of("fit")[0].as_bytes());
    bytes.truncate(bytes.len() / 2);
    std::fs::write(&broken, bytes).expect("a file");
    let broken = broken.to_str().expect("a path of text");
    for file in ["no-such-file", "crates", broken] {
        let output = explain(&[file, "scenarios/sched/tainted-zone.jsonl"], b"");
        assert_eq!(output.status.code(), Some(2), "{file}");
        assert!(stderr(&output).starts_with("error: failed to read "), "{}", stderr(&output));
        assert!(stdout(&output).contains("tainted-zone"), "{}", stdout(&output));
    }
    // With several files an error says in which it is.
    let bad = folder.path().join("bad");
    std::fs::write(&bad, b"\n\xff\n").expect("a file");
    let bad = bad.to_str().expect("a path of text");
    let output = explain(&[bad, "scenarios/sched/tainted-zone.jsonl"], b"");
    let first: Value = serde_json::from_str(stdout(&output).lines().next().expect("a line")).expect("JSON");
    assert_eq!((&first["error"]["line"], &first["error"]["file"]), (&json!(2), &json!(bad)));
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let mut program = Command::new(env!("CARGO_BIN_EXE_cloudsim"))
        .args(["sched", "explain", &recorded("mixed")])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut first = String::new();
    BufReader::new(program.stdout.take().expect("a pipe")).read_line(&mut first).expect("a line");
    let output = program.wait_with_output().expect("the program ends");
    assert!(first.starts_with(r#"{"id":"public-mixed-"#), "{first}");
    assert_eq!((output.status.code(), stderr(&output).as_str()), (Some(0), ""));
}

#[test]
fn a_configuration_holds_for_cases_without_one() {
    let folder = tempfile::tempdir().expect("a folder");
    let config = |name: &str, text: &str| {
        let file = folder.path().join(name);
        std::fs::write(&file, text).expect("a file");
        file.to_str().expect("a path of text").to_owned()
    };
    let yaml = config(
        "most.yaml",
        concat!(
            "apiVersion: kubescheduler.config.k8s.io/v1\nkind: KubeSchedulerConfiguration\nprofiles:\n",
            "- pluginConfig:\n  - name: NodeResourcesFit\n    args:\n      scoringStrategy:\n",
            "        type: MostAllocated\n        resources: [{name: cpu, weight: 1}]\n",
        ),
    );
    let json = config(
        "most.json",
        r#"{"profiles":[{"pluginConfig":[{"name":"NodeResourcesFit","args":{"scoringStrategy":{"type":"MostAllocated","resources":[{"name":"cpu","weight":1}]}}}]}]}"#,
    );
    let node = |name: &str, cpu: &str| {
        let allocatable = json!({"cpu": cpu, "pods": "9"});
        json!({"metadata": {"name": name}, "status": {"allocatable": allocatable}})
    };
    let pod = json!({
        "metadata": {"name": "p"},
        "spec": {"containers": [{"name": "c", "resources": {"requests": {"cpu": "1"}}}]},
    });
    let mut case = json!({"nodes": [node("big", "8"), node("small", "2")], "pod": pod});
    let best = |args: &[&str], case: &Value| {
        answers(args, case.to_string().as_bytes())[0]["expect"]["best"][0].clone()
    };
    assert_eq!(best(&[], &case), "big");
    assert_eq!(best(&["--config", &yaml], &case), "small");
    assert_eq!(best(&["--config", &json], &case), "small");
    // What the case says itself comes first.
    case["config"] = json!({"profiles": []});
    assert_eq!(best(&["--config", &yaml], &case), "big");

    let wrong = config(
        "wrong.yaml",
        "profiles:\n- pluginConfig:\n  - name: NodeResourcesFit\n    args: {scoringStrategy: {type: Most}}\n",
    );
    for (file, talk) in [
        (wrong.as_str(), "profiles[0].pluginConfig[0].args.scoringStrategy.type"),
        ("no-such.yaml", "failed to read no-such.yaml"),
    ] {
        let output = explain(&["--config", file], case.to_string().as_bytes());
        assert_eq!(output.status.code(), Some(2));
        assert!(output.stdout.is_empty() && stderr(&output).contains(talk), "{}", stderr(&output));
    }
}

#[test]
fn a_configuration_is_found_among_the_documents_of_its_file() {
    const MOST: &str = "\
apiVersion: kubescheduler.config.k8s.io/v1
kind: KubeSchedulerConfiguration
profiles:
- pluginConfig:
  - name: NodeResourcesFit
    args: {scoringStrategy: {type: MostAllocated, resources: [{name: cpu, weight: 1}]}}
";
    const OTHER: &str = "apiVersion: v1\nkind: Namespace\nmetadata: {name: kube-system}\n";
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("config.yaml");
    let nodes = [("big", "8"), ("small", "2")].map(|(name, cpu)| {
        json!({"metadata": {"name": name}, "status": {"allocatable": {"cpu": cpu, "pods": "9"}}})
    });
    let case = json!({
        "nodes": nodes,
        "pod": {
            "metadata": {"name": "p"},
            "spec": {"containers": [{"name": "c", "resources": {"requests": {"cpu": "1"}}}]},
        },
    });
    let with = |text: &str| {
        std::fs::write(&file, text).expect("a file");
        explain(&["--config", file.to_str().expect("a path of text")], case.to_string().as_bytes())
    };
    for text in [
        format!("---\n{MOST}"),
        format!("# none\n---\n{MOST}---\n# nor here\n"),
        format!("{MOST}---\n---\n...\n"),
        format!("{OTHER}---\n{MOST}"),
        format!("\u{feff}{}", MOST.replace('\n', "\r\n")),
    ] {
        let output = with(&text);
        assert_eq!(output.status.code(), Some(0), "{text}: {}", stderr(&output));
        assert!(stdout(&output).contains(r#""best":["small"]"#), "{text}: {}", stdout(&output));
    }
    for (text, talk) in [
        (
            format!("# ours\n{MOST}---\n{MOST}"),
            "line 9: here begins another KubeSchedulerConfiguration, after that of line 2; a scheduler has one: \
             put all profiles into it, or keep it in a file of its own",
        ),
        (format!("{OTHER}---\n{OTHER}"), "there is no KubeSchedulerConfiguration in it"),
        (String::new(), "there is no KubeSchedulerConfiguration in it"),
        (OTHER.to_owned(), "kind: this is to be KubeSchedulerConfiguration, not `Namespace`"),
    ] {
        let output = with(&text);
        assert_eq!(output.status.code(), Some(2), "{text}");
        assert!(output.stdout.is_empty() && stderr(&output).contains(talk), "{text}: {}", stderr(&output));
    }
}

#[test]
fn a_version_changes_what_is_known_to_differ() {
    let line =
        lines_of("taints").into_iter().find(|line| line.contains("had untolerated taint")).expect("a case");
    let said = |version: &str| answers(&["--version", version], line.as_bytes())[0].to_string();
    assert!(said("1.34").contains("untolerated taint {"));
    assert!(said("1.36").contains("untolerated taint(s)") && !said("1.36").contains("untolerated taint {"));
    let output = explain(&["--version", "1.20"], b"");
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("1.33, 1.34, 1.35, 1.36"), "{}", stderr(&output));
}

/// The example of the scheduler's page, today and under KEP-5980.
#[test]
fn the_examples_of_the_documents_are_what_is_printed() {
    for words in [
        "scenarios/sched/tainted-zone.jsonl -o text",
        "scenarios/sched/tainted-zone.jsonl -o text --ignore-tainted-domains",
    ] {
        let args: Vec<&str> = words.split(' ').collect();
        let output = explain(&args, b"");
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        let name = args.join("_").replace([':', '/'], "-");
        let golden = root().join(format!("scenarios/expected/sched/{name}.txt"));
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            std::fs::write(&golden, &output.stdout).expect("the golden can be written");
            continue;
        }
        let expected = std::fs::read_to_string(&golden)
            .unwrap_or_else(|problem| panic!("{}: {problem}", golden.display()));
        assert_eq!(stdout(&output), expected, "{words}");
    }
}

#[test]
fn people_are_told_what_decides_and_what_would_have_to_change() {
    let mut told = BTreeMap::new();
    for id in [
        "fit-001",
        "fit_strategy-003",
        "taints-004",
        "node_affinity-007",
        "node_ports-002",
        "spread_hard-005",
        "spread_soft-004",
        "interpod_required-003",
        "interpod_preferred-002",
        "preemption-004",
        "preemption_ties-003",
        "mixed-050",
    ] {
        told.insert(id, text(&[], &case(id)));
    }
    for (id, text) in told {
        assert!(
            text.lines().all(|line| line.chars().count() <= 100 || line.split_whitespace().count() < 4),
            "{text}"
        );
        insta::assert_snapshot!(id, text);
    }
}

/// Cases of a pod that no cycle tries, or that is told where to go, or beside which pods count nowhere.
#[test]
fn people_are_told_what_kube_scheduler_does_not_do() {
    let node = |name: &str| {
        let allocatable = json!({"cpu": "4", "memory": "8Gi", "pods": "9"});
        json!({"metadata": {"name": name}, "status": {"allocatable": allocatable}})
    };
    let case = |id: &str, change: &dyn Fn(&mut Value)| {
        let pod = json!({
            "metadata": {"name": "web"},
            "spec": {"containers": [{"name": "c", "resources": {"requests": {"cpu": "1", "memory": "1Gi"}}}]},
        });
        let mut case = json!({"id": id, "nodes": [node("a"), node("b")], "pod": pod});
        change(&mut case);
        case.to_string()
    };
    let told: Vec<String> = [
        case("gated", &|case| {
            case["pod"]["spec"]["schedulingGates"] =
                json!([{"name": "example.com/quota"}, {"name": "example.com/data"}]);
        }),
        case("ended", &|case| case["pod"]["status"]["phase"] = "Succeeded".into()),
        case("assigned", &|case| case["pod"]["spec"]["nodeName"] = "a".into()),
        case("going", &|case| case["pod"]["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z".into()),
        case("nominated", &|case| case["pod"]["status"]["nominatedNodeName"] = "b".into()),
        case("elsewhere", &|case| {
            let mut pods = [case["pod"].clone(), case["pod"].clone()];
            for (pod, name) in pods.iter_mut().zip(["one", "two"]) {
                pod["metadata"]["name"] = name.into();
                pod["spec"]["nodeName"] = "gone".into();
            }
            case["pods"] = json!(pods);
        }),
    ]
    .iter()
    .map(|case| text(&[], case))
    .collect();
    insta::assert_snapshot!(told.join("\n----\n"));
}

#[test]
fn many_nodes_stay_readable_and_all_are_there_when_asked() {
    let nodes: Vec<Value> = (0..5000)
        .map(|i| {
            let cpu = if i % 2 == 0 { "4".to_owned() } else { format!("{}m", 100 + i % 400) };
            let labels = json!({"kubernetes.io/hostname": format!("node-{i:04}")});
            let allocatable = json!({"cpu": cpu, "memory": "8Gi", "pods": "9"});
            let metadata = json!({"name": format!("node-{i:04}"), "labels": labels});
            json!({"metadata": metadata, "status": {"allocatable": allocatable}})
        })
        .collect();
    let pod = json!({
        "metadata": {"name": "p"},
        "spec": {"containers": [{"name": "c", "resources": {"requests": {"cpu": "1"}}}]},
    });
    let case = json!({"id": "many", "nodes": nodes, "pod": pod}).to_string();
    let folded = text(&[], &case);
    assert!(folded.lines().count() < 30, "{folded}");
    assert!(
        folded.contains("one of 2500") && folded.contains("2500 nodes: NodeResourcesFit: Insufficient cpu"),
        "{folded}"
    );
    let all = text(&["--all"], &case);
    assert!((0..5000).all(|i| all.contains(&format!("node-{i:04}"))));
    assert_eq!(stdout(&explain(&["-o", "wide"], case.as_bytes())), all);
}

#[test]
fn what_fuzzers_kept_is_answered_in_every_form() {
    let corpus = root().join("crates/cloudsim-kube-scheduler/fuzz/corpus/case");
    let mut input = String::new();
    let mut count = 0;
    for entry in std::fs::read_dir(corpus).expect("a corpus") {
        let bytes = std::fs::read(entry.expect("an entry").path()).expect("a file");
        if let Ok(line) = String::from_utf8(bytes)
            && !line.contains('\n')
            && !line.trim().is_empty()
        {
            input.push_str(&line);
            input.push('\n');
            count += 1;
        }
    }
    assert!(count > 30, "{count}");
    for form in ["json", "text", "wide"] {
        let output = explain(&["-o", form], input.as_bytes());
        assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
        let text = stdout(&output);
        assert!(text.chars().all(|c| c == '\n' || !c.is_control()), "nothing speaks to the terminal");
        if form == "json" {
            assert_eq!(text.lines().count(), count);
        }
    }
}
