//! A scenario and the files it includes, each read once.

use super::{FILE_SIZE_MAX, FileError, Files, SHIPPED, shipped};
use crate::diagnostics::{Origin, Problem, Sources, Span, codes, did_you_mean};
use crate::merge::meant_name;
use crate::syntax::{Field, Node, Value, parse_document};
use std::path::{Component, Path, PathBuf};

/// Includes may be so many levels deep.
const DEPTH_MAX: usize = 8;

/// So many files in all.
const FILES_MAX: usize = 100;

/// A file that marks the folder which includes stay within.
const MARKER: &str = "cloudsim.toml";

/// The folder of shipped files in names that people see; no disk has one of that name.
const SHIPPED_FOLDER: &str = "(shipped)/";

/// Where a file lives.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Home {
    /// Its one true path.
    Files(PathBuf),
    /// Its name among the shipped ones.
    Shipped(String),
}

/// All files of a scenario: each after those that it includes, so that the scenario itself is the last.
///
/// What cannot be read is reported and left out.
pub(crate) fn read_all(
    files: &impl Files,
    name: &str,
    sources: &mut Sources,
    problems: &mut Vec<Problem>,
) -> Vec<Node> {
    let mut reader = Reader {
        files,
        sources,
        problems,
        fence: PathBuf::new(),
        homes: Vec::new(),
        open: Vec::new(),
        documents: Vec::new(),
        bytes: 0,
        values: 0,
    };
    if let Some((home, shown)) = reader.find_root(name) {
        if let Home::Files(path) = &home {
            reader.fence = reader.fence_around(path);
        }
        reader.read(home, shown, None);
    }
    reader.documents
}

struct Reader<'a, F> {
    files: &'a F,
    sources: &'a mut Sources,
    problems: &'a mut Vec<Problem>,
    /// Includes from files stay within this folder.
    fence: PathBuf,
    /// All files seen so far.
    homes: Vec<Home>,
    /// Those whose includes are being read.
    open: Vec<Home>,
    documents: Vec<Node>,
    /// How much all files hold so far.
    bytes: u64,
    values: usize,
}

