//! A node, and the terms that choose nodes.

use super::labels::{check_labels, read_labels};
use super::resources::List;
use super::{Labels, Malformed, Requirement, Resources, Text, is_label_value, not_a_key};
use k8s_openapi::api::core::v1 as api;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// What a taint does to pods that do not tolerate it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TaintEffect {
    /// No new pod comes.
    NoSchedule,
    /// No new pod comes if it can go elsewhere.
    PreferNoSchedule,
    /// No new pod comes, and those that run are evicted.
    NoExecute,
}

impl TaintEffect {
    pub(super) fn read(effect: &str) -> Result<TaintEffect, Malformed> {
        match effect {
            "NoSchedule" => Ok(TaintEffect::NoSchedule),
            "PreferNoSchedule" => Ok(TaintEffect::PreferNoSchedule),
            "NoExecute" => Ok(TaintEffect::NoExecute),
            _ => {
                Err(Malformed::new("effect", format!("`{}` is no effect of a taint", effect.escape_debug())))
            }
        }
    }

    /// Whether it keeps new pods away.
    #[must_use]
    pub fn keeps_away(self) -> bool {
        self != TaintEffect::PreferNoSchedule
    }
}

/// A taint.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Taint {
    /// Its key.
    pub key: Text,
    /// Its value, often empty.
    pub value: Text,
    /// Its effect.
    pub effect: TaintEffect,
}

impl Taint {
    fn read(taint: &api::Taint) -> Result<Taint, Malformed> {
        let effect = TaintEffect::read(&taint.effect)?;
        let value = taint.value.as_deref().unwrap_or_default();
        if not_a_key(&taint.key).is_some() {
            let problem = format!("`{}` is no key of a taint", taint.key.escape_debug());
            return Err(Malformed::new("key", problem));
        }
        if !is_label_value(value) {
            return Err(Malformed::new(
                "value",
                format!("`{}` is no value of a taint", value.escape_debug()),
            ));
        }
        Ok(Taint { key: taint.key.as_str().into(), value: value.into(), effect })
    }
}

/// As `kubectl` writes it: `team=data:NoSchedule`, `gpu:NoExecute`.
impl fmt::Display for Taint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let effect = match self.effect {
            TaintEffect::NoSchedule => "NoSchedule",
            TaintEffect::PreferNoSchedule => "PreferNoSchedule",
            TaintEffect::NoExecute => "NoExecute",
        };
        let equals = if self.value.is_empty() { "" } else { "=" };
        write!(f, "{}{equals}{}:{effect}", self.key, self.value)
    }
}

/// A container image that a node has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// The names it goes by.
    pub names: Vec<Text>,
    /// In bytes.
    pub size: i64,
}

/// A node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// Its name.
    pub name: Text,
    /// Its labels.
    pub labels: Labels,
    /// Its taints, in order.
    pub taints: Vec<Taint>,
    /// Whether it is cordoned.
    pub unschedulable: bool,
    /// What it can give to pods.
    pub allocatable: Resources,
    /// How many pods it takes.
    pub pods_max: i64,
    /// The images it has.
    pub images: Vec<Image>,
}

impl Node {
    /// The size of each image by each of its names, once even where the node lists it twice.
    #[must_use]
    pub fn images_by_name(&self) -> BTreeMap<&Text, i64> {
        let names =
            self.images.iter().rev().flat_map(|image| image.names.iter().map(|name| (name, image.size)));
        names.collect()
    }

    /// Reads a node of the API.
    ///
    /// # Errors
    /// The first field that cannot be used.
    pub fn read(node: &api::Node) -> Result<Node, Malformed> {
        let name = node.metadata.name.as_deref().unwrap_or_default();
        if name.is_empty() {
            return Err(Malformed::new("metadata.name", "a node needs a name"));
        }
        check_labels(node.metadata.labels.as_ref()).map_err(|e| e.below("metadata.labels"))?;
        let spec = node.spec.as_ref();
        let taints = spec
            .and_then(|spec| spec.taints.as_ref())
            .into_iter()
            .flatten()
            .enumerate()
            .map(|(i, taint)| Taint::read(taint).map_err(|e| e.below(&format!("spec.taints[{i}]"))))
            .collect::<Result<_, Malformed>>()?;
        let status = node.status.as_ref();
        let allocatable = List::read(status.and_then(|status| status.allocatable.as_ref()))
            .map_err(|e| e.below("status.allocatable"))?;
        let images = status
            .and_then(|status| status.images.as_ref())
            .into_iter()
            .flatten()
            .map(|image| Image {
                names: image.names.iter().flatten().map(|name| name.as_str().into()).collect(),
                size: image.size_bytes.unwrap_or(0),
            })
            .collect();
        Ok(Node {
            name: name.into(),
            labels: read_labels(node.metadata.labels.as_ref()),
            taints,
            unschedulable: spec.and_then(|spec| spec.unschedulable).unwrap_or(false),
            allocatable: allocatable.whole(),
            pods_max: allocatable.pods(),
            images,
        })
    }
}

