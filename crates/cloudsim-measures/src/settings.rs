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
        let of = |candidate| self.all.iter().find(|setting| fits(candidate, &setting.path));
        candidates.iter().filter_map(|candidate| of(candidate)).find(|setting| !is_there_in_vain(setting))
    }
}

/// Whether it says that there is a standby: then the want of one is not what something took its time for.
fn is_there_in_vain(setting: &SettingInfo) -> bool {
    setting.path.ends_with(".multi_az") && setting.value == "true"
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
    fn a_standby_that_is_there_owns_nothing() {
        let setting = |path: &str, value: &str| SettingInfo {
            path: path.into(),
            value: value.into(),
            default: "false".into(),
            alternatives: Vec::new(),
        };
        let all =
            [setting("databases.orders.multi_az", "true"), setting("databases.reviews.multi_az", "false")];
        let first = |path: &str| Settings::new(&all).first(&[path.to_owned()]);
        assert_eq!(first("databases.orders.multi_az"), None);
        assert_eq!(first("databases.reviews.multi_az"), Some(&all[1]));
    }

    #[test]
    fn a_candidate_finds_itself_and_what_lies_below() {
        assert!(fits("databases.orders.recovery", "databases.orders.recovery"));
        assert!(fits("databases.orders.recovery", "databases.orders.recovery.decide"));
        assert!(!fits("databases.orders.recovery", "databases.orders.recovery_window"));
        assert!(fits("clients.*.timeout", "clients.browser.timeout"));
        assert!(!fits("clients.*.timeout", "clients.browser.connect_timeout"));
    }
}
