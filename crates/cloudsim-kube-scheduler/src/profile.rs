//! A profile: which plugins are asked at which point, in which order, with which arguments.

use crate::cycle::Enough;
use crate::framework::{ClusterEvent, Cycle, Hint, Plugin, QueueOrder, Status};
use crate::objects::{Pod, Text};
use crate::plugins::{Args, PluginName, Point};
use crate::version::Version;
use cloudsim_units::SimTime;
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// What a profile says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProfileSpec {
    /// The name that pods choose it by.
    pub scheduler_name: Text,
    /// How many percent of the nodes are enough to choose from; 0 adapts to the size of the cluster.
    pub percentage_of_nodes_to_score: i32,
    /// The plugins at each point, in order.
    pub enabled: BTreeMap<Point, Vec<PluginName>>,
    /// What the scores weigh.
    pub weights: BTreeMap<PluginName, i64>,
    /// The plugins' arguments.
    pub args: Args,
}

impl Default for ProfileSpec {
    /// The default profile of kube-scheduler.
    fn default() -> ProfileSpec {
        let mut enabled: BTreeMap<Point, Vec<PluginName>> = BTreeMap::new();
        let mut weights = BTreeMap::new();
        for &plugin in PluginName::ALL {
            for &point in plugin.points() {
                enabled.entry(point).or_default().push(plugin);
            }
            if plugin.points().contains(&Point::Score) {
                weights.insert(plugin, plugin.default_weight());
            }
        }
        ProfileSpec {
            scheduler_name: "default-scheduler".into(),
            percentage_of_nodes_to_score: 0,
            enabled,
            weights,
            args: Args::default(),
        }
    }
}

impl ProfileSpec {
    /// The plugins at a point, in order.
    #[must_use]
    pub fn at(&self, point: Point) -> &[PluginName] {
        self.enabled.get(&point).map_or(&[], Vec::as_slice)
    }

    /// Whether a plugin is asked at a point.
    pub(crate) fn asks(&self, plugin: PluginName, point: Point) -> bool {
        self.at(point).contains(&plugin)
    }

    /// What a plugin's score weighs, if it is asked for one.
    pub(crate) fn score_weight(&self, plugin: PluginName) -> Option<i64> {
        self.asks(plugin, Point::Score).then(|| self.weight(plugin))
    }

    /// What a plugin's score weighs.
    #[must_use]
    pub fn weight(&self, plugin: PluginName) -> i64 {
        self.weights.get(&plugin).copied().unwrap_or(1)
    }
}

/// A profile with its plugins, ready to decide.
pub struct Profile {
    spec: ProfileSpec,
    version: Version,
    plugins: BTreeMap<PluginName, Box<dyn Plugin>>,
}

impl Profile {
    /// Builds the plugins that a profile names.
    #[must_use]
    pub fn new(spec: ProfileSpec, version: Version) -> Profile {
        let named = spec.enabled.values().flatten();
        let plugins = named.map(|&plugin| (plugin, plugin.build(&spec.args))).collect();
        Profile { spec, version, plugins }
    }

    /// What it says.
    #[must_use]
    pub fn spec(&self) -> &ProfileSpec {
        &self.spec
    }

    /// The version whose decisions it follows.
    #[must_use]
    pub fn version(&self) -> Version {
        self.version
    }

    /// When its search for feasible nodes may stop.
    #[must_use]
    pub fn enough(&self) -> Enough {
        if self.spec.at(Point::Score).is_empty() {
            Enough::One
        } else {
            Enough::Percent(self.spec.percentage_of_nodes_to_score)
        }
    }

    /// Asks whether a pod may enter the queue.
    ///
    /// # Errors
    /// The first plugin that says not yet.
    pub(crate) fn pre_enqueue(&self, pod: &Pod) -> Result<(), Status> {
        self.at(Point::PreEnqueue)
            .try_for_each(|(name, plugin)| plugin.pre_enqueue(pod).map_err(|status| status.by(name)))
    }

    /// Asks where a pod comes that has been waiting since a time.
    pub(crate) fn queue_sort(&self, pod: &Pod, since: SimTime) -> QueueOrder {
        let plugin = self.at(Point::QueueSort).next();
        plugin.map_or((Reverse(0), since), |(_, plugin)| plugin.queue_sort(pod, since))
    }

    /// Asks a plugin that has rejected a pod whether an event may help.
    pub(crate) fn hint(&self, rejector: PluginName, cycle: &Cycle<'_>, event: &ClusterEvent) -> Hint {
        self.plugins.get(&rejector).map_or(Hint::Queue, |plugin| plugin.hint(cycle, event))
    }

    #[cfg(test)]
    pub(crate) fn replace(&mut self, name: PluginName, plugin: Box<dyn Plugin>) {
        self.plugins.insert(name, plugin);
    }

    /// The plugins at a point, in order.
    pub(crate) fn at(&self, point: Point) -> impl Iterator<Item = (PluginName, &dyn Plugin)> {
        self.spec.at(point).iter().map(|plugin| (*plugin, &*self.plugins[plugin]))
    }
}

/// The profiles of a scheduler, by the name that pods choose them by.
pub struct Profiles(BTreeMap<Text, Profile>);

impl Profiles {
    /// Of profiles of one name the last counts.
    pub fn new(profiles: impl IntoIterator<Item = Profile>) -> Profiles {
        Profiles(profiles.into_iter().map(|profile| (profile.spec.scheduler_name.clone(), profile)).collect())
    }

    /// The profile that a pod chooses, if it is one of these.
    #[must_use]
    pub fn of(&self, pod: &Pod) -> Option<&Profile> {
        self.0.get(&pod.scheduler_name)
    }

    /// The profiles by name.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&Text, &Profile)> {
        self.0.iter()
    }
}

impl Default for Profiles {
    /// The default profile alone.
    fn default() -> Profiles {
        Profiles::new([Profile::default()])
    }
}

impl Default for Profile {
    /// The default profile of the oldest version.
    fn default() -> Profile {
        Profile::new(ProfileSpec::default(), Version::default())
    }
}
