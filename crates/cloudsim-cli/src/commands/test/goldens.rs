//! `test --goldens`: what `run` prints of a scenario has to be what was kept of it.

use super::objective::Judged;
use crate::Exit;
use crate::args::{GoldenArgs, ScenarioArgs};
use crate::commands::{refuse, repro};
use crate::output::{self, quoted};
use crate::part_file::{self, WriteError};
use cloudsim_measures::{RunDocument, TextOptions};
use cloudsim_scenario::legible;
use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// Where goldens are kept, and whether they are written anew.
#[derive(Clone)]
pub(super) struct Goldens {
    folder: PathBuf,
    update: bool,
}

impl Goldens {
    /// Those that were asked for. No two files may share one.
    pub(super) fn of<'a>(
        args: &GoldenArgs,
        files: impl Iterator<Item = &'a str>,
    ) -> Result<Option<Self>, Exit> {
        let Some(folder) = args.goldens.clone() else { return Ok(None) };
        let goldens = Self { folder, update: args.update_goldens };
        let mut owners: BTreeMap<PathBuf, &str> = BTreeMap::new();
        for file in files {
            let path = goldens.path(file);
            if let Some(other) = owners.insert(path.clone(), file) {
                let shared = quoted(&path.display().to_string());
                let problem = format!("{} and {} would share {shared}", quoted(other), quoted(file));
                let hint = "a golden is named after its file: test them apart, each with a folder";
                return Err(refuse(&problem, hint));
            }
        }
        Ok(Some(goldens))
    }

    fn path(&self, file: &str) -> PathBuf {
        let name = Path::new(file).file_stem().unwrap_or_default();
        let mut name = name.to_owned();
        name.push(".txt");
        self.folder.join(name)
    }

    /// Compares what `run` prints with what was kept, or keeps it.
    pub(super) fn judged(
        &self,
        file: &str,
        document: &RunDocument,
        scenario: &ScenarioArgs,
    ) -> Result<Judged, WriteError> {
        let path = self.path(file);
        let printed = printed(file, document, scenario);
        let kept = std::fs::read(&path).map(|kept| String::from_utf8_lossy(&kept).into_owned());
        let shown = path.display().to_string();
        let kept = match kept {
            Ok(kept) if kept == printed => return Ok(Judged::golden(shown, None, "the same")),
            _ if self.update => {
                keep(&path, &printed).map_err(|source| WriteError { path, source })?;
                return Ok(Judged::golden(shown, None, "written"));
            }
            Ok(kept) => kept,
            Err(problem) if problem.kind() == ErrorKind::NotFound => {
                output::talk(&format!("hint: {} is not there; --update-goldens writes it", quoted(&shown)));
                return Ok(Judged::golden(shown, Some(1), "not there"));
            }
            Err(problem) => {
                return Ok(Judged::golden(shown, Some(1), &format!("cannot be read: {problem}")));
            }
        };
        let (line, [kept, printed]) = first_difference(&kept, &printed);
        output::talk(&format!("{}:{line}:\n- {}\n+ {}", quoted(&shown), legible(kept), legible(printed)));
        Ok(Judged::golden(shown, Some(line), &format!("another line {line}")))
    }
}

/// What `run` prints where there is no terminal, in the folder of the file.
fn printed(file: &str, document: &RunDocument, scenario: &ScenarioArgs) -> String {
    let name = Path::new(file).file_name().unwrap_or_default().to_string_lossy();
    let name = if name.contains('.') { name.into_owned() } else { format!("{name}.ron") };
    let command = repro(&name, &scenario.words(document.seed));
    document.to_text(&TextOptions { colour: false, width: output::WIDTH, command: &command })
}

fn keep(path: &Path, text: &str) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    part_file::write(path, text.as_bytes())
}

/// The first line that differs, counted from 1, in both texts; one that ends there has an empty line.
fn first_difference<'a>(kept: &'a str, printed: &'a str) -> (usize, [&'a str; 2]) {
    let (mut kept, mut printed) = (kept.split('\n'), printed.split('\n'));
    let mut number = 0;
    loop {
        number += 1;
        match (kept.next(), printed.next()) {
            (Some(one), Some(other)) if one == other => {}
            (one, other) => return (number, [one, other].map(Option::unwrap_or_default)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_that_differs_is_found_also_where_one_text_ends() {
        assert_eq!(first_difference("a\nb\nc\n", "a\nx\nc\n"), (2, ["b", "x"]));
        assert_eq!(first_difference("a\n", "a\nb\n"), (2, ["", "b"]));
        assert_eq!(first_difference("a\nb\n", "a\n"), (2, ["b", ""]));
    }
}
