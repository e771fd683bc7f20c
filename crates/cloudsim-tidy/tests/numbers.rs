//! Every number of the outside world says where it is from.

use cloudsim_tidy::{TextFile, expect_none, files, read};

/// The ways to answer for a number: published, measured by us, or admitted to be a guess.
const ANSWERS: [&str; 3] = ["Source:", "Measured:", "Assumed:"];

/// What is said of a number that nobody has published.
const GUESSED: [&str; 5] = ["assumed", "recalled", "proposal", "proposed", "from memory"];

/// Guesses of models without ends between which they may be, and why.
const WITHOUT_ENDS: [(&str, &str); 13] = [
    ("ZONE_FAILURES", "a rate: `years` shows what a third of it and three times as much would do"),
    ("HOST_FAILURES", "a rate, as above"),
    ("NAT_GATEWAY_FAILURES", "a rate, as above"),
    ("FACTORS", "how far off rates and lengths are taken to be; it is the ends of others"),
    ("REPLICA_LAG_WINDOW", "the grain of a lag, not its size"),
    ("SHORTAGE_ENDS_AFTER", "only records and timelines depend on it"),
    ("JOB_FAILS_WITH", "an exit code, which only failure policies look at; no amount"),
    ("ADDRESS", "a name of its own for clients; no amount"),
    ("CHECKER_ADDRESS", "what rules see of checkers; no amount"),
    ("CLOCK", "a date; no amount"),
    ("EPHEMERAL_STORAGE", "only pods that request ephemeral storage need it, and a node can say what it has"),
    ("LCU_NEW_CONNECTIONS_PER_SECOND", "the factor `prices.capacity_units` stands for both"),
    ("LCU_GIGABYTES_PER_HOUR", "as above"),
];

/// Guesses about the program itself and what it is given, which no answer rests on: they refuse, or cut short what is told.
const OF_THE_PROGRAM: [(&str, &str); 10] = [
    ("UNPACKED_TIMES", "larger files are refused"),
    ("LINE_MAX", "longer lines are refused"),
    ("CONFIG_MAX", "larger files are refused"),
    ("TEXT_MAX", "larger texts are refused"),
    ("DEPTH_MAX", "deeper objects are refused"),
    ("REPLAYED_MAX", "more aliases are refused"),
    ("NODES_MAX", "larger documents are refused"),
    ("INSTANT_STEPS_MAX", "a run that comes to it ends with an error"),
    ("BLAME_MAX", "the rest is counted"),
    ("SOURCE", "a key of the schema"),
];

/// Files that assume how something behaves, which is no amount, and what.
const BEHAVIOURS: [(&str, &str); 1] =
    [("crates/cloudsim-aws/src/services/load_balancer/balancers.rs", "when a node takes connections again")];

/// A constant and the comment above it.
#[derive(Debug, PartialEq, Eq)]
struct Constant {
    line: usize,
    name: String,
    doc: String,
    /// The line itself.
    declared: String,
}

/// The named constants of a file. Attributes may stand between comment and constant; checks without a name are left out.
fn constants(file: &TextFile) -> Vec<Constant> {
    let mut found = Vec::new();
    let mut doc = String::new();
    for (line, text) in file.lines() {
        let text = text.trim();
        if let Some(comment) = text.strip_prefix("///") {
            doc += comment;
            doc.push('\n');
        } else if let Some(name) = constant_name(text) {
            found.push(Constant {
                line,
                name: name.to_owned(),
                doc: std::mem::take(&mut doc),
                declared: text.to_owned(),
            });
        } else if !text.starts_with("#[") {
            doc.clear();
        }
    }
    found
}

/// The name of the constant that a line declares.
fn constant_name(line: &str) -> Option<&str> {
    let (before, after) = line.split_once("const ")?;
    let visibility = before.trim();
    let declares = visibility.is_empty() || visibility == "pub" || visibility.starts_with("pub(");
    let name = after.split(':').next().unwrap_or_default().trim();
    let is_name = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    (declares && is_name && name != "_").then_some(name)
}

