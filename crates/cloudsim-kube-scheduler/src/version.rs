//! The versions of kube-scheduler whose decisions are known to differ.

use std::fmt;
use std::str::FromStr;

/// A minor version of Kubernetes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Version {
    /// 1.34: every decision is held to those of v1.34.1.
    #[default]
    V1_34,
    /// 1.36: as 1.34, except for what is known to differ in v1.36.2: one text for every taint, and
    /// `NodeResourcesBalancedAllocation` scores the change of balance.
    V1_36,
}

impl Version {
    /// All of them, oldest first.
    pub const ALL: [Version; 2] = [Version::V1_34, Version::V1_36];

    /// How it is written.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Version::V1_34 => "1.34",
            Version::V1_36 => "1.36",
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A version that is not known here.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("version `{}` is not known: 1.34 and 1.36 are", .0.escape_debug())]
pub struct UnknownVersion(pub String);

impl FromStr for Version {
    type Err = UnknownVersion;

    fn from_str(text: &str) -> Result<Version, UnknownVersion> {
        let minor = text.strip_prefix('v').unwrap_or(text);
        Version::ALL
            .into_iter()
            .find(|version| version.as_str() == minor)
            .ok_or_else(|| UnknownVersion(text.to_owned()))
    }
}
