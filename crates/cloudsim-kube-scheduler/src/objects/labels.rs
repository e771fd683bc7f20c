//! Labels and selectors over them.

use super::{Malformed, Text};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// Labels by key.
pub type Labels = BTreeMap<Text, Text>;

pub(super) fn read_labels(labels: Option<&BTreeMap<String, String>>) -> Labels {
    labels.into_iter().flatten().map(|(key, value)| (key.as_str().into(), value.as_str().into())).collect()
}

/// Checks keys and values, as the API server does.
///
/// # Errors
/// The first label that it would refuse.
pub fn check_labels(labels: Option<&BTreeMap<String, String>>) -> Result<(), Malformed> {
    for (key, value) in labels.into_iter().flatten() {
        let field = || format!("[{key}]");
        if let Some(problem) = not_a_key(key) {
            return Err(Malformed::new(field(), problem));
        }
        if !is_label_value(value) {
            return Err(Malformed::new(
                field(),
                format!("`{}` is no value of a label", value.escape_debug()),
            ));
        }
    }
    Ok(())
}

/// What is wrong with the key of a label, if anything: `[domain/]name`.
///
/// Source: Kubernetes documentation (<https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/>).
pub(crate) fn not_a_key(key: &str) -> Option<String> {
    let (domain, name) = match key.split_once('/') {
        Some((domain, name)) => (Some(domain), name),
        None => (None, key),
    };
    let domain_is_one = domain.is_none_or(|domain| {
        let label_is_one = |label: &str| {
            ends_well(label)
                && label.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        };
        domain.len() <= 253 && domain.split('.').all(label_is_one)
    });
    let problem = || format!("`{}` is no key of a label", key.escape_debug());
    (!domain_is_one || name.is_empty() || !is_label_value(name)).then(problem)
}

/// Whether a text can be the value of a label.
pub(crate) fn is_label_value(text: &str) -> bool {
    text.is_empty()
        || text.len() <= 63
            && ends_well(text)
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
}

fn ends_well(text: &str) -> bool {
    let good = |c: char| c.is_ascii_alphanumeric();
    text.starts_with(good) && text.ends_with(good)
}

/// One condition on labels.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Requirement {
    /// The key is there with one of the values.
    In(Text, BTreeSet<Text>),
    /// The key is absent, or its value is none of these.
    NotIn(Text, BTreeSet<Text>),
    /// The key is there.
    Exists(Text),
    /// The key is absent.
    DoesNotExist(Text),
    /// The value is an integer above this one.
    Gt(Text, i64),
    /// The value is an integer below this one.
    Lt(Text, i64),
}

impl Requirement {
    /// Reads an operator with its values.
    ///
    /// # Errors
    /// An operator that does not exist, or values that do not go with it.
    pub fn new(key: &str, operator: &str, values: &[String]) -> Result<Requirement, String> {
        let set = || values.iter().map(|value| value.as_str().into()).collect::<BTreeSet<Text>>();
        let none = |requirement| {
            if values.is_empty() { Ok(requirement) } else { Err(format!("{operator} takes no values")) }
        };
        let number = || match values {
            [value] => {
                value.parse::<i64>().map_err(|_| format!("{operator} takes one integer, not `{value}`"))
            }
            _ => Err(format!("{operator} takes one integer")),
        };
        match operator {
            "In" | "NotIn" if values.is_empty() => Err(format!("{operator} takes at least one value")),
            "In" => Ok(Requirement::In(key.into(), set())),
            "NotIn" => Ok(Requirement::NotIn(key.into(), set())),
            "Exists" => none(Requirement::Exists(key.into())),
            "DoesNotExist" => none(Requirement::DoesNotExist(key.into())),
            "Gt" => Ok(Requirement::Gt(key.into(), number()?)),
            "Lt" => Ok(Requirement::Lt(key.into(), number()?)),
            _ => Err(format!("`{}` is no operator", operator.escape_debug())),
        }
    }

