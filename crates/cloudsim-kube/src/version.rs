//! Minor versions: which defaults hold.

use cloudsim_kube_scheduler as scheduler;
use std::fmt;
use std::str::FromStr;

/// A minor version of Kubernetes, of major version 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Minor(u16);

impl Minor {
    /// The oldest that is known.
    pub const OLDEST: Minor = Minor(28);
    /// The newest that is known.
    pub const NEWEST: Minor = Minor(36);
    /// What a scenario gets that names none.
    pub const DEFAULT: Minor = Minor(34);

    /// Its number: 34 of 1.34.
    #[must_use]
    pub const fn number(self) -> u16 {
        self.0
    }

    /// The scheduler whose decisions are nearest: that of 1.34 is held to recorded ones, and what is known to differ later is
    /// known of 1.36.
    #[must_use]
    pub fn scheduler(self) -> scheduler::Version {
        match self.0 {
            ..=33 => scheduler::Version::V1_33,
            34 => scheduler::Version::V1_34,
            35 => scheduler::Version::V1_35,
            36.. => scheduler::Version::V1_36,
        }
    }
}

impl fmt::Display for Minor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "1.{}", self.0)
    }
}

/// A version that is not known here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownMinor(pub String);

impl fmt::Display for UnknownMinor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (oldest, newest) = (Minor::OLDEST, Minor::NEWEST);
        write!(f, "version `{}` is not known: {oldest} to {newest} are", self.0.escape_debug())
    }
}

impl std::error::Error for UnknownMinor {}

impl FromStr for Minor {
    type Err = UnknownMinor;

    /// Reads `1.34`, with a `v` in front, a patch or a suffix behind as dumps have it: `v1.34.1-eks-abc`.
    fn from_str(text: &str) -> Result<Minor, UnknownMinor> {
        let unknown = || UnknownMinor(text.to_owned());
        let rest = text.strip_prefix('v').unwrap_or(text).strip_prefix("1.").ok_or_else(unknown)?;
        let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let (number, rest) = rest.split_at(digits);
        let follows = rest.is_empty() || rest.starts_with(['.', '+', '-']);
        let minor = number.parse().ok().filter(|_| follows).map(Minor).ok_or_else(unknown)?;
        if (Minor::OLDEST..=Minor::NEWEST).contains(&minor) { Ok(minor) } else { Err(unknown()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_read_as_people_and_nodes_write_it() {
        for text in ["1.34", "v1.34", "v1.34.1", "v1.34.1-eks-1a2b", "1.34+"] {
            assert_eq!(text.parse(), Ok(Minor(34)), "{text}");
        }
        for text in ["", "1", "1.", "2.34", "1.34x", "1.27", "1.37", "1.99999999999"] {
            assert_eq!(text.parse::<Minor>(), Err(UnknownMinor(text.into())), "{text}");
        }
    }
}
