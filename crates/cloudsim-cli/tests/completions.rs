//! Completions: what a shell is told when it asks how a line goes on.

use std::process::Command;

const PROGRAM: &str = env!("CARGO_BIN_EXE_cloudsim");

/// The answers for the last of the words.
fn complete(words: &[&str]) -> Vec<String> {
    complete_at(words.len(), words)
}

/// The answers for one of the words, counted from 1, as the script for bash asks for them.
fn complete_at(place: usize, words: &[&str]) -> Vec<String> {
    let output = Command::new(PROGRAM)
        .env("CLOUDSIM_COMPLETE", "bash")
        .env("_CLAP_IFS", "\n")
        .env("_CLAP_COMPLETE_INDEX", place.to_string())
        .args(["--", "cloudsim"])
        .args(words)
        .output()
        .expect("the program starts");
    assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
    let answers = String::from_utf8(output.stdout).expect("text");
    answers.lines().map(str::to_owned).collect()
}

#[test]
fn commands_and_flags_are_completed() {
    let commands = complete(&[""]);
    for command in [
        "run",
        "test",
        "sweep",
        "optimize",
        "years",
        "report",
        "check",
        "get",
        "watch",
        "why",
        "explain",
        "init",
        "completions",
        "man",
    ] {
        assert!(commands.iter().any(|found| found == command), "{command}: {commands:?}");
    }
    assert!(!commands.iter().any(|found| found == "record-hashes"), "what people do not need is not offered");
    assert_eq!(complete(&["run", "--rec"]), ["--records"]);
    assert_eq!(complete(&["sched", "exp"]), ["explain"]);
    assert_eq!(complete(&["sched", "explain", "--version", "1."]), ["1.33", "1.34", "1.35", "1.36"]);
    assert_eq!(complete(&["sched", "explain", "-o", "t"]), ["text"]);
    assert_eq!(complete(&["get", "zones", "quiet-day", "-o", "w"]), ["wide"]);
}

#[test]
fn files_are_scenarios_and_those_that_ship() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for name in ["rds-mine.ron", "rds-notes.txt"] {
        std::fs::write(folder.path().join(name), "").expect("a file");
    }
    let output = Command::new(PROGRAM)
        .env("CLOUDSIM_COMPLETE", "bash")
        .env("_CLAP_IFS", "\n")
        .env("_CLAP_COMPLETE_INDEX", "2")
        .args(["--", "cloudsim", "run", "rds-"])
        .current_dir(folder.path())
        .output()
        .expect("the program starts");
    let found = String::from_utf8(output.stdout).expect("text");
    assert_eq!(found.lines().collect::<Vec<_>>(), ["rds-mine.ron", "rds-failover", "rds-single-az"]);
}

#[test]
fn kinds_and_names_are_completed_for_get() {
    assert_eq!(complete(&["get", "load"]), ["load_balancers"]);
    assert_eq!(complete(&["get", "zones,load"]), ["zones,load_balancers"]);
    assert!(complete(&["get", "nat/"]).is_empty(), "without a scenario no name is known");
    // The cursor stands in the second word; the scenario comes after it.
    let found = complete_at(2, &["get", "zones,nat/", "az-a-outage"]);
    assert_eq!(found, ["zones,nat/nat-a", "zones,nat/nat-b"]);
}

#[test]
fn subjects_are_completed_for_why() {
    assert_eq!(complete(&["why", "k8s-whole-zone", ""])[..4], ["apply/", "pod/", "request/", "commit/"]);
    assert_eq!(complete(&["why", "k8s-whole-zone", "apply/shop/w"]), ["apply/shop/worker"]);
    let pods = complete(&["why", "k8s-whole-zone", "pod/shop/cache-"]);
    assert!(pods.len() == 3 && pods.iter().all(|pod| pod.starts_with("pod/shop/cache-")), "{pods:?}");
    assert!(complete(&["why", "k8s-whole-zone", "node/"]).is_empty());
    assert_eq!(complete(&["why", "rds-failover", "commit/"]), ["commit/lost"]);
    let of_orders = complete(&["why", "dr-cold", "commit/orders/"]);
    assert_eq!(of_orders, ["commit/orders/lost", "commit/orders/"]);
}

