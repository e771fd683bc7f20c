//! A profile: which plugins are asked at which point, in which order, with which arguments.

use crate::framework::Plugin;
use crate::objects::Text;
use crate::plugins::{Args, PluginName, Point};
use crate::version::Version;
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

    /// The plugins at a point, in order.
    pub(crate) fn at(&self, point: Point) -> impl Iterator<Item = (PluginName, &dyn Plugin)> {
        self.spec.at(point).iter().map(|plugin| (*plugin, &*self.plugins[plugin]))
    }
}

impl Default for Profile {
    /// The default profile of the oldest version.
    fn default() -> Profile {
        Profile::new(ProfileSpec::default(), Version::default())
    }
}
