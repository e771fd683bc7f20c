//! `import`: a scenario of what another program prints.

use super::gzip::decompressed;
use crate::args::{ImportArgs, ImportCommand, ImportKubectlArgs};
use crate::output::quoted;
use crate::runner::RunError;
use crate::{Exit, output};
use cloudsim_import::kubectl::{self, Options, Source, TEXT_MAX};
use std::cell::Cell;
use std::fs::{self, File};
use std::io::{self, BufReader, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use std::rc::Rc;

pub(crate) fn import(args: &ImportArgs) -> Result<Exit, RunError> {
    match &args.command {
        ImportCommand::Kubectl(args) => kubectl(args),
    }
}

fn kubectl(args: &ImportKubectlArgs) -> Result<Exit, RunError> {
    let prints = args.output == Path::new("-");
    let name = args.output.display().to_string();
    if !prints && !args.force && args.output.exists() {
        output::error(&format!("{} is there already", quoted(&name)));
        output::talk("hint: give another name, or write over it with `--force`");
        return Ok(Exit::Invalid);
    }
    let sources = match read(&args.files) {
        Ok(sources) => sources,
        Err((file, problem)) => {
            output::error(&format!("failed to read {}: {problem}", quoted(&file.display().to_string())));
            return Ok(Exit::Invalid);
        }
    };
    let options = Options {
        name: args.name.clone(),
        version: args.version.clone(),
        nodes: args.nodes.clone(),
        zones: args.zones.clone(),
    };
    let imported = match kubectl::import(sources, &options) {
        Ok(imported) => imported,
        Err(problems) => {
            output::problems(&problems.problems, &problems.sources);
            if problems.omitted > 0 {
                output::talk(&format!("and {} more", problems.omitted));
            }
            return Ok(Exit::Invalid);
        }
    };
    for line in &imported.notes {
        output::talk(&cloudsim_scenario::printable(line));
    }
    if prints {
        output::data(&imported.scenario)?;
        return Ok(Exit::Fine);
    }
    let file = if args.force { File::create(&args.output) } else { File::create_new(&args.output) };
    let written =
        file.and_then(|mut file| file.write_all(imported.scenario.as_bytes()).and_then(|()| file.sync_all()));
    if let Err(problem) = written {
        // Half a scenario helps nobody, and would be in the way of the next attempt; what is no file stays.
        if args.output.is_file()
            && problem.kind() != ErrorKind::AlreadyExists
            && problem.kind() != ErrorKind::PermissionDenied
        {
            let _ = fs::remove_file(&args.output);
        }
        output::error(&format!("failed to write {}: {problem}", quoted(&name)));
        return Ok(Exit::Failed);
    }
    let (file, zone) = (quoted(&name), first_zone(&imported.scenario));
    output::talk(&format!(
        "wrote {file}; next: cloudsim run {file} --fault {}",
        quoted(&format!("zone:{zone}@1m+30m"))
    ));
    Ok(Exit::Fine)
}

/// The first zone of a scenario that was just written; one that stands for those that are not known only if there is no other.
fn first_zone(scenario: &str) -> &str {
    let zones = scenario.split_once("\n    zones: [").map_or("", |(_, rest)| rest);
    let zones = zones.split(']').next().unwrap_or_default();
    let mut names = zones.split("name: \"").skip(1).filter_map(|rest| rest.split('"').next());
    let first = names.clone().next().unwrap_or_default();
    names.find(|name| *name != kubectl::UNKNOWN).unwrap_or(first)
}

/// Endings of files that are read of a folder.
const ENDINGS: [&str; 6] = [".yaml", ".yml", ".json", ".yaml.gz", ".yml.gz", ".json.gz"];

/// Everything that is to be imported, or what could not be read and why.
fn read(paths: &[PathBuf]) -> Result<Vec<Source>, (PathBuf, io::Error)> {
    let mut sources = Vec::new();
    let mut left = TEXT_MAX;
    for path in paths {
        let failed = |problem: io::Error| (path.clone(), problem);
        if path != Path::new("-") && path.is_dir() {
            let entries = fs::read_dir(path).map_err(failed)?;
            let mut files = entries
                .map(|entry| entry.map(|entry| entry.path()))
                .collect::<Result<Vec<_>, _>>()
                .map_err(failed)?;
            files.retain(|file| {
                let name = file.to_string_lossy();
                file.is_file() && ENDINGS.iter().any(|ending| name.ends_with(ending))
            });
            files.sort();
            if files.is_empty() {
                return Err(failed(io::Error::new(
                    ErrorKind::NotFound,
                    "no file in it ends with .yaml, .yml or .json",
                )));
            }
            for file in files {
                let opened = File::open(&file);
                let source = opened
                    .and_then(|opened| source(&file, opened, &mut left))
                    .map_err(|problem| (file, problem))?;
                sources.push(source);
            }
        } else if path == Path::new("-") {
            sources.push(source(path, io::stdin().lock(), &mut left).map_err(failed)?);
        } else {
            let opened = File::open(path).map_err(failed)?;
            sources.push(source(path, opened, &mut left).map_err(failed)?);
        }
    }
    Ok(sources)
}

/// What a file may unpack to however small it is.
const UNPACKED_FREE: u64 = 64 << 20;

/// How many times its own size a file may unpack to.
///
/// Assumed: five times what dumps of clusters shrink by; gzip reaches a thousand on what says nothing.
const UNPACKED_TIMES: u64 = 200;

/// Counts what is read.
struct Counted<R> {
    input: R,
    count: Rc<Cell<u64>>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.input.read(buffer)?;
        self.count.set(self.count.get() + read as u64);
        Ok(read)
    }
}