#[test]
fn settings_and_faults_are_completed_from_the_scenario_on_the_line() {
    let set = |typed| complete(&["run", "az-a-outage", "--set", typed]);
    assert_eq!(set("databases."), ["databases.orders."]);
    assert_eq!(set("databases.orders.mu"), ["databases.orders.multi_az="]);
    assert_eq!(set("target_groups.frontend.interv"), ["target_groups.frontend.interval="]);
    let fault = |typed| complete(&["run", "az-a-outage", "--fault", typed]);
    assert_eq!(fault("zo"), ["zone:"]);
    assert_eq!(fault("nat:"), ["nat:nat-a@", "nat:nat-b@"]);
    assert!(complete(&["run", "no-such-thing.ron", "--set", "databases."]).is_empty());
}

#[test]
fn interventions_are_completed_from_the_scenario_on_the_line() {
    let next = |typed| complete(&["run", "az-a-outage-ec2", "--do", typed]);
    assert!(next("4m").is_empty(), "a time has to be thought of");
    assert_eq!(next("4m: fail"), ["4m: failover database/"]);
    assert_eq!(next("4m: failover database/"), ["4m: failover database/orders"]);
    assert_eq!(next("4m: scale group/f"), ["4m: scale group/frontend"]);
}

#[test]
fn the_help_shows_every_form_that_is_completed() {
    let output = Command::new(PROGRAM).args(["run", "--help"]).output().expect("the program starts");
    // Lines break where they must.
    let help = String::from_utf8(output.stdout).expect("text");
    let help = help.split_whitespace().collect::<Vec<_>>().join(" ");
    let faults = complete(&["run", "az-a-outage", "--fault", ""]);
    let interventions = complete(&["run", "az-a-outage", "--do", "4m: "]);
    assert!(faults.len() > 6 && interventions.len() > 6, "{faults:?} {interventions:?}");
    for form in faults.iter().map(String::as_str).chain(interventions.iter().map(|form| &form[4..])) {
        assert!(help.contains(form), "{form} is not in\n{help}");
    }
}

#[test]
fn codes_and_fields_are_completed_for_explain() {
    assert_eq!(complete(&["explain", "target_groups.interv"]), ["target_groups.interval"]);
    let codes = complete(&["explain", "cs010"]);
    assert!(codes.iter().any(|code| code == "CS0101") && codes.iter().all(|code| code.starts_with("CS010")));
}

#[test]
fn each_shell_gets_its_script() {
    for (shell, mark) in [
        ("bash", "complete -o"),
        ("zsh", "#compdef cloudsim"),
        ("fish", "complete "),
        ("powershell", "Register-ArgumentCompleter"),
    ] {
        let output = Command::new(PROGRAM).args(["completions", shell]).output().expect("the program starts");
        let script = String::from_utf8(output.stdout).expect("text");
        assert!(output.status.success() && script.contains(mark), "{shell}: {script}");
        assert!(script.contains("CLOUDSIM_COMPLETE"), "{shell}: {script}");
    }
    let output = Command::new(PROGRAM).args(["completions", "tcsh"]).output().expect("the program starts");
    assert_eq!(output.status.code(), Some(2));
}