/// One way to be chosen: all its requirements hold. Without any, it chooses no node.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeTerm {
    /// On the node's labels.
    pub labels: Vec<Requirement>,
    /// On `metadata.name`.
    pub names: Vec<Requirement>,
}

/// The key that stands for a node's name in a term's fields.
pub(crate) const NAME_FIELD: &str = "metadata.name";

impl NodeTerm {
    pub(crate) fn read(term: &api::NodeSelectorTerm) -> Result<NodeTerm, Malformed> {
        let requirements = |list: Option<&Vec<api::NodeSelectorRequirement>>, at: &str| {
            list.into_iter()
                .flatten()
                .enumerate()
                .map(|(i, r)| {
                    Requirement::new(&r.key, &r.operator, r.values.as_deref().unwrap_or_default())
                        .map_err(|problem| Malformed::new(format!("{at}[{i}]"), problem))
                })
                .collect::<Result<Vec<_>, _>>()
        };
        let names = requirements(term.match_fields.as_ref(), "matchFields")?;
        for (i, name) in names.iter().enumerate() {
            let fits = matches!(name, Requirement::In(key, values) | Requirement::NotIn(key, values)
                if &**key == NAME_FIELD && values.len() == 1);
            if !fits {
                let problem = "a field can only be metadata.name, In or NotIn one value";
                return Err(Malformed::new(format!("matchFields[{i}]"), problem));
            }
        }
        Ok(NodeTerm { labels: requirements(term.match_expressions.as_ref(), "matchExpressions")?, names })
    }

    /// Whether it names no condition.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty() && self.names.is_empty()
    }

    /// Whether it chooses a node.
    #[must_use]
    pub fn matches(&self, node: &Node) -> bool {
        self.chooses(Some(&node.name), &node.labels)
    }

    /// Whether it chooses what has these labels, and this name if any.
    fn chooses(&self, name: Option<&Text>, labels: &Labels) -> bool {
        !self.is_empty()
            && self.labels.iter().all(|requirement| requirement.matches(labels))
            && self.names.iter().all(|requirement| NodeTerm::names(requirement, name))
    }

    /// Whether what has this name, if any, meets one of a term's conditions on names.
    pub(crate) fn names(requirement: &Requirement, name: Option<&Text>) -> bool {
        match requirement {
            Requirement::In(_, names) => name.is_some_and(|name| names.contains(name)),
            Requirement::NotIn(_, names) => name.is_none_or(|name| !names.contains(name)),
            _ => unreachable!("a field is In or NotIn one name: checked when it was read"),
        }
    }

    /// The names that it asks for, if it asks for names.
    #[must_use]
    pub fn names_in(&self) -> Option<BTreeSet<Text>> {
        let mut sets = self.names.iter().filter_map(|requirement| match requirement {
            Requirement::In(_, names) => Some(names.clone()),
            _ => None,
        });
        let first = sets.next()?;
        Some(sets.fold(first, |common, names| common.intersection(&names).cloned().collect()))
    }
}

/// Chooses the nodes that one of its terms chooses.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeSelector {
    /// The ways to be chosen.
    pub terms: Vec<NodeTerm>,
}

impl NodeSelector {
    /// Reads a node selector of the API.
    ///
    /// # Errors
    /// A requirement that is none.
    pub fn read(selector: &api::NodeSelector) -> Result<NodeSelector, Malformed> {
        let terms = selector
            .node_selector_terms
            .iter()
            .enumerate()
            .map(|(i, term)| NodeTerm::read(term).map_err(|e| e.below(&format!("nodeSelectorTerms[{i}]"))))
            .collect::<Result<_, _>>()?;
        Ok(NodeSelector { terms })
    }

    /// Whether it chooses a node.
    #[must_use]
    pub fn matches(&self, node: &Node) -> bool {
        self.terms.iter().any(|term| term.matches(node))
    }

    /// Whether it chooses a node of which only the labels are looked at, as it is with volumes: a term that asks for a name
    /// chooses none.
    #[must_use]
    pub fn matches_labels(&self, labels: &Labels) -> bool {
        self.terms.iter().any(|term| term.chooses(None, labels))
    }
}

/// A term that adds its weight to the nodes it chooses.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PreferredNodeTerm {
    /// From 1 to 100.
    pub weight: i32,
    /// The nodes it is for.
    pub term: NodeTerm,
}

impl PreferredNodeTerm {
    /// Reads preferred terms of the API.
    ///
    /// # Errors
    /// A requirement that is none.
    pub fn read(terms: &[api::PreferredSchedulingTerm]) -> Result<Vec<PreferredNodeTerm>, Malformed> {
        terms
            .iter()
            .enumerate()
            .map(|(i, preferred)| {
                let term = NodeTerm::read(&preferred.preference)
                    .map_err(|e| e.below(&format!("[{i}].preference")))?;
                Ok(PreferredNodeTerm { weight: preferred.weight, term })
            })
            .collect()
    }
}