#[test]
fn numbers_of_the_outside_world_say_where_they_are_from() {
    let files = files("crates", &["rs"]);
    let files: Vec<&TextFile> =
        files.iter().filter(|file| ["limits.rs", "pricing.rs"].contains(&file.name())).collect();
    let mut breaches = Vec::new();
    let mut count = 0;
    for file in &files {
        let constants = constants(file);
        if constants.is_empty() {
            breaches
                .push(format!("{}: no constant was found; has the way they are written changed?", file.path));
        }
        count += constants.len();
        for constant in constants {
            let answered =
                constant.doc.lines().any(|line| ANSWERS.iter().any(|answer| line.trim().starts_with(answer)));
            if !answered {
                breaches.push(format!("{}:{}: {}", file.path, constant.line, constant.name));
            }
        }
    }
    expect_none("a number has no line that begins with `Source:`, `Measured:` or `Assumed:`", &breaches);
    assert!(
        files.len() >= 8 && count >= 50,
        "only {count} numbers in {} files: the scan misses some",
        files.len()
    );
}

/// Whether it is how much a scenario may have of something, and not how something behaves.
fn is_a_bound(file: &TextFile, constant: &Constant) -> bool {
    file.path.starts_with("crates/cloudsim-scenario/")
        && (constant.name.ends_with("_MAX")
            || constant.name.ends_with("_MIN")
            || constant.declared.contains("RangeInclusive"))
}

/// The facts that `docs/sources.md` calls recalled.
fn recalled_facts() -> Vec<String> {
    let rows = read("docs/sources.md");
    let rows = rows.lines().filter(|line| line.starts_with("| ") && line.ends_with("| recalled |"));
    rows.filter_map(|line| line.split(' ').nth(1)).map(str::to_owned).collect()
}

#[test]
fn what_is_assumed_says_between_which_ends_it_may_be() {
    let files = files("crates", &["rs"]);
    let sources = files.iter().filter(|file| file.path.contains("/src/"));
    let recalled = recalled_facts();
    let (mut breaches, mut exempt, mut assumed) = (Vec::new(), Vec::new(), 0);
    for file in sources {
        let rows = file.text.split_once("assumptions! {").map_or("", |(_, rows)| rows);
        for constant in constants(file).into_iter().filter(|constant| !is_a_bound(file, constant)) {
            let doc = constant.doc.to_lowercase();
            let says_so = GUESSED.iter().any(|word| doc.contains(word));
            if !says_so && !recalled.iter().any(|fact| constant.doc.contains(fact.as_str())) {
                continue;
            }
            let place = format!("{}:{}: {}", file.path, constant.line, constant.name);
            if !says_so {
                breaches.push(format!("{place} rests on a recalled fact and does not say so"));
            }
            assumed += 1;
            if rows.contains(&format!("= {},", constant.name)) {
                continue;
            }
            let known = WITHOUT_ENDS.iter().chain(&OF_THE_PROGRAM).find(|(name, _)| *name == constant.name);
            match known {
                Some((name, _)) => exempt.push(*name),
                None => breaches.push(place),
            }
        }
    }
    expect_none("a number is assumed and has no row in `assumptions!` of its file", &breaches);
    for (name, why) in WITHOUT_ENDS.iter().chain(&OF_THE_PROGRAM) {
        assert!(exempt.contains(name), "{name} needs no exemption ({why})");
    }
    assert!(assumed >= 90 && recalled.len() >= 8, "only {assumed} assumptions: the scan misses some");
}

/// What the scan takes for nothing else would hide a guess from it.
#[test]
fn what_is_assumed_is_a_constant() {
    let says = |line: &str| line.trim().starts_with("///") && line.contains("Assumed: ");
    let mut breaches = Vec::new();
    for file in files("crates", &["rs"]).iter().filter(|file| file.path.contains("/src/")) {
        let seen: usize = constants(file).iter().map(|of| of.doc.matches("Assumed: ").count()).sum();
        let said = file.lines().filter(|(_, line)| says(line)).count();
        if seen != said && !BEHAVIOURS.iter().any(|(path, _)| *path == file.path) {
            breaches.push(format!("{}: {said} times, {seen} of them of constants", file.path));
        }
    }
    expect_none("`Assumed:` stands above what is no constant", &breaches);
}

#[test]
fn the_scan_sees_constants_however_they_are_declared() {
    let text = "/// A.\n///\n/// Source: X.\n#[rustfmt::skip]\npub const A: u8 = 1;\n\npub(crate) const B: u8 = 2;\n\
                const _: () = assert!(A < B);\npub const fn c() {}\n/// D.\nfn d() {}\nconst E: u8 = 3;\n";
    let file = TextFile { path: "x/limits.rs".into(), text: text.into() };
    let found = constants(&file);
    let names: Vec<(&str, &str)> =
        found.iter().map(|found| (found.name.as_str(), found.doc.as_str())).collect();
    assert_eq!(names, [("A", " A.\n\n Source: X.\n"), ("B", ""), ("E", "")]);
}
