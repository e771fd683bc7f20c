//! What breaks a rule, small enough to read, and the same mended; the page of a rule shows both.

use crate::diagnostics::{Problem, Rule, Sources, render};
use crate::files::MemoryFiles;
use crate::load::load;
use crate::overrides::Overrides;
use std::fmt::Write as _;

/// The file of an example.
const FILE: &str = "example.ron";

/// The scenario that flags are tried on.
const FLAGGED: &str = "az-a-outage.ron";

/// A mistake and its cure.
#[derive(Clone, Copy, Debug)]
pub enum Example {
    /// Fields of a scenario that stands on the smallest of the shipped worlds.
    Fields {
        /// They break the rule.
        wrong: &'static str,
        /// They do not.
        right: &'static str,
    },
    /// A whole file.
    File {
        /// It breaks the rule; it may not even be a text.
        wrong: &'static [u8],
        /// It does not.
        right: &'static str,
    },
    /// An argument of the command line.
    Flag {
        /// `--set`, `--fault` or `--do`.
        flag: &'static str,
        /// It breaks the rule.
        wrong: &'static str,
        /// It does not.
        right: &'static str,
    },
    /// A text that is read by something else than this crate.
    Foreign {
        /// What it is written in, as Markdown calls it.
        language: &'static str,
        /// It breaks the rule.
        wrong: &'static str,
        /// It does not.
        right: &'static str,
        /// Reads it.
        said: fn(&str) -> Said,
    },
    /// More than a page can show.
    Made {
        /// What it is.
        what: &'static str,
        /// The files; the scenario is `example.ron`.
        files: fn() -> MemoryFiles,
    },
}

/// What is said about an example.
#[derive(Clone, Debug)]
pub struct Said {
    /// Errors and warnings.
    pub problems: Vec<Problem>,
    /// The texts that they point into.
    pub sources: Sources,
}

impl Example {
    /// What is said about the mistake.
    #[must_use]
    pub fn said(&self) -> Said {
        match *self {
            Self::Fields { wrong, .. } => said(&one_file(scenario(wrong).as_bytes()), FILE, &[]),
            Self::File { wrong, .. } => said(&one_file(wrong), FILE, &[]),
            Self::Flag { flag, wrong, .. } => said(&MemoryFiles::default(), FLAGGED, &[(flag, wrong)]),
            Self::Foreign { wrong, said, .. } => said(wrong),
            Self::Made { files, .. } => said(&files(), FILE, &[]),
        }
    }

    /// What is said once it is mended; `None` where the cure is not shown.
    #[must_use]
    pub fn said_when_mended(&self) -> Option<Said> {
        match *self {
            Self::Fields { right, .. } => Some(said(&one_file(scenario(right).as_bytes()), FILE, &[])),
            Self::File { right, .. } => Some(said(&one_file(right.as_bytes()), FILE, &[])),
            Self::Flag { flag, right, .. } => Some(said(&MemoryFiles::default(), FLAGGED, &[(flag, right)])),
            Self::Foreign { right, said, .. } => Some(said(right)),
            Self::Made { .. } => None,
        }
    }

    /// The mistake and, where it is shown, the cure, as blocks of Markdown.
    fn blocks(&self) -> (String, Option<String>) {
        let ron = |text: &str| format!("```ron\n{}\n```\n", text.trim_end());
        match *self {
            Self::Fields { wrong, right } => (ron(&scenario(wrong)), Some(ron(&scenario(right)))),
            Self::File { wrong, right } => (ron(&String::from_utf8_lossy(wrong)), Some(ron(right))),
            Self::Flag { flag, wrong, right } => {
                let command =
                    |text| format!("```sh\ncloudsim check {FLAGGED} {flag} {}\n```\n", in_quotes(text));
                (command(wrong), Some(command(right)))
            }
            Self::Foreign { language, wrong, right, .. } => {
                let block = |text: &str| format!("```{language}\n{}\n```\n", text.trim_end());
                (block(wrong), Some(block(right)))
            }
            Self::Made { what, .. } => (format!("{what}.\n"), None),
        }
    }
}

/// The page of a rule in Markdown: why it holds, what breaks it, what is said then, and the cure.
///
/// ```
/// let rule = cloudsim_scenario::explain("CS0105").expect("it exists");
/// assert!(cloudsim_scenario::page(rule).contains("[CS0105]: load balancer `blog-alb` is in zone `x` alone"));
/// ```
#[must_use]
pub fn page(rule: &Rule) -> String {
    let (wrong, right) = rule.example.blocks();
    let said = rule.example.said();
    let own = said.problems.iter().filter(|problem| problem.rule == rule);
    let shown: Vec<String> = own.map(|problem| render(problem, &said.sources, false)).collect();
    let mut page = format!("{}\n\nWrong:\n\n{wrong}\n```text\n", rule.page.trim_end());
    page += &shown.join("\n");
    page += "```\n";
    if let Some(right) = right {
        let _ = write!(page, "\nRight:\n\n{right}");
    }
    page
}

fn said(files: &MemoryFiles, name: &str, flags: &[(&str, &str)]) -> Said {
    let mut overrides = Overrides::default();
    for (flag, text) in flags {
        let list = match *flag {
            "--fault" => &mut overrides.faults,
            "--do" => &mut overrides.interventions,
            _ => &mut overrides.set,
        };
        list.push((*text).to_owned());
    }
    match load(files, name, &overrides) {
        Ok(loaded) => Said { problems: loaded.warnings, sources: loaded.sources },
        Err(problems) => Said { problems: problems.problems, sources: problems.sources },
    }
}

fn one_file(text: &[u8]) -> MemoryFiles {
    MemoryFiles::from([(FILE, text)])
}

/// A scenario with these fields.
fn scenario(fields: &str) -> String {
    let mut text = String::from(
        "(\n    version: 1, name: \"example\", duration: \"10m\", include: [\"worlds/two-zone-blog.ron\"],\n",
    );
    let lines = || fields.lines().filter(|line| !line.trim().is_empty());
    let indentation = lines().map(|line| line.len() - line.trim_start().len()).min().unwrap_or(0);
    for line in lines() {
        let _ = writeln!(text, "    {}", &line[indentation..]);
    }
    text + ")\n"
}

/// A word as a shell takes it.
fn in_quotes(word: &str) -> String {
    if word.contains(['"', '(', ' ']) { format!("'{word}'") } else { word.to_owned() }
}
