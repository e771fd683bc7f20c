//! The versions of kube-scheduler whose decisions are known to differ.

use std::fmt;
use std::str::FromStr;

/// A minor version of Kubernetes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Version {
    /// 1.33 and before: as 1.34, without the plugin of dynamic resources, which was off by default.
    ///
    /// Source: Kubernetes, feature gate `DynamicResourceAllocation`
    /// (<https://kubernetes.io/docs/reference/command-line-tools-reference/feature-gates/>).
    V1_33,
    /// 1.34: every decision is held to those of v1.34.1.
    #[default]
    V1_34,
    /// 1.35: as 1.34, with one text for every taint.
    ///
    /// Source: Kubernetes, pull request 134740 (<https://github.com/kubernetes/kubernetes/pull/134740>).
    V1_35,
    /// 1.36: as 1.35, except for what is known to differ in v1.36.2: `NodeResourcesBalancedAllocation` scores the change of
    /// balance.
    V1_36,
}

impl Version {
    /// All of them, oldest first.
    pub const ALL: [Version; 4] = [Version::V1_33, Version::V1_34, Version::V1_35, Version::V1_36];

    /// How it is written.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Version::V1_33 => "1.33",
            Version::V1_34 => "1.34",
            Version::V1_35 => "1.35",
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
#[error("version `{}` is not known: 1.33 to 1.36 are", .0.escape_debug())]
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