    /// The key that it is about.
    #[must_use]
    pub fn key(&self) -> &Text {
        match self {
            Requirement::In(key, _)
            | Requirement::NotIn(key, _)
            | Requirement::Exists(key)
            | Requirement::DoesNotExist(key)
            | Requirement::Gt(key, _)
            | Requirement::Lt(key, _) => key,
        }
    }

    /// The same about another key.
    pub(crate) fn set_key(&mut self, new: Text) {
        match self {
            Requirement::In(key, _)
            | Requirement::NotIn(key, _)
            | Requirement::Exists(key)
            | Requirement::DoesNotExist(key)
            | Requirement::Gt(key, _)
            | Requirement::Lt(key, _) => *key = new,
        }
    }

    /// Whether labels meet it.
    #[must_use]
    pub fn matches(&self, labels: &Labels) -> bool {
        let integer = |key: &Text| labels.get(key).and_then(|value| value.parse::<i64>().ok());
        match self {
            Requirement::In(key, values) => labels.get(key).is_some_and(|value| values.contains(value)),
            Requirement::NotIn(key, values) => labels.get(key).is_none_or(|value| !values.contains(value)),
            Requirement::Exists(key) => labels.contains_key(key),
            Requirement::DoesNotExist(key) => !labels.contains_key(key),
            Requirement::Gt(key, bound) => integer(key).is_some_and(|value| value > *bound),
            Requirement::Lt(key, bound) => integer(key).is_some_and(|value| value < *bound),
        }
    }
}

/// As `kubectl` writes it: `zone in (a,b)`, `!gpu`, `cores>8`.
impl fmt::Display for Requirement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list =
            |values: &BTreeSet<Text>| values.iter().map(|value| &**value).collect::<Vec<_>>().join(",");
        match self {
            Requirement::In(key, values) if values.len() == 1 => write!(f, "{key}={}", list(values)),
            Requirement::NotIn(key, values) if values.len() == 1 => write!(f, "{key}!={}", list(values)),
            Requirement::In(key, values) => write!(f, "{key} in ({})", list(values)),
            Requirement::NotIn(key, values) => write!(f, "{key} notin ({})", list(values)),
            Requirement::Exists(key) => write!(f, "{key}"),
            Requirement::DoesNotExist(key) => write!(f, "!{key}"),
            Requirement::Gt(key, bound) => write!(f, "{key}>{bound}"),
            Requirement::Lt(key, bound) => write!(f, "{key}<{bound}"),
        }
    }
}

/// A label selector. The default, as an absent selector of the API, selects nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Selector {
    /// Selects nothing.
    #[default]
    Nothing,
    /// Selects what meets all of them: everything, if there are none.
    All(Vec<Requirement>),
}

impl Selector {
    /// Reads a selector of the API: absent selects nothing, empty everything.
    ///
    /// # Errors
    /// A requirement that is none.
    pub fn read(selector: Option<&LabelSelector>) -> Result<Selector, Malformed> {
        let Some(selector) = selector else { return Ok(Selector::Nothing) };
        let mut all = Selector::of(selector.match_labels.as_ref());
        for (i, expression) in selector.match_expressions.iter().flatten().enumerate() {
            let values = expression.values.as_deref().unwrap_or_default();
            let requirement = match expression.operator.as_str() {
                "Gt" | "Lt" => Err(format!("`{}` is no operator of a label selector", expression.operator)),
                operator => Requirement::new(&expression.key, operator, values),
            };
            all.add(
                requirement.map_err(|problem| Malformed::new(format!("matchExpressions[{i}]"), problem))?,
            );
        }
        Ok(all)
    }

    /// Selects what has all these labels.
    pub(super) fn of(labels: Option<&BTreeMap<String, String>>) -> Selector {
        Selector::of_labels(&read_labels(labels))
    }

    /// Selects what has all these labels.
    #[must_use]
    pub fn of_labels(labels: &Labels) -> Selector {
        Selector::All(labels.iter().map(|(key, value)| one(key, value)).collect())
    }

    /// Narrows it. A selector of nothing becomes a selector of this alone: an absent selector names no condition.
    pub fn add(&mut self, requirement: Requirement) {
        match self {
            Selector::Nothing => *self = Selector::All(vec![requirement]),
            Selector::All(requirements) => requirements.push(requirement),
        }
    }

