//! Which setting owns a phase of an outage.

use cloudsim_records::SettingInfo;

/// The settings of a run that can own a phase.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Settings<'a> {
    all: &'a [SettingInfo],
}

impl<'a> Settings<'a> {
    pub(crate) fn new(all: &'a [SettingInfo]) -> Self {
        Self { all }
    }

    /// The first of the candidates that the run has: `databases.orders.recovery` also finds what lies below it, such
    /// as `databases.orders.recovery.decide`, and a `*` stands for any name.
    pub(crate) fn first(&self, candidates: &[String]) -> Option<&'a SettingInfo> {
        candidates.iter().find_map(|candidate| self.all.iter().find(|setting| fits(candidate, &setting.path)))
    }
}

fn fits(candidate: &str, path: &str) -> bool {
    match candidate.split_once('*') {
        None => path.strip_prefix(candidate).is_some_and(|rest| rest.is_empty() || rest.starts_with('.')),
        Some((kind, field)) => path.starts_with(kind) && path.ends_with(field),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_candidate_finds_itself_and_what_lies_below() {
        assert!(fits("databases.orders.recovery", "databases.orders.recovery"));
        assert!(fits("databases.orders.recovery", "databases.orders.recovery.decide"));
        assert!(!fits("databases.orders.recovery", "databases.orders.recovery_window"));
        assert!(fits("clients.*.timeout", "clients.browser.timeout"));
        assert!(!fits("clients.*.timeout", "clients.browser.connect_timeout"));
    }
}
