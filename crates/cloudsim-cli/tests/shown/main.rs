//! Every command line that the documents show: its arguments are valid, so is what it changes about a scenario, and it runs.
//!
//! What commands print is held by other tests, where a document shows it.

mod runs;

use cloudsim_tidy::{TextFile, expect_none, files};
use std::process::{Command, Output};

/// Files that readers have: of a command on one the arguments alone are checked.
const READERS_OWN: [&str; 8] = [
    "mine.ron",
    "my-shop.ron",
    "shop.ron",
    "before.ron",
    "after.ron",
    // What an import of manifests from elsewhere writes.
    "cockroachdb.ron",
    "nri-kubernetes.ron",
    "online-boutique.ron",
];

/// Commands that take no scenario, and `check`, which documents show refusing one.
const ABOUT_NO_SCENARIO: [&str; 10] =
    ["check", "completions", "explain", "import", "init", "man", "replay", "report", "sched", "schema"];

/// A command line as a document shows it.
struct Shown {
    place: String,
    line: String,
    /// The arguments of cloudsim.
    words: Vec<String>,
    /// The file that its output goes to.
    into: Option<String>,
    /// Whether it stands in a sentence, where a command may be named without what it is about.
    within_text: bool,
}

fn cloudsim(words: &[String]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_cloudsim"))
        .args(words)
        .current_dir(env!("CARGO_TARGET_TMPDIR"))
        .output()
        .expect("the program starts")
}

/// The command lines of a page: those of blocks of shell, and those within the text that hold no placeholder.
fn shown(page: &TextFile) -> Vec<Shown> {
    let mut found = Vec::new();
    let mut block: Option<&str> = None;
    // A command may go on over lines, by a backslash or within quotes.
    let mut begun = String::new();
    for (number, text) in page.lines() {
        let place = format!("{}:{number}", page.path);
        match (text.trim_start().strip_prefix("```"), block) {
            (Some(kind), None) => block = Some(kind),
            (Some(_), Some(_)) => {
                block = None;
                begun.clear();
            }
            (None, Some("sh")) => {
                begun.push_str(text);
                if begun.ends_with('\\') {
                    begun.pop();
                } else if shlex::split(&begun).is_none() {
                    begun.push('\n');
                } else {
                    found.extend(command(place, &std::mem::take(&mut begun), false));
                }
            }
            (None, Some(_)) => {
                found.extend(text.strip_prefix("$ ").and_then(|line| command(place, line, false)));
            }
            (None, None) => {
                let spans = text.split('`').skip(1).step_by(2);
                let commands = spans.filter(|span| span.starts_with("cloudsim ") && !has_placeholder(span));
                found.extend(commands.filter_map(|span| command(place.clone(), span, true)));
            }
        }
    }
    found
}

/// Whether something stands for what the reader has: `FILE`, `[--out DIR]`, or nothing, as in `cloudsim test`.
fn has_placeholder(span: &str) -> bool {
    let is_one = |word: &str| word.len() > 1 && word.chars().all(|c| c.is_ascii_uppercase());
    let mut words = span.split(|c: char| !c.is_ascii_alphanumeric());
    words.any(is_one) || span.contains(['[', '|', '…']) || span.split(' ').count() < 3
}

/// The arguments of cloudsim in a line of shell, up to where its output goes.
fn command(place: String, line: &str, within_text: bool) -> Option<Shown> {
    let all = shlex::split(line)?;
    let joins = |word: &String| ["|", ">", "&&"].contains(&word.as_str());
    let begins =
        |at: usize| at == 0 || joins(&all[at - 1]) || all[..at].iter().all(|word| word.contains('='));
    let start = (0..all.len()).find(|at| all[*at] == "cloudsim" && begins(*at))?;
    let words: Vec<String> = all[start + 1..].iter().take_while(|word| !joins(word)).cloned().collect();
    let line = line.trim().to_owned();
    let behind = &all[start + 1 + words.len()..];
    let into = behind.first().filter(|word| *word == ">").and_then(|_| behind.get(1)).cloned();
    (!words.is_empty()).then_some(Shown { place, line, words, into, within_text })
}

impl Shown {
    fn has(&self, word: &str) -> bool {
        self.words.iter().any(|of| of == word)
    }

    fn takes_no_scenario(&self) -> bool {
        let of_sweep = ["plan", "run", "merge", "manifest"];
        let second = self.words.get(1).map_or("", String::as_str);
        ABOUT_NO_SCENARIO.contains(&self.words[0].as_str())
            || (self.words[0] == "sweep" && of_sweep.contains(&second))
            || self.has("--list")
    }

