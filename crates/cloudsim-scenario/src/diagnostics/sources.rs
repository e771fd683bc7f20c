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
    /// A part of a text, which is smaller than 4 GiB.
    #[must_use]
    pub fn new(source: SourceId, start: usize, end: usize) -> Self {
        let offset = |at| u32::try_from(at).expect("sources are smaller than 4 GiB");
        Self { source, start: offset(start), end: offset(end) }
    }

    /// Whether the other is a part of this one.
    pub(crate) fn holds(self, other: Self) -> bool {
        self.source == other.source && self.start <= other.start && other.end <= self.end
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

/// Line feeds and characters are counted by blocks of so many bytes, so that hundreds of places in one long text are found
/// soon.
const BLOCK: usize = 16 << 10;

#[derive(Clone, Debug)]
struct Source {
    name: String,
    text: String,
    origin: Origin,
    /// What stands before each block.
    blocks: Vec<Counts>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    feeds: usize,
    chars: usize,
}

impl Counts {
    fn and(self, bytes: &[u8]) -> Self {
        let feeds = bytes.split(|byte| *byte == b'\n').count() - 1;
        // Every character has one byte that does not go on with another.
        let chars = bytes.iter().filter(|byte| **byte & 0xc0 != 0x80).count();
        Self { feeds: self.feeds + feeds, chars: self.chars + chars }
    }
}

impl Source {
    fn new(name: String, text: String, origin: Origin) -> Self {
        let mut blocks = Vec::with_capacity(text.len().div_ceil(BLOCK));
        let mut so_far = Counts::default();
        for block in text.as_bytes().chunks(BLOCK) {
            blocks.push(so_far);
            so_far = so_far.and(block);
        }
        Self { name, text, origin, blocks }
    }

    /// What stands before a place.
    fn before(&self, at: usize) -> Counts {
        let at = at.min(self.text.len());
        let block = (at / BLOCK).min(self.blocks.len().saturating_sub(1));
        let counts = self.blocks.get(block).copied().unwrap_or_default();
        counts.and(&self.text.as_bytes()[block * BLOCK..at])
    }

    /// Where the line starts that has so many line feeds before it.
    fn line_start(&self, feeds: usize) -> usize {
        let Some(block) = self.blocks.partition_point(|counts| counts.feeds < feeds).checked_sub(1) else {
            return 0;
        };
        let bytes = self.text.as_bytes()[block * BLOCK..].iter().enumerate();
        let mut found = bytes.filter(|(_, byte)| **byte == b'\n').map(|(at, _)| block * BLOCK + at + 1);
        found.nth(feeds - self.blocks[block].feeds - 1).unwrap_or_default()
    }
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
        let id = self.next_id();
        self.all.push(Source::new(name, text, origin));
        id
    }

    /// The number that the next text will have.
    #[must_use]
    pub fn next_id(&self) -> SourceId {
        SourceId(u32::try_from(self.all.len()).expect("a scenario has fewer than 2^32 sources"))
    }

    /// Adds the text of a file, by the path that the user would write.
    pub fn add_file(&mut self, name: String, text: String) -> SourceId {
        self.add(name, text, Origin::File)
    }

    /// Adds the argument of a flag, as `--nodes`.
    pub fn add_flag(&mut self, flag: &'static str, text: String) -> SourceId {
        self.add(String::new(), text, Origin::Flag(flag))
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
        let before = source.before(span.start as usize);
        let line_start = source.line_start(before.feeds);
        let mark = usize::from(line_start == 0 && span.start > 0 && source.text.starts_with('\u{feff}'));
        let column = before.chars - source.before(line_start).chars - mark + 1;
        match source.origin {
            Origin::File => Location { name: source.name.clone(), line: before.feeds + 1, column },
            Origin::Flag(flag) => Location { name: format!("{flag} {}", source.text), line: 0, column },
        }
    }

    /// The files among them, as the user would write their paths.
    pub fn files(&self) -> impl Iterator<Item = &str> {
        let files = self.all.iter().filter(|source| source.origin == Origin::File);
        files.map(|source| source.name.as_str())
    }

    /// The name and the text of a file.
    pub(crate) fn file(&self, id: SourceId) -> (&str, &str) {
        let source = &self.all[id.0 as usize];
        (&source.name, &source.text)
    }

    pub(crate) fn source(&self, id: SourceId) -> &str {
        &self.all[id.0 as usize].text
    }

    pub(crate) fn is_file(&self, id: SourceId) -> bool {
        self.all[id.0 as usize].origin == Origin::File
    }
}