impl<F: Files> Reader<'_, F> {
    fn find_root(&mut self, name: &str) -> Option<(Home, String)> {
        let mut no_file = None;
        for name in [name.to_owned(), format!("{name}.ron")] {
            match self.files.canonical(Path::new(&name)) {
                Ok(path) => return Some((Home::Files(path), name)),
                // There may be a scenario beside a folder that is called like it.
                Err(FileError::NotAFile) => no_file = no_file.or(Some(name)),
                Err(FileError::NotFound) => {}
                Err(error) => {
                    self.problems.push(cannot_read(&name, &error));
                    return None;
                }
            }
        }
        for known in [name.to_owned(), format!("{name}.ron")] {
            if shipped(&known).is_some() {
                return Some((Home::Shipped(known.clone()), format!("{SHIPPED_FOLDER}{known}")));
            }
        }
        if let Some(name) = no_file {
            self.problems.push(cannot_read(&name, &FileError::NotAFile));
            return None;
        }
        let scenarios = SHIPPED.iter().map(|(name, _)| *name).filter(|name| !name.contains('/'));
        let hint = did_you_mean(name, scenarios).unwrap_or_default();
        self.problems.push(Problem::error(&codes::FILE, format!("no scenario `{name}`")).hint(hint));
        None
    }

    /// The nearest folder upwards that holds the marker, else the file's own.
    fn fence_around(&self, path: &Path) -> PathBuf {
        let own = path.parent().unwrap_or(path);
        let marked = own.ancestors().find(|folder| self.files.canonical(&folder.join(MARKER)).is_ok());
        marked.unwrap_or(own).to_owned()
    }

    /// Reads a file, first those that it includes. `asked` is the place of the include.
    fn read(&mut self, home: Home, shown: String, asked: Option<Span>) {
        if self.open.contains(&home) {
            let problem = Problem::error(&codes::INCLUDE_CYCLE, format!("`{shown}` includes itself"));
            self.report(problem, asked);
            return;
        }
        if self.homes.contains(&home) {
            return;
        }
        if self.open.len() > DEPTH_MAX || self.homes.len() >= FILES_MAX {
            // Said once: whoever has 100 files too many knows after the first.
            if self.problems.iter().all(|problem| problem.rule != &codes::INCLUDE_COUNT) {
                let message = format!("more than {FILES_MAX} files, or includes deeper than {DEPTH_MAX}");
                self.report(Problem::error(&codes::INCLUDE_COUNT, message), asked);
            }
            return;
        }
        self.homes.push(home.clone());
        let bytes = match &home {
            Home::Files(path) => self.files.read(path),
            Home::Shipped(name) => Ok(shipped(name).unwrap_or_default().as_bytes().to_vec()),
        };
        let bytes = match bytes {
            Ok(bytes) => bytes,
            Err(error) => {
                self.report(cannot_read(&shown, &error), asked);
                return;
            }
        };
        self.bytes += bytes.len() as u64;
        if self.bytes > FILE_SIZE_MAX {
            let message = format!("the files of the scenario, with `{shown}`, are larger than 16 MiB");
            self.report(Problem::error(&codes::TOO_LARGE, message), asked);
            return;
        }
        let text = match String::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => {
                self.not_utf8(shown, &error);
                return;
            }
        };
        let source = self.sources.add(shown.clone(), text, Origin::File);
        let root = match parse_document(source, self.sources.source(source), &mut self.values) {
            Ok(root) => root,
            Err(problem) => {
                self.problems.push(problem);
                return;
            }
        };
        self.open.push(home.clone());
        for (path, span) in self.includes_of(&root) {
            if let Some((included, shown)) = self.find_include(&home, &shown, &path, span) {
                self.read(included, shown, Some(span));
            }
        }
        self.open.pop();
        self.documents.push(root);
    }

    fn report(&mut self, problem: Problem, asked: Option<Span>) {
        self.problems.push(match asked {
            Some(span) => problem.at(span).label("included here"),
            None => problem,
        });
    }

    fn not_utf8(&mut self, shown: String, error: &std::string::FromUtf8Error) {
        let good = error.utf8_error().valid_up_to();
        let text = String::from_utf8_lossy(error.as_bytes()).into_owned();
        let source = self.sources.add(shown, text, Origin::File);
        let problem = Problem::error(&codes::NOT_UTF8, "not a text in UTF-8");
        self.problems.push(problem.at(Span::new(source, good, good)).hint("save the file as UTF-8"));
    }

    fn includes_of(&mut self, root: &Node) -> Vec<(String, Span)> {
        let Some(fields) = root.fields() else { return Vec::new() };
        let mut includes = Vec::new();
        for Field { value, .. } in fields.iter().filter(|field| meant_name(&field.name) == Some("include")) {
            let Value::List(items) = &value.value else {
                self.problems.push(not_a_list(value.span));
                continue;
            };
            if items.len() > FILES_MAX {
                let message =
                    format!("{} includes, and a scenario has at most {FILES_MAX} files", items.len());
                self.problems.push(Problem::error(&codes::INCLUDE_COUNT, message).at(value.span));
                continue;
            }
            for item in items {
                match item.text() {
                    Some(path) => includes.push((path.to_owned(), item.span)),
                    None => self.problems.push(not_a_list(item.span)),
                }
            }
        }
        includes
    }

    fn find_include(
        &mut self,
        from: &Home,
        from_shown: &str,
        path: &str,
        span: Span,
    ) -> Option<(Home, String)> {
        let clean = match from {
            Home::Files(own) => {
                let folder = own.parent().unwrap_or(own);
                let inside = folder.strip_prefix(&self.fence).unwrap_or(Path::new(""));
                within(inside, path)
            }
            Home::Shipped(own) => within(Path::new(own).parent().unwrap_or(Path::new("")), path),
        };
        let Some(clean) = clean else {
            let problem =
                Problem::error(&codes::INCLUDE, format!("`{path}` leads out of the scenario's folder"));
            let hint = "includes are relative and stay within the nearest folder upwards that holds `cloudsim.toml`, \
                        else within the scenario's own";
            self.problems.push(problem.at(span).hint(hint));
            return None;
        };
        if let Home::Files(_) = from {
            match self.files.canonical(&self.fence.join(&clean)) {
                Ok(canonical) if canonical.starts_with(&self.fence) => {
                    let folder = Path::new(from_shown).parent().unwrap_or(Path::new(""));
                    let shown = tidy(&folder.join(path)).display().to_string();
                    return Some((Home::Files(canonical), shown));
                }
                Ok(_) => {
                    let problem =
                        Problem::error(&codes::INCLUDE, format!("`{path}` is a link out of the folder"));
                    self.problems.push(problem.at(span).hint("copy the file into the scenario's folder"));
                    return None;
                }
                Err(FileError::NotFound) => {}
                Err(error) => {
                    self.problems.push(cannot_read(path, &error).at(span));
                    return None;
                }
            }
        }
        let names = [within(Path::new(""), path), Some(clean)];
        let names = names.into_iter().flatten().filter_map(|name| name.to_str().map(str::to_owned));
        if let Some(name) = names.into_iter().find(|name| shipped(name).is_some()) {
            let shown = format!("{SHIPPED_FOLDER}{name}");
            return Some((Home::Shipped(name), shown));
        }
        let worlds = SHIPPED.iter().map(|(name, _)| *name).filter(|name| name.contains('/'));
        let hint = did_you_mean(path, worlds).unwrap_or_default();
        self.problems.push(Problem::error(&codes::FILE, format!("no file `{path}`")).at(span).hint(hint));
        None
    }
}

/// `path` from `folder`, both relative, without `.` and `..`; `None` if it leads out of where `folder` is relative to.
fn within(folder: &Path, path: &str) -> Option<PathBuf> {
    let mut clean = PathBuf::new();
    for component in folder.components().chain(Path::new(path).components()) {
        match component {
            Component::Normal(name) => clean.push(name),
            Component::CurDir => {}
            Component::ParentDir => {
                if !clean.pop() {
                    return None;
                }
            }
            Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    Some(clean)
}

/// A path without a step into a folder and out again.
fn tidy(path: &Path) -> PathBuf {
    let mut tidy = PathBuf::new();
    for component in path.components() {
        match component {
            Component::ParentDir if matches!(tidy.components().next_back(), Some(Component::Normal(_))) => {
                tidy.pop();
            }
            Component::CurDir => {}
            other => tidy.push(other),
        }
    }
    tidy
}

fn cannot_read(shown: &str, error: &FileError) -> Problem {
    match error {
        FileError::NotFound => Problem::error(&codes::FILE, format!("no file `{shown}`")),
        FileError::NotAFile => {
            Problem::error(&codes::FILE, format!("`{shown}` is a folder, a device or a pipe"))
                .hint("a scenario is a plain file")
        }
        FileError::TooLarge => Problem::error(&codes::TOO_LARGE, format!("`{shown}` is larger than 16 MiB")),
        FileError::Other(why) => Problem::error(&codes::FILE, format!("cannot read `{shown}`: {why}")),
    }
}

fn not_a_list(span: Span) -> Problem {
    Problem::error(&codes::WRONG_TYPE, "expected a list of paths")
        .at(span)
        .hint("write `include: [\"worlds/a.ron\"]`")
}
