//! What stands in one place of a table.

use cloudsim_units::{SimDuration, SimTime};

/// A value of a thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cell {
    /// There is none.
    None,
    /// A name or a word.
    Text(String),
    /// A number of things.
    Count(u64),
    /// How often something happened, and how long ago the last time was.
    Times(u64, Option<SimDuration>),
    /// Yes or no.
    Flag(bool),
    /// An instant.
    Instant(SimTime),
    /// A span of time.
    Span(SimDuration),
    /// Names or words.
    List(Vec<String>),
    /// Names, each with a value.
    Pairs(Vec<(String, Self)>),
}

impl Cell {
    /// The name that it holds, if it does.
    pub(super) fn name(&self) -> Option<&str> {
        if let Self::Text(name) = self { Some(name) } else { None }
    }
}

macro_rules! cells {
    ($($from:ty => |$value:ident| $cell:expr;)+) => {
        $(impl From<$from> for Cell {
            fn from($value: $from) -> Self {
                $cell
            }
        })+
    };
}

cells! {
    &str => |text| Self::Text(text.to_owned());
    &String => |text| Self::Text(text.clone());
    String => |text| Self::Text(text);
    u16 => |count| Self::Count(count.into());
    u32 => |count| Self::Count(count.into());
    u64 => |count| Self::Count(count);
    usize => |count| Self::Count(u64::try_from(count).expect("a usize fits"));
    bool => |flag| Self::Flag(flag);
    SimTime => |at| Self::Instant(at);
    SimDuration => |span| Self::Span(span);
    Vec<String> => |items| Self::List(items);
    Vec<(String, Cell)> => |pairs| Self::Pairs(pairs);
}

impl<T: Into<Self>> From<Option<T>> for Cell {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::None, Into::into)
    }
}