/// Lets bash itself complete a line, with its own way of taking words apart.
#[cfg(unix)]
fn in_bash(line: &str, words: &[&str]) -> Vec<String> {
    let folder = std::path::Path::new(PROGRAM).parent().expect("the folder of the program");
    let script = format!(
        r#"PATH="{}:$PATH"; eval "$(cloudsim completions bash)"
        COMP_LINE=$1 COMP_POINT=${{#1}} COMP_TYPE=9; shift
        COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
        _cloudsim; printf '%s\n' "${{COMPREPLY[@]}}""#,
        folder.display()
    );
    let output =
        Command::new("bash").args(["-c", &script, "bash", line]).args(words).output().expect("bash starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text").lines().map(str::to_owned).collect()
}

#[test]
#[cfg(unix)]
fn bash_completes_what_it_takes_apart_itself() {
    let start = "cloudsim run az-a-outage --fault ";
    let words = ["cloudsim", "run", "az-a-outage", "--fault"];
    let with = |more: &[&'static str]| [&words[..], more].concat();
    assert_eq!(in_bash(&format!("{start}zo"), &with(&["zo"])), ["zone:"]);
    // Bash sees three words here, and will put the answer in the place of the last.
    assert_eq!(in_bash(&format!("{start}nat:na"), &with(&["nat", ":", "na"])), ["nat-a@", "nat-b@"]);
    assert_eq!(in_bash(&format!("{start}nat:"), &with(&["nat", ":"])), ["nat-a@", "nat-b@"]);
    let line = "cloudsim run az-a-outage --set databases.orders.mu";
    let words = ["cloudsim", "run", "az-a-outage", "--set", "databases.orders.mu"];
    assert_eq!(in_bash(line, &words), ["databases.orders.multi_az="]);
    assert_eq!(in_bash("cloudsim  expl", &["cloudsim", "expl"]), ["explain"]);
    // A word in quotes is one word to bash too, and replaced as a whole.
    let line = "cloudsim run az-a-outage --do '4m: failover db/";
    let words = ["cloudsim", "run", "az-a-outage", "--do", "'4m: failover db/"];
    assert_eq!(in_bash(line, &words), ["4m: failover db/orders"]);
}

/// What a shell prints when a script that holds the words of a line runs in it; `None` where there is no such shell.
#[cfg(unix)]
#[expect(clippy::print_stderr, reason = "says why nothing is tested, and what would help")]
fn in_shell(shell: &str, script: &str, words: &[&str]) -> Option<Vec<String>> {
    let folder = std::path::Path::new(PROGRAM).parent().expect("the folder of the program");
    let path = std::env::var_os("PATH").unwrap_or_default();
    let path = format!("{}:{}", folder.display(), path.to_string_lossy());
    let flags: &[&str] = if shell == "zsh" { &["-f", "-c"] } else { &["--no-config", "-c"] };
    let shell_name = if shell == "zsh" { vec!["zsh"] } else { Vec::new() };
    let output = match Command::new(shell)
        .env("PATH", path)
        .args(flags)
        .arg(script)
        .args(shell_name)
        .args(words)
        .output()
    {
        Ok(output) => output,
        Err(problem) => {
            let excused = std::env::var_os("NO_SUCH_SHELLS").unwrap_or_default();
            let excused = excused.to_string_lossy().split(' ').any(|excused| excused == shell);
            assert!(excused || std::env::var_os("CI").is_none(), "{shell}: {problem}");
            eprintln!("skipped: needs {shell}, as in `apt-get install {shell}`");
            return None;
        }
    };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).expect("text");
    // Behind a tab, or a colon in zsh, stands what it is about.
    Some(
        text.lines()
            .filter(|line| !line.is_empty())
            .map(|line| line.split('\t').next().unwrap_or(line).into())
            .collect(),
    )
}

/// Lines that end where somebody asks, and the answers.
#[cfg(unix)]
const ASKED: &[(&[&str], &[&str])] = &[
    (&["run", "az-a"], &["az-a-outage", "az-a-outage-ec2"]),
    (&["expl"], &["explain"]),
    (&["run", "az-a-outage", "--fault", "nat:na"], &["nat:nat-a@", "nat:nat-b@"]),
    (&["run", "az-a-outage", "--set", "databases.orders.mu"], &["databases.orders.multi_az="]),
    (&["path", "az-a-outage", "orders-r"], &["orders-replica"]),
];

#[test]
#[cfg(unix)]
fn fish_completes_scenarios_and_names() {
    for (words, answers) in ASKED {
        let line = format!("cloudsim {}", words.join(" "));
        let script = "cloudsim completions fish | source; complete -C $argv[1]";
        let Some(found) = in_shell("fish", script, &[&line]) else { return };
        assert_eq!(found, *answers, "{line}");
    }
}

#[test]
#[cfg(unix)]
fn zsh_completes_scenarios_and_names() {
    // Stands in for the editor of lines: what is described is printed.
    let script = r#"compdef() {}; _describe() { print -rl -- "${(@P)3}" }
        source <(cloudsim completions zsh); words=(cloudsim "$@"); CURRENT=${#words}
        _clap_dynamic_completer_cloudsim"#;
    for (words, answers) in ASKED {
        let Some(found) = in_shell("zsh", script, words) else { return };
        // A colon that belongs to an answer is escaped.
        let values = found.iter().map(|line| {
            let line = line.replace("\\:", "\u{0}");
            line.split(':').next().unwrap_or_default().replace('\u{0}', ":")
        });
        assert_eq!(values.collect::<Vec<_>>(), *answers, "{words:?}");
    }
}

#[test]
#[cfg(unix)]
fn powershell_is_answered_in_its_own_way() {
    for (words, answers) in ASKED {
        let output = Command::new(PROGRAM)
            .env("CLOUDSIM_COMPLETE", "powershell")
            .args(["--", "cloudsim"])
            .args(*words)
            .output()
            .expect("the program starts");
        let text = String::from_utf8(output.stdout).expect("text");
        let found: Vec<&str> = text.lines().map(|line| line.split('\t').next().unwrap_or_default()).collect();
        assert_eq!(found, *answers, "{words:?}");
    }
}
