//! `sched`: what kube-scheduler decides, and why.

use super::gzip::decompressed;
use crate::args::{SchedArgs, SchedCommand, SchedExplainArgs, SchedOutput};
use crate::look::Look;
use crate::output::quoted;
use crate::runner::RunError;
use crate::sched_text::{self, Detail};
use crate::tables::escaped;
use crate::{Exit, output};
use cloudsim_kube_scheduler::config;
use cloudsim_kube_scheduler::explain::{Case, CaseError, Defaults, Trace};
use cloudsim_kube_scheduler::objects::Malformed;
use serde_json::{Value, json};
use serde_saphyr::Spanned;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;
use std::str::Utf8Error;

/// A line has at most so many bytes.
///
/// Assumed: ten times a cluster of 5,000 nodes and 50,000 pods with what clusters usually write into them.
const LINE_MAX: u64 = 512 * 1024 * 1024;

/// A configuration has at most so many bytes.
///
/// Assumed: a thousand times a long one.
const CONFIG_MAX: u64 = 4 * 1024 * 1024;

pub(crate) fn sched(args: &SchedArgs) -> Result<Exit, RunError> {
    match &args.command {
        SchedCommand::Explain(args) => explain(args),
    }
}

fn explain(args: &SchedExplainArgs) -> Result<Exit, RunError> {
    let profiles = match args.config.as_deref().map(read_config).transpose() {
        Ok(profiles) => profiles.unwrap_or_default(),
        Err(problems) => {
            for problem in problems {
                output::error(&problem);
            }
            return Ok(Exit::Invalid);
        }
    };
    let stdin = [Path::new("-").to_owned()];
    let mut session = Session {
        defaults: Defaults {
            version: args.version,
            profiles,
            ignore_tainted_domains: args.ignore_tainted_domains,
        },
        look: Look { colour: output::wants_colour(&io::stdout()), width: output::width() },
        form: match args.output {
            SchedOutput::Json => None,
            SchedOutput::Text if !args.all => Some(Detail::Folded),
            SchedOutput::Text | SchedOutput::Wide => Some(Detail::Everything),
        },
        names_files: args.files.len() > 1,
        answered: 0,
        malformed: 0,
    };
    let mut results = Vec::new();
    for file in if args.files.is_empty() { stdin.as_slice() } else { args.files.as_slice() } {
        match session.file(file, args.trace) {
            Ok(true) => {}
            Ok(false) => return Ok(Exit::Fine),
            Err(Stopped::Output(problem)) => return Err(problem.into()),
            Err(Stopped::Input(problem)) => {
                output::error(&format!("failed to read {}: {problem}", named(file)));
                results.push(Exit::Invalid);
            }
        }
    }
    if session.malformed > 0 {
        let what = if args.trace { "lines" } else { "cases" };
        output::error(&format!("{} of {} {what} are malformed", session.malformed, session.answered));
        results.push(Exit::Invalid);
    }
    Ok(Exit::worst(results))
}

fn named(file: &Path) -> String {
    if file == Path::new("-") { "what comes in".to_owned() } else { quoted(&file.display().to_string()) }
}

/// The profiles of a configuration, or everything that is wrong with it.
fn read_config(path: &Path) -> Result<Vec<cloudsim_kube_scheduler::ProfileSpec>, Vec<String>> {
    let name = quoted(&path.display().to_string());
    let failed = |problem: &dyn std::fmt::Display| vec![format!("failed to read {name}: {problem}")];
    let mut text = String::new();
    let mut file = File::open(path).map_err(|problem| failed(&problem))?.take(CONFIG_MAX + 1);
    file.read_to_string(&mut text).map_err(|problem| failed(&problem))?;
    if text.len() as u64 > CONFIG_MAX {
        return Err(failed(&format!("it has more than {CONFIG_MAX} bytes")));
    }
    let documents = serde_saphyr::from_multiple(&text).map_err(|problem| failed(&problem))?;
    let configuration =
        only_configuration(documents).map_err(|problem| vec![format!("{name}: {problem}")])?;
    config::read(&configuration).map(|configuration| configuration.profiles).map_err(|problems| {
        let said = |problem: Malformed| match problem.field.as_str() {
            "" => format!("{name}: {}", problem.problem),
            field => format!("{name}: {field}: {}", problem.problem),
        };
        problems.into_iter().map(said).collect()
    })
}

/// The configuration among the documents of a file, or what to do as there is not one. JSON is a document of YAML.
fn only_configuration(documents: Vec<Spanned<Value>>) -> Result<Value, String> {
    let mut documents: Vec<_> = documents.into_iter().filter(|document| !document.value.is_null()).collect();
    if documents.len() > 1 {
        // A part of a configuration has no kind.
        documents.retain(|document| document.value.get("kind").is_none_or(|kind| kind == config::KIND));
    }
    match documents.as_slice() {
        [_] => Ok(documents.swap_remove(0).value),
        [] => Err(format!("there is no {} in it", config::KIND)),
        [first, second, ..] => Err(format!(
            "line {}: here begins another {}, after that of line {}; a scheduler has one: put all profiles into it, or \
             keep it in a file of its own",
            second.referenced.line(),
            config::KIND,
            first.referenced.line(),
        )),
    }
}

/// Why a file was left.
enum Stopped {
    Input(io::Error),
    Output(io::Error),
}

