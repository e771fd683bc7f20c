//! What a model assumes: values about which nothing is published, each with the ends between which it may be.

use crate::{Bytes, DurationDistribution, Ratio, SimDuration};

/// A value that is assumed, and how far it may be from that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Assumption {
    /// The field that holds it.
    pub name: &'static str,
    /// The constant that is its default.
    pub constant: &'static str,
    /// The low end, as a scenario writes it.
    pub low: &'static str,
    /// The high end, as a scenario writes it.
    pub high: &'static str,
    /// What it is, and why these ends.
    pub why: &'static str,
}

/// A value of an assumption.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Assumed {
    /// A span.
    Span(SimDuration),
    /// A span that varies.
    Distribution(DurationDistribution),
    /// An amount of data.
    Size(Bytes),
    /// A whole number.
    Count(u64),
    /// A share.
    Share(Ratio),
}

/// The assumptions of a layer, by their names. [`assumptions!`](crate::assumptions) makes them.
pub trait Assumptions: Default {
    /// All of them.
    const ALL: &'static [Assumption];

    /// Their names.
    const NAMES: &'static [&'static str];

    /// A value; `None` if there is none of that name.
    fn assumed(&self, name: &str) -> Option<Assumed>;

    /// Takes a value instead, unless there is none of that name or it is of another kind.
    fn assume(&mut self, name: &str, value: Assumed);
}

/// A type that an assumption may have.
pub trait Assumable: Into<Assumed> + Copy {
    /// A value; `None` if it is of another kind.
    fn from_assumed(value: Assumed) -> Option<Self>;
}

macro_rules! assumable {
    ($($type:ty: $kind:ident;)+) => {$(
        impl From<$type> for Assumed {
            fn from(value: $type) -> Self {
                Self::$kind(value.into())
            }
        }

        impl Assumable for $type {
            fn from_assumed(value: Assumed) -> Option<Self> {
                match value {
                    Assumed::$kind(value) => Self::try_from(value).ok(),
                    _ => None,
                }
            }
        }
    )+};
}

assumable! {
    SimDuration: Span;
    DurationDistribution: Distribution;
    Bytes: Size;
    u32: Count;
    u64: Count;
    Ratio: Share;
}

/// The assumptions of a layer: a field for each with its default and ends, and what it is and why these ends as its comment.
///
/// ```
/// use cloudsim_units::{Assumed, Assumptions, SimDuration, assumptions};
///
/// const NAP: SimDuration = SimDuration::from_mins(20);
/// assumptions! {
///     /// What is assumed of cats.
///     Cats {
///         /// A nap: from a moment of rest to a sunny afternoon.
///         nap: SimDuration = NAP, "1m" to "3h";
///     }
/// }
///
/// let mut cats = Cats::default();
/// cats.assume("nap", Assumed::Span(SimDuration::from_secs(7)));
/// assert_eq!((cats.nap, Cats::ALL[0].high), (SimDuration::from_secs(7), "3h"));
/// ```
#[macro_export]
macro_rules! assumptions {
    ($(#[$meta:meta])* $type:ident {
        $($(#[doc = $why:literal])+ $name:ident: $kind:ty = $default:ident, $low:literal to $high:literal;)+
    }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq)]
        pub struct $type {
            $($(#[doc = $why])+ pub $name: $kind,)+
        }

        impl Default for $type {
            fn default() -> Self {
                Self { $($name: $default,)+ }
            }
        }

        impl $crate::Assumptions for $type {
            const ALL: &'static [$crate::Assumption] = &[$($crate::Assumption {
                name: stringify!($name),
                constant: stringify!($default),
                low: $low,
                high: $high,
                why: concat!($($why),+),
            }),+];
            const NAMES: &'static [&'static str] = &[$(stringify!($name)),+];

            fn assumed(&self, name: &str) -> Option<$crate::Assumed> {
                match name {
                    $(stringify!($name) => Some(self.$name.into()),)+
                    _ => None,
                }
            }

            fn assume(&mut self, name: &str, value: $crate::Assumed) {
                match name {
                    $(stringify!($name) => {
                        self.$name = $crate::Assumable::from_assumed(value).unwrap_or(self.$name);
                    })+
                    _ => {}
                }
            }
        }
    };
}
