//! Every number of the outside world says where it is from.

use cloudsim_tidy::{TextFile, expect_none, files};

/// The ways to answer for a number: published, measured by us, or admitted to be a guess.
const ANSWERS: [&str; 3] = ["Source:", "Measured:", "Assumed:"];

/// What is said of a number that nobody has published.
const GUESSED: [&str; 4] = ["assumed", "recalled", "proposal", "from memory"];

/// Guesses without ends between which they may be, and why.
const WITHOUT_ENDS: [(&str, &str); 15] = [
    ("HOST_REPAIR", "a rate of `failures`, which a scenario sets and `years` alone uses"),
    ("NAT_GATEWAY_FAILURES", "a rate of `failures`, which a scenario sets and `years` alone uses"),
    ("NAT_GATEWAY_REPAIR", "a rate of `failures`, which a scenario sets and `years` alone uses"),
    ("REPLICA_LAG_WINDOW", "the grain of a lag, not its size"),
    ("SHORTAGE_ENDS_AFTER", "only records and timelines depend on it"),
    ("JOB_FAILS_WITH", "an exit code, which only failure policies look at; no amount"),
    ("ADDRESS", "a name of its own for clients; no amount"),
    ("CLOCK", "a date; no amount"),
    ("EPHEMERAL_STORAGE", "only pods that request ephemeral storage need it, and a node can say what it has"),
    ("HOUR_MICROS_RECALLED", "the factors of `prices.rs` stand for the list"),
    ("INTERFACE_ENDPOINT_HOUR", "`prices.rs`, as above"),
    ("INTERFACE_ENDPOINT_GIGABYTE", "`prices.rs`, as above"),
    ("PUBLIC_IPV4_HOUR", "`prices.rs`, as above"),
    ("LCU_NEW_CONNECTIONS_PER_SECOND", "`prices.rs`, as above"),
    ("LCU_GIGABYTES_PER_HOUR", "`prices.rs`, as above"),
];

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

#[test]
fn what_is_assumed_says_between_which_ends_it_may_be() {
    let files = files("crates", &["rs"]);
    let files = files.iter().filter(|file| {
        let is_a_model = ["aws", "kube", "workload", "scenario"]
            .iter()
            .any(|name| file.path.starts_with(&format!("crates/cloudsim-{name}/")));
        is_a_model && ["limits.rs", "pricing.rs", "prices.rs", "eks.rs"].contains(&file.name())
    });
    let (mut breaches, mut exempt, mut assumed) = (Vec::new(), Vec::new(), 0);
    for file in files {
        let rows = file.text.split_once("assumptions! {").map_or("", |(_, rows)| rows);
        for constant in constants(file).into_iter().filter(|constant| !is_a_bound(file, constant)) {
            let doc = constant.doc.to_lowercase();
            if !GUESSED.iter().any(|word| doc.contains(word)) {
                continue;
            }
            assumed += 1;
            if rows.contains(&format!("= {},", constant.name)) {
                continue;
            }
            match WITHOUT_ENDS.iter().find(|(name, _)| *name == constant.name) {
                Some((name, _)) => exempt.push(*name),
                None => breaches.push(format!("{}:{}: {}", file.path, constant.line, constant.name)),
            }
        }
    }
    expect_none("a number is assumed and has no row in `assumptions!` of its file", &breaches);
    for (name, why) in WITHOUT_ENDS {
        assert!(exempt.contains(&name), "{name} needs no exemption ({why})");
    }
    assert!(assumed >= 70, "only {assumed} assumptions: the scan misses some");
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
