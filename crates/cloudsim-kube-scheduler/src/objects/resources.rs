//! Amounts of resources, in whole units.

use super::{Malformed, Quantity, Text};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity as ApiQuantity;
use std::collections::BTreeMap;

/// The name of a resource.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ResourceName {
    /// `cpu`, counted in thousandths of a core.
    Cpu,
    /// `memory`, in bytes.
    Memory,
    /// `ephemeral-storage`, in bytes.
    EphemeralStorage,
    /// `pods`: how many a node takes.
    Pods,
    /// An extended resource, huge pages, or another resource that is counted by name.
    Scalar(Text),
    /// A name that kube-scheduler does not look at.
    Ignored(Text),
}

impl ResourceName {
    /// The resource of this name.
    #[must_use]
    pub fn named(name: &str) -> ResourceName {
        match name {
            "cpu" => ResourceName::Cpu,
            "memory" => ResourceName::Memory,
            "ephemeral-storage" => ResourceName::EphemeralStorage,
            "pods" => ResourceName::Pods,
            _ if is_scalar(name) => ResourceName::Scalar(name.into()),
            _ => ResourceName::Ignored(name.into()),
        }
    }

    /// Its name in manifests.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            ResourceName::Cpu => "cpu",
            ResourceName::Memory => "memory",
            ResourceName::EphemeralStorage => "ephemeral-storage",
            ResourceName::Pods => "pods",
            ResourceName::Scalar(name) | ResourceName::Ignored(name) => name,
        }
    }

    /// Whether it is one that a device plugin or an operator has added: a name with a domain that is not Kubernetes' own.
    #[must_use]
    pub fn is_extended(&self) -> bool {
        matches!(self, ResourceName::Scalar(name) if is_extended(name))
    }

    /// Whether a pod may request it as a whole, beside its containers.
    fn may_be_of_a_pod(&self) -> bool {
        match self {
            ResourceName::Cpu | ResourceName::Memory => true,
            ResourceName::Scalar(name) => name.starts_with("hugepages-"),
            _ => false,
        }
    }
}

fn is_extended(name: &str) -> bool {
    name.contains('/') && !name.contains("kubernetes.io/") && !name.starts_with("requests.")
}

fn is_scalar(name: &str) -> bool {
    is_extended(name)
        || name.starts_with("hugepages-")
        || name.contains("kubernetes.io/")
        || name.starts_with("attachable-volumes-")
}

/// An amount of each resource: thousandths of cores, bytes, pieces.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Resources {
    /// Thousandths of cores.
    pub milli_cpu: i64,
    /// Bytes of memory.
    pub memory: i64,
    /// Bytes of ephemeral storage.
    pub ephemeral_storage: i64,
    /// The others, by name; a name that is here with 0 was mentioned.
    pub scalars: BTreeMap<Text, i64>,
}

impl Resources {
    /// How much of one resource; 0 of what is not counted.
    #[must_use]
    pub fn get(&self, name: &ResourceName) -> i64 {
        match name {
            ResourceName::Cpu => self.milli_cpu,
            ResourceName::Memory => self.memory,
            ResourceName::EphemeralStorage => self.ephemeral_storage,
            ResourceName::Scalar(name) => self.scalars.get(name).copied().unwrap_or(0),
            ResourceName::Pods | ResourceName::Ignored(_) => 0,
        }
    }

    /// The names of the resources that are counted here.
    pub fn names(&self) -> impl Iterator<Item = ResourceName> {
        [ResourceName::Cpu, ResourceName::Memory, ResourceName::EphemeralStorage]
            .into_iter()
            .chain(self.scalars.keys().map(|name| ResourceName::Scalar(name.clone())))
    }

    /// Adds `times` the other: -1 takes it away. Stops at the greatest number.
    pub fn add(&mut self, other: &Resources, times: i64) {
        self.milli_cpu = self.milli_cpu.saturating_add(times * other.milli_cpu);
        self.memory = self.memory.saturating_add(times * other.memory);
        self.ephemeral_storage = self.ephemeral_storage.saturating_add(times * other.ephemeral_storage);
        for (name, amount) in &other.scalars {
            if let Some(sum) = self.scalars.get_mut(name) {
                *sum = sum.saturating_add(times * amount);
            } else {
                self.scalars.insert(name.clone(), times * amount);
            }
        }
    }
}

/// A `ResourceList` as the API has it, exact.
#[derive(Clone, Debug, Default)]
pub(super) struct List(BTreeMap<ResourceName, Quantity>);

impl List {
    /// # Errors
    /// An amount that is no quantity or is negative.
    pub(super) fn read(list: Option<&BTreeMap<String, ApiQuantity>>) -> Result<List, Malformed> {
        let mut read = BTreeMap::new();
        for (name, quantity) in list.into_iter().flatten() {
            let amount = Quantity::parse(&quantity.0)
                .map_err(|problem| Malformed::new(format!("[{name}]"), problem))?;
            if amount < Quantity::ZERO {
                return Err(Malformed::new(
                    format!("[{name}]"),
                    format!("`{}` is less than nothing", quantity.0),
                ));
            }
            read.insert(ResourceName::named(name), amount);
        }
        Ok(List(read))
    }

    pub(super) fn add(&mut self, other: &List) {
        for (name, amount) in &other.0 {
            let sum = self.0.entry(name.clone()).or_default();
            *sum = sum.plus(*amount);
        }
    }

    /// Keeps the greater amount of each resource.
    pub(super) fn raise_to(&mut self, other: &List) {
        for (name, amount) in &other.0 {
            let greatest = self.0.entry(name.clone()).or_insert(*amount);
            *greatest = (*greatest).max(*amount);
        }
    }

    /// Gives each resource of `defaults` that is not mentioned its amount there.
    pub(super) fn fill_in(&mut self, defaults: &[(ResourceName, Quantity)]) {
        for (name, amount) in defaults {
            self.0.entry(name.clone()).or_insert(*amount);
        }
    }

    pub(super) fn mentions(&self, name: &ResourceName) -> bool {
        self.0.contains_key(name)
    }

    /// What of it may be requested by a pod as a whole.
    pub(super) fn of_a_pod(&self) -> List {
        List(self.0.iter().filter(|(name, _)| name.may_be_of_a_pod()).map(|(n, q)| (n.clone(), *q)).collect())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn replace_with(&mut self, other: &List) {
        self.0.extend(other.0.iter().map(|(name, amount)| (name.clone(), *amount)));
    }

    /// How many pods it allows.
    pub(super) fn pods(&self) -> i64 {
        self.0.get(&ResourceName::Pods).map_or(0, |amount| amount.value())
    }

    /// In whole units, rounded up.
    pub(super) fn whole(&self) -> Resources {
        let mut whole = Resources::default();
        for (name, amount) in &self.0 {
            match name {
                ResourceName::Cpu => whole.milli_cpu = amount.milli_value(),
                ResourceName::Memory => whole.memory = amount.value(),
                ResourceName::EphemeralStorage => whole.ephemeral_storage = amount.value(),
                ResourceName::Scalar(name) => {
                    whole.scalars.insert(name.clone(), amount.value());
                }
                ResourceName::Pods | ResourceName::Ignored(_) => {}
            }
        }
        whole
    }
}