fn source(path: &Path, input: impl Read + 'static, left: &mut u64) -> io::Result<Source> {
    let mut bytes = Vec::new();
    let packed = Rc::new(Cell::new(0));
    let mut text =
        decompressed(BufReader::new(Counted { input, count: Rc::clone(&packed) }))?.take(*left + 1);
    while text.by_ref().take(1 << 20).read_to_end(&mut bytes)? > 0 {
        if bytes.len() as u64 > UNPACKED_FREE.max(packed.get().saturating_mul(UNPACKED_TIMES)) {
            let problem = format!(
                "{} bytes of gzip unpack to more than {UNPACKED_TIMES} times as many: unpack it by `gunzip` if that is right",
                packed.get()
            );
            return Err(io::Error::new(ErrorKind::FileTooLarge, problem));
        }
    }
    *left = left.checked_sub(bytes.len() as u64).ok_or_else(|| {
        io::Error::new(ErrorKind::FileTooLarge, format!("all texts together have more than {TEXT_MAX} bytes"))
    })?;
    Ok(Source { name: path.display().to_string(), bytes })
}

#[cfg(test)]
mod tests {
    use super::first_zone;

    #[test]
    fn the_first_zone_is_found_in_both_forms_of_a_list() {
        assert_eq!(
            first_zone("(\n    zones: [(name: \"us-east-1a\", region: \"us-east-1\")],\n"),
            "us-east-1a"
        );
        assert_eq!(first_zone("(\n    zones: [\n        (name: \"eu-1\", region: \"eu\"),\n"), "eu-1");
    }

    #[test]
    fn a_zone_that_is_known_goes_before_one_that_is_not() {
        let zones = |names: [&str; 2]| {
            let zones = names.map(|name| format!("        (name: \"{name}\", region: \"r\"),\n"));
            format!("(\n    zones: [\n{}    ],\n    clusters: [\n        (name: \"shop\"),\n", zones.concat())
        };
        assert_eq!(first_zone(&zones(["unknown", "us-east-1a"])), "us-east-1a");
        assert_eq!(first_zone("(\n    zones: [(name: \"unknown\", region: \"unknown\")],\n"), "unknown");
    }
}
