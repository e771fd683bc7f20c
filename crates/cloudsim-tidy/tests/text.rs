//! The text of the workspace: finished, in form, and about the project alone.

use cloudsim_tidy::{TextFile, expect_none, files};

/// The longest line, in characters, indentation and the marks of a comment aside: what half a screen shows.
const COLUMNS_MAX: usize = 124;

/// Words that say that something is not finished. They are taken apart here, so that this file does not say so too.
const UNFINISHED: [&str; 6] = [
    concat!("TO", "DO"),
    concat!("FIX", "ME"),
    concat!("X", "XX"),
    concat!("dbg", "!"),
    concat!("unimplemented", "!"),
    concat!("todo", "!"),
];

/// Places that exist on one machine only, and papers that are not part of the project.
const ELSEWHERE: [&str; 6] = [
    concat!("/wo", "rk/"),
    concat!("/ro", "ot/"),
    concat!("/ho", "me/"),
    concat!("DESIGN", ".md"),
    concat!("facts", ".md"),
    concat!("style", ".md"),
];

/// All lines of files that break a rule.
fn lines_where(files: &[TextFile], breaks: impl Fn(&str) -> bool) -> Vec<String> {
    let lines = files.iter().flat_map(|file| file.lines().map(move |(number, line)| (file, number, line)));
    let breaches = lines.filter(|(_, _, line)| breaks(line));
    breaches.map(|(file, number, line)| format!("{}:{number}: {}", file.path, line.trim())).collect()
}

#[test]
fn nothing_is_left_unfinished() {
    let files = files("", &["md", "rs", "toml"]);
    assert!(files.len() > 100, "only {} files: the scan misses some", files.len());
    let breaches = lines_where(&files, |line| UNFINISHED.iter().any(|word| line.contains(word)));
    expect_none("a line says that something is not finished", &breaches);
}

#[test]
fn the_text_speaks_of_the_project_alone() {
    let breaches = lines_where(&files("", &["md", "ron", "rs", "toml"]), |line| {
        ELSEWHERE.iter().any(|place| line.contains(place))
    });
    expect_none("a line names a place outside of the project", &breaches);
}

#[test]
fn no_line_of_code_is_wider_than_half_a_screen() {
    let breaches = lines_where(&files("", &["rs"]), |line| {
        let text = line.trim_start().trim_start_matches("//").trim_start_matches(['/', '!', ' ']);
        // Rows of tables, and texts for people, are broken where they say.
        let whole = text.starts_with('|') || text.ends_with('\\') || text.contains("r#\"");
        text.chars().count() > COLUMNS_MAX && !whole
    });
    expect_none("a line is too wide", &breaches);
}

#[test]
fn no_line_ends_in_white_space() {
    let breaches = lines_where(&files("", &["md", "ron", "rs", "toml"]), |line| line.trim_end() != line);
    expect_none("a line ends in white space", &breaches);
}

#[test]
fn every_file_ends_with_one_line_feed() {
    let files = files("", &["md", "ron", "rs", "toml"]);
    let ends_well = |text: &str| text.ends_with('\n') && !text.ends_with("\n\n");
    let breaches: Vec<String> =
        files.into_iter().filter(|file| !ends_well(&file.text)).map(|file| file.path).collect();
    expect_none("a file does not end with one line feed", &breaches);
}

#[test]
fn every_file_of_code_says_first_what_it_is() {
    let code = [files("crates", &["rs"]), files("benches", &["rs"])].concat();
    // Tests in a file of their own say nothing first: they stand beside what they are about.
    let silent = |file: &TextFile| !file.text.starts_with("//! ") && file.name() != "tests.rs";
    let breaches: Vec<String> = code.into_iter().filter(silent).map(|file| file.path).collect();
    expect_none("a file does not begin with a `//!` line that says what it is", &breaches);
}

#[test]
fn lints_are_expected_with_a_reason_and_never_allowed() {
    let attributes = [concat!("#", "[allow("), concat!("#!", "[allow(")];
    let breaches = lines_where(&files("", &["rs"]), |line| {
        attributes.iter().any(|attribute| line.trim_start().starts_with(attribute))
    });
    expect_none("a lint is allowed; use `#[expect(…, reason = \"…\")]`", &breaches);
}