    /// Takes out what it asks of one label.
    pub(crate) fn forget(&mut self, key: &Text) {
        if let Selector::All(requirements) = self {
            requirements.retain(|requirement| requirement.key() != key);
        }
    }

    /// Narrows it to what has a label.
    pub fn add_label(&mut self, key: &Text, value: &Text) {
        self.add(one(key, value));
    }

    /// Whether labels are selected.
    #[must_use]
    pub fn matches(&self, labels: &Labels) -> bool {
        match self {
            Selector::Nothing => false,
            Selector::All(requirements) => requirements.iter().all(|requirement| requirement.matches(labels)),
        }
    }

    /// Whether it names no condition, so that it selects everything.
    #[must_use]
    pub fn is_everything(&self) -> bool {
        matches!(self, Selector::All(requirements) if requirements.is_empty())
    }

    /// What it asks for.
    #[must_use]
    pub fn requirements(&self) -> &[Requirement] {
        match self {
            Selector::Nothing => &[],
            Selector::All(requirements) => requirements,
        }
    }
}

/// As `kubectl` writes it: `app=web,tier in (a,b)`; `<none>` for what selects nothing, `<all>` for what selects everything.
impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Selector::Nothing => f.write_str("<none>"),
            Selector::All(requirements) if requirements.is_empty() => f.write_str("<all>"),
            Selector::All(requirements) => {
                f.write_str(&requirements.iter().map(ToString::to_string).collect::<Vec<_>>().join(","))
            }
        }
    }
}

fn one(key: &Text, value: &Text) -> Requirement {
    Requirement::In(key.clone(), BTreeSet::from([value.clone()]))
}

#[cfg(test)]
mod tests {
    use super::{LabelSelector, Labels, Requirement, Selector};

    fn labels(pairs: &[(&str, &str)]) -> Labels {
        pairs.iter().map(|&(key, value)| (key.into(), value.into())).collect()
    }

    fn meets(operator: &str, values: &[&str], value: Option<&str>) -> bool {
        let values: Vec<String> = values.iter().map(ToString::to_string).collect();
        let labels = value.map(|value| labels(&[("k", value)])).unwrap_or_default();
        Requirement::new("k", operator, &values).unwrap().matches(&labels)
    }

    #[test]
    fn the_negative_operators_select_what_lacks_the_key() {
        assert!(
            meets("NotIn", &["a"], None)
                && meets("NotIn", &["a"], Some("b"))
                && !meets("NotIn", &["a"], Some("a"))
        );
        assert!(meets("DoesNotExist", &[], None) && !meets("DoesNotExist", &[], Some("a")));
        assert!(!meets("In", &["a"], None) && !meets("Exists", &[], None));
    }

    #[test]
    fn comparisons_need_an_integer_in_the_label() {
        assert!(
            meets("Gt", &["3"], Some("4"))
                && !meets("Gt", &["3"], Some("3"))
                && meets("Lt", &["-1"], Some("-2"))
        );
        assert!(
            !meets("Gt", &["3"], Some("4.5")) && !meets("Gt", &["3"], None) && !meets("Lt", &["3"], Some(""))
        );
    }

    #[test]
    fn operators_with_the_wrong_values_are_refused() {
        for (operator, values) in
            [("In", &[][..]), ("Exists", &["a"]), ("Gt", &["x"]), ("Lt", &["1", "2"]), ("in", &["a"])]
        {
            let values: Vec<String> = values.iter().map(ToString::to_string).collect();
            assert!(Requirement::new("k", operator, &values).is_err(), "{operator} {values:?}");
        }
    }

    #[test]
    fn an_absent_selector_selects_nothing_and_an_empty_one_everything() {
        assert!(!Selector::read(None).unwrap().matches(&Labels::new()));
        let everything = Selector::read(Some(&LabelSelector::default())).unwrap();
        assert!(everything.matches(&Labels::new()) && everything.is_everything());
    }
}
