//! What a plugin says of a pod, or of a pod on a node.

use crate::plugins::PluginName;
use std::borrow::Cow;

/// The kind of an answer.
///
/// Source: kube-scheduler v1.34 `framework.Code`
/// (<https://github.com/kubernetes/kubernetes/blob/v1.34.1/staging/src/k8s.io/kube-scheduler/framework/interface.go>).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Code {
    /// Yes.
    Success,
    /// Something is broken; not a decision.
    Error,
    /// No; evicting pods may help.
    Unschedulable,
    /// No; evicting pods does not help.
    UnschedulableAndUnresolvable,
    /// Not yet: permit has it wait.
    Wait,
    /// The plugin has nothing to say about this pod.
    Skip,
    /// Not yet: something outside has to happen first.
    Pending,
}

impl Code {
    /// Its name, as kube-scheduler writes it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Code::Success => "Success",
            Code::Error => "Error",
            Code::Unschedulable => "Unschedulable",
            Code::UnschedulableAndUnresolvable => "UnschedulableAndUnresolvable",
            Code::Wait => "Wait",
            Code::Skip => "Skip",
            Code::Pending => "Pending",
        }
    }
}

/// Why, in the words of kube-scheduler.
pub type Reason = Cow<'static, str>;

/// An answer that is not plain success.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// Its kind.
    pub code: Code,
    /// Why, in order; each is counted on its own in messages.
    pub reasons: Vec<Reason>,
    /// The plugin that says so, if one does.
    pub plugin: Option<PluginName>,
}

impl Status {
    /// An answer with one reason.
    #[must_use]
    pub fn new(code: Code, reason: impl Into<Reason>) -> Status {
        Status { code, reasons: vec![reason.into()], plugin: None }
    }

    /// No; evicting pods may help.
    #[must_use]
    pub fn unschedulable(reason: impl Into<Reason>) -> Status {
        Status::new(Code::Unschedulable, reason)
    }

    /// No; evicting pods does not help.
    #[must_use]
    pub fn unresolvable(reason: impl Into<Reason>) -> Status {
        Status::new(Code::UnschedulableAndUnresolvable, reason)
    }

    /// The same, as said by a plugin.
    #[must_use]
    pub fn by(mut self, plugin: PluginName) -> Status {
        self.plugin = Some(plugin);
        self
    }

    /// The same; if something is broken, with what was being done when it broke.
    pub(crate) fn within(mut self, doing: impl FnOnce() -> String) -> Status {
        if self.code == Code::Error {
            self.reasons = vec![format!("{}: {}", doing(), self.message()).into()];
        }
        self
    }

    /// Its reasons in one line.
    #[must_use]
    pub fn message(&self) -> String {
        self.reasons.join(", ")
    }
}
