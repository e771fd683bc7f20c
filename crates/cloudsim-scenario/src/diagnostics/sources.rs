//! The texts that a scenario was made from, and places in them.

/// A text, by its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SourceId(u32);

/// A part of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    /// The text.
    pub source: SourceId,
    /// Where it starts, in bytes.
    pub start: u32,
    /// Where it ends, in bytes; exclusive.
    pub end: u32,
}

impl Span {
    pub(crate) fn new(source: SourceId, start: usize, end: usize) -> Self {
        let offset = |at| u32::try_from(at).expect("sources are smaller than 16 MiB");
        Self { source, start: offset(start), end: offset(end) }
    }
}

/// Where a text comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// A file.
    File,
    /// An argument of this flag.
    Flag(&'static str),
}

#[derive(Clone, Debug)]
struct Source {
    name: String,
    text: String,
    origin: Origin,
}

/// The texts that a scenario was made from: files, then arguments.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    all: Vec<Source>,
}

/// A place as people name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    /// The file's path as the user would write it, or the flag with its argument.
    pub name: String,
    /// The line, counted from 1; 0 in an argument, which has none.
    pub line: usize,
    /// The column in characters, counted from 1.
    pub column: usize,
}

impl Sources {
    pub(crate) fn add(&mut self, name: String, text: String, origin: Origin) -> SourceId {
        self.all.push(Source { name, text, origin });
        SourceId(u32::try_from(self.all.len() - 1).expect("a scenario has fewer than 2^32 sources"))
    }

    /// What stands at a place; empty if it is no place of these sources.
    #[must_use]
    pub fn text(&self, span: Span) -> &str {
        self.source(span.source).get(span.start as usize..span.end as usize).unwrap_or_default()
    }

    /// A place as people name it.
    #[must_use]
    pub fn locate(&self, span: Span) -> Location {
        let source = &self.all[span.source.0 as usize];
        let before = source.text.get(..span.start as usize).unwrap_or(&source.text);
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        let column = before[line_start..].trim_start_matches('\u{feff}').chars().count() + 1;
        match source.origin {
            Origin::File => {
                let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
                Location { name: source.name.clone(), line, column }
            }
            Origin::Flag(flag) => Location { name: format!("{flag} {}", source.text), line: 0, column },
        }
    }

    /// The files among them, as the user would write their paths.
    pub fn files(&self) -> impl Iterator<Item = &str> {
        let files = self.all.iter().filter(|source| source.origin == Origin::File);
        files.map(|source| source.name.as_str())
    }

    pub(crate) fn source(&self, id: SourceId) -> &str {
        &self.all[id.0 as usize].text
    }

    pub(crate) fn is_file(&self, id: SourceId) -> bool {
        self.all[id.0 as usize].origin == Origin::File
    }
}
