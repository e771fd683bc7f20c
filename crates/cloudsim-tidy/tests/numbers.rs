//! Every number of the outside world says where it is from.

use cloudsim_tidy::{TextFile, expect_none, files};

/// The ways to answer for a number: published, measured by us, or admitted to be a guess.
const ANSWERS: [&str; 3] = ["Source:", "Measured:", "Assumed:"];

/// A constant and the comment above it.
#[derive(Debug, PartialEq, Eq)]
struct Constant {
    line: usize,
    name: String,
    doc: String,
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
            found.push(Constant { line, name: name.to_owned(), doc: std::mem::take(&mut doc) });
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