    /// The checks of what it changes about the scenarios that it names, one for each value of a setting that it varies;
    /// none if those are the reader's.
    fn checks(&self, shipped: &[String]) -> Result<Vec<Vec<String>>, &'static str> {
        if self.takes_no_scenario() {
            return Ok(Vec::new());
        }
        let is_shipped = |word: &&String| shipped.iter().any(|name| name == word.trim_end_matches(".ron"));
        let scenarios: Vec<String> = self.words.iter().filter(is_shipped).cloned().collect();
        if scenarios.is_empty() {
            let is_own = |word: &String| READERS_OWN.contains(&word.as_str()) || word.contains('*');
            return if self.within_text || self.words.iter().any(is_own) {
                Ok(Vec::new())
            } else {
                Err("names no scenario that ships, and no file that readers have")
            };
        }
        let mut common = [vec!["check".to_owned()], scenarios].concat();
        let mut varied = Vec::new();
        for (flag, value) in self.words.iter().zip(&self.words[1..]) {
            match flag.as_str() {
                "--set" | "--with" => common.extend(["--set".to_owned(), value.clone()]),
                "--vary" | "--knob" => {
                    let (path, values) = value.split_once('=').ok_or("a setting has values")?;
                    // Of a range, `6..=12/2`, its start.
                    let values = values.split(',').map(|value| value.split("..").next().unwrap_or(value));
                    varied.extend(values.map(|value| ["--set".to_owned(), format!("{path}={value}")]));
                }
                // The time of what is asked for is the answer.
                "--do" if self.has("--when-inevitable") => {
                    common.extend([flag.clone(), format!("1m: {value}")]);
                }
                "--fault" | "--do" => common.extend([flag.clone(), value.clone()]),
                _ => {}
            }
        }
        if varied.is_empty() {
            return Ok(vec![common]);
        }
        Ok(varied.into_iter().map(|set| [&common[..], &set].concat()).collect())
    }
}

/// The commands of all pages, page by page.
fn pages() -> Vec<(String, Vec<Shown>)> {
    let is_for_readers = |page: &TextFile| page.path.starts_with("docs/") || page.path == "README.md";
    let all = files("", &["md"]);
    all.iter().filter(|page| is_for_readers(page)).map(|page| (page.path.clone(), shown(page))).collect()
}

#[test]
fn every_command_that_a_document_shows_is_accepted() {
    let list = cloudsim(&["run".to_owned(), "--list".to_owned()]);
    let list = String::from_utf8(list.stdout).expect("text");
    let shipped: Vec<String> =
        list.lines().filter_map(|line| line.split(' ').next()).map(str::to_owned).collect();
    let all: Vec<Shown> = pages().into_iter().flat_map(|(_, shown)| shown).collect();
    let mut breaches = Vec::new();
    let mut checked = 0;
    for of in &all {
        let mut refused = |why: &str| breaches.push(format!("{}: `{}`: {why}", of.place, of.line));
        // Help is printed once what stands before it is understood.
        let mut runs = vec![[&of.words[..], &["--help".to_owned()]].concat()];
        match of.checks(&shipped) {
            Ok(checks) => runs.extend(checks),
            Err(why) => refused(why),
        }
        checked += runs.len() - 1;
        for ran in runs.iter().map(|words| cloudsim(words)).filter(|ran| !ran.status.success()) {
            refused(&String::from_utf8_lossy(&ran.stderr));
        }
    }
    expect_none("a document shows a command that is refused", &breaches);
    assert!(
        all.len() > 200 && checked > 100,
        "only {} commands, {checked} checked: the scan misses some",
        all.len()
    );
}

#[test]
fn a_line_of_shell_is_cut_where_its_output_goes() {
    let words = |line: &str| command(String::new(), line, false).map(|of| of.words.join("·"));
    assert_eq!(words("A=1 cloudsim run x --do '1m: y' # why").as_deref(), Some("run·x·--do·1m: y"));
    assert_eq!(words("helm template | cloudsim import kubectl - > x").as_deref(), Some("import·kubectl·-"));
    assert_eq!(words("git clone cloudsim && cd cloudsim"), None);
    assert!(has_placeholder("cloudsim run FILE") && !has_placeholder("cloudsim run quiet-day"));
}