/// What goes on over all files.
struct Session {
    defaults: Defaults,
    look: Look,
    /// How much people are told; `None` is JSON.
    form: Option<Detail>,
    names_files: bool,
    answered: u64,
    malformed: u64,
}

impl Session {
    /// Answers a file line by line. Returns whether anybody still reads the answers.
    fn file(&mut self, path: &Path, trace: bool) -> Result<bool, Stopped> {
        let mut lines = Lines::open(path).map_err(Stopped::Input)?;
        let mut playing = None;
        while let Some((number, line)) = lines.next().map_err(Stopped::Input)? {
            self.answered += 1;
            let whole = |problem: &String| Malformed { field: String::new(), problem: problem.clone() };
            let answer = match &line {
                Err(problem) => Err(whole(problem)),
                Ok(line) if trace => self.step(&mut playing, line),
                Ok(line) => self.case(line),
            };
            let text = answer.unwrap_or_else(|problem| {
                let id = line.ok().filter(|_| !trace).and_then(Case::id_of);
                self.refusal(path, number, id, &problem)
            });
            if !text.is_empty() && !output::part(text.as_bytes()).map_err(Stopped::Output)? {
                return Ok(false);
            }
            if trace && playing.is_none() {
                // Nothing can be placed in a cluster that could not be read.
                break;
            }
        }
        Ok(true)
    }

    fn case(&self, line: &str) -> Result<String, Malformed> {
        let case = Case::read_with(line, &self.defaults).map_err(|CaseError(problem)| problem)?;
        let decided = case.decide();
        Ok(match self.form {
            None => json_line(&decided.answer()),
            Some(detail) => {
                let before = if self.answered > 1 { "\n" } else { "" };
                format!("{before}{}", sched_text::case(&case, &decided, detail, self.look))
            }
        })
    }

    fn step(&self, playing: &mut Option<Trace>, line: &str) -> Result<String, Malformed> {
        let Some(trace) = playing else {
            *playing = Some(Trace::begin(line, &self.defaults).map_err(|CaseError(problem)| problem)?);
            return Ok(String::new());
        };
        let placement = trace.play(line).map_err(|CaseError(problem)| problem)?;
        Ok(placement.map_or_else(String::new, |placement| match self.form {
            None => json_line(&placement.to_json()),
            Some(_) => sched_text::placement(&placement, self.look),
        }))
    }

    /// The answer to a line that cannot be used.
    fn refusal(&mut self, path: &Path, number: u64, id: Option<Value>, problem: &Malformed) -> String {
        self.malformed += 1;
        let Malformed { field, problem } = problem;
        if self.form.is_some() {
            let file = if self.names_files { format!("{}, ", named(path)) } else { String::new() };
            return sched_text::refusal(&format!("{file}line {number}"), field, problem, self.look);
        }
        let mut error = json!({ "line": number, "field": field, "message": problem });
        if self.names_files {
            error["file"] = path.display().to_string().into();
        }
        json_line(&match id {
            Some(id) => json!({ "id": id, "error": error }),
            None => json!({ "error": error }),
        })
    }
}

fn json_line(value: &Value) -> String {
    escaped(&value.to_string()) + "\n"
}

/// The lines of a file, one at a time, with their numbers.
struct Lines {
    input: Box<dyn BufRead>,
    line: Vec<u8>,
    number: u64,
    /// A line has at most so many bytes.
    longest: u64,
}

impl Lines {
    fn open(path: &Path) -> io::Result<Lines> {
        if path == Path::new("-") {
            Lines::of(BufReader::new(io::stdin()), LINE_MAX)
        } else {
            Lines::of(BufReader::new(File::open(path)?), LINE_MAX)
        }
    }

    /// The lines of a stream, which may be compressed.
    fn of(input: impl BufRead + 'static, longest: u64) -> io::Result<Lines> {
        Ok(Lines { input: decompressed(input)?, line: Vec::new(), number: 0, longest })
    }

    /// The next line that is not blank, or what is wrong with it.
    fn next(&mut self) -> io::Result<Option<(u64, Result<&str, String>)>> {
        loop {
            self.line.clear();
            self.number += 1;
            if self.input.by_ref().take(self.longest + 1).read_until(b'\n', &mut self.line)? == 0 {
                return Ok(None);
            }
            if self.line.last() != Some(&b'\n') && self.line.len() as u64 > self.longest {
                self.line = Vec::new();
                self.input.skip_until(b'\n')?;
                return Ok(Some((
                    self.number,
                    Err(format!("the line has more than {} bytes", self.longest)),
                )));
            }
            if !self.line.trim_ascii().is_empty() {
                break;
            }
        }
        let line = str::from_utf8(&self.line);
        let problem = |problem: Utf8Error| format!("the line is no UTF-8 text: {problem}");
        Ok(Some((self.number, line.map_err(problem))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_is_too_long_is_named_and_the_next_is_read() {
        let mut lines = Lines::of(&b"12345678\n\n123456789\n \n1\xff\nlast"[..], 8).expect("memory");
        let mut found = Vec::new();
        while let Some((number, line)) = lines.next().expect("memory") {
            found
                .push(format!("{number}: {}", line.map_or_else(|problem| problem, str::to_owned).trim_end()));
        }
        assert_eq!(
            found,
            [
                "1: 12345678",
                "3: the line has more than 8 bytes",
                "5: the line is no UTF-8 text: invalid utf-8 sequence of 1 bytes from index 1",
                "6: last",
            ]
        );
    }
}
