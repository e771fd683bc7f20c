//! `plugins`: which are asked at which point, in which order, and what their scores weigh.

use super::place::{Fields, Place, did_you_mean};
use crate::plugins::{PluginName, Point};
use crate::profile::ProfileSpec;
use std::collections::BTreeMap;

/// The fields of `plugins`, one for each point.
const POINTS: [(&str, Point); 12] = [
    ("preEnqueue", Point::PreEnqueue),
    ("queueSort", Point::QueueSort),
    ("preFilter", Point::PreFilter),
    ("filter", Point::Filter),
    ("postFilter", Point::PostFilter),
    ("preScore", Point::PreScore),
    ("score", Point::Score),
    ("reserve", Point::Reserve),
    ("permit", Point::Permit),
    ("preBind", Point::PreBind),
    ("bind", Point::Bind),
    ("postBind", Point::PostBind),
];

/// The field of `plugins` for all points at once.
const MULTI_POINT: &str = "multiPoint";

/// Plugins that kube-scheduler once had.
const REMOVED: [&str; 12] = [
    "AzureDiskLimits",
    "CinderLimits",
    "DefaultPodTopologySpread",
    "EBSLimits",
    "GCEPDLimits",
    "NodeLabel",
    "NodePreferAvoidPods",
    "NodeResourcesLeastAllocated",
    "NodeResourcesMostAllocated",
    "RequestedToCapacityRatio",
    "SelectorSpread",
    "ServiceAffinity",
];

/// Plugins that fail at one point without what they keep at another.
///
/// Source: kube-scheduler v1.34.1, the plugins' own errors
/// (<https://github.com/kubernetes/kubernetes/tree/v1.34.1/pkg/scheduler/framework/plugins>).
const NEEDS: [(&str, &[Point], Point); 10] = [
    ("NodePorts", &[Point::Filter], Point::PreFilter),
    ("NodeResourcesFit", &[Point::Filter], Point::PreFilter),
    ("VolumeRestrictions", &[Point::Filter], Point::PreFilter),
    ("VolumeBinding", &[Point::Filter, Point::Reserve, Point::PreBind], Point::PreFilter),
    (
        "DynamicResources",
        &[Point::Filter, Point::PostFilter, Point::Reserve, Point::PreBind],
        Point::PreFilter,
    ),
    ("PodTopologySpread", &[Point::Filter], Point::PreFilter),
    ("PodTopologySpread", &[Point::Score], Point::PreScore),
    ("InterPodAffinity", &[Point::Filter], Point::PreFilter),
    ("InterPodAffinity", &[Point::Score], Point::PreScore),
    ("TaintToleration", &[Point::Score], Point::PreScore),
];

/// The plugin of a name, or why there is none.
fn named(name: &str) -> Result<PluginName, String> {
    PluginName::named(name).ok_or_else(|| {
        let written = name.escape_debug();
        if REMOVED.contains(&name) {
            return format!("kube-scheduler 1.34 has no plugin `{written}` any more");
        }
        let hint = did_you_mean(name, PluginName::ALL.iter().map(|plugin| plugin.as_str()));
        format!(
            "`{written}` is no plugin of kube-scheduler itself, and plugins of others are not simulated{hint}"
        )
    })
}

/// Reads the field `name` of an object: the name of a plugin.
pub(super) fn read_name(fields: &Fields<'_>) -> Option<&'static str> {
    read_plugin(fields).map(PluginName::as_str)
}

fn read_plugin(fields: &Fields<'_>) -> Option<PluginName> {
    named(fields.needed("name")?).map_err(|problem| fields.wrong("name", problem)).ok()
}

/// A plugin that is enabled, with what its score weighs.
#[derive(Clone, Copy, PartialEq)]
struct Enabled {
    plugin: PluginName,
    weight: i64,
}

impl Enabled {
    fn is_in(&self, list: &[Enabled]) -> bool {
        list.iter().any(|other| other.plugin == self.plugin)
    }
}

/// What is written for one point, or for all.
#[derive(Default, PartialEq)]
struct Set<'v> {
    enabled: Vec<Enabled>,
    disabled: Vec<&'v str>,
}

impl<'v> Set<'v> {
    fn read(place: &Place<'v>, point: Option<Point>) -> Set<'v> {
        let fields = place.fields(&["enabled", "disabled"]);
        let mut set = Set::default();
        for place in fields.items("enabled") {
            let fields = place.fields(&["name", "weight"]);
            let weight = fields.integer32("weight", i32::MIN..=i32::MAX);
            let Some(plugin) = read_plugin(&fields) else { continue };
            // No weight is one of 1, and 0 is none.
            let weight = weight.filter(|weight| *weight != 0).unwrap_or(1);
            let enabled = Enabled { plugin, weight: i64::from(weight) };
            if enabled.is_in(&set.enabled) {
                fields.wrong("name", format!("{plugin} is enabled twice"));
            } else if point.is_some_and(|point| !plugin.points().contains(&point)) {
                fields.wrong("name", format!("{plugin} is not a plugin for this point"));
            } else {
                set.enabled.push(enabled);
            }
        }
        for place in fields.items("disabled") {
            let fields = place.fields(&["name", "weight"]);
            fields.integer32("weight", i32::MIN..=i32::MAX);
            set.disabled.extend(fields.text("name"));
        }
        set
    }

    fn disables(&self, plugin: &str) -> bool {
        self.disabled.iter().any(|name| *name == "*" || *name == plugin)
    }

    /// What is asked at all points: the default plugins where they are, with the weights written here, then the others.
    fn with_defaults(&self) -> Vec<Enabled> {
        let mut all: Vec<Enabled> = PluginName::ALL
            .iter()
            .map(|plugin| Enabled { plugin: *plugin, weight: plugin.default_weight() })
            .filter(|default| !self.disables(default.plugin.as_str()))
            .map(|default| {
                let written = self.enabled.iter().find(|enabled| enabled.plugin == default.plugin);
                *written.unwrap_or(&default)
            })
            .collect();
        let others: Vec<Enabled> =
            self.enabled.iter().filter(|enabled| !enabled.is_in(&all)).copied().collect();
        all.extend(others);
        all
    }

    /// What is asked at one point: what is written for it in place of what it would get from `everywhere`, then the rest of that,
    /// then what else is written for it.
    fn at(&self, point: Point, everywhere: &[Enabled]) -> Vec<Enabled> {
        let inherited: Vec<Enabled> = everywhere
            .iter()
            .filter(|enabled| {
                enabled.plugin.points().contains(&point) && !self.disables(enabled.plugin.as_str())
            })
            .copied()
            .collect();
        let (mut order, added): (Vec<Enabled>, Vec<Enabled>) =
            self.enabled.iter().partition(|enabled| enabled.is_in(&inherited));
        order.extend(inherited.iter().filter(|enabled| !enabled.is_in(&self.enabled)));
        order.extend(added);
        order
    }
}

/// What a profile's `plugins` says.
pub(super) struct Plugins<'v> {
    /// The queue is sorted for all profiles together, so all must say the same of it.
    queue_sort: Set<'v>,
    asked: BTreeMap<Point, Vec<Enabled>>,
}

impl<'v> Plugins<'v> {
    /// Reads the `plugins` of a profile. What is not written has its default.
    pub(super) fn read(profile: &Fields<'v>) -> Plugins<'v> {
        const PLUGINS: &str = "plugins";
        let wrong_before = profile.problems();
        let fields = profile.get(PLUGINS).map(|plugins| {
            let names: Vec<&str> = POINTS.iter().map(|(name, _)| *name).chain([MULTI_POINT]).collect();
            plugins.fields(&names)
        });
        let set = |name: &str, point| {
            let place = fields.as_ref().and_then(|fields| fields.get(name));
            place.map_or_else(Set::default, |place| Set::read(&place, point))
        };
        let everywhere = set(MULTI_POINT, None).with_defaults();
        let mut asked = BTreeMap::new();
        let mut queue_sort = Set::default();
        for (name, point) in POINTS {
            let set = set(name, Some(point));
            asked.insert(point, set.at(point, &everywhere));
            if point == Point::QueueSort {
                queue_sort = set;
            }
        }
        let plugins = Plugins { queue_sort, asked };
        // What would follow from a plugin that could not be read is not a problem of its own.
        if profile.problems() == wrong_before {
            plugins.check(|point, problem| profile.wrong(&format!("{PLUGINS}.{}", field(point)), problem));
        }
        plugins
    }

    /// What would not work in kube-scheduler, or not be as it is here.
    fn check(&self, wrong: impl Fn(Point, String)) {
        let sorting = self.asked[&Point::QueueSort].len();
        if sorting != 1 {
            wrong(Point::QueueSort, format!("one plugin sorts the queue, not {sorting}"));
        }
        if self.asked[&Point::Bind].is_empty() {
            wrong(Point::Bind, "no plugin is left to bind a pod".to_owned());
        }
        for (plugin, points, needed) in NEEDS {
            let fails = points.iter().find(|point| self.asks(plugin, **point));
            if let Some(point) = fails.filter(|_| !self.asks(plugin, needed)) {
                let at = field(*point);
                let problem =
                    format!("without {plugin} here kube-scheduler fails where it asks {plugin} at {at}");
                wrong(needed, format!("{problem}: disable it there too, or at {MULTI_POINT}"));
            }
        }
        let affinity = PluginName::NodeAffinity.as_str();
        if self.asks(affinity, Point::Filter) && !self.asks(affinity, Point::PreFilter) {
            let problem = format!("{affinity} at filter but not here is not simulated");
            wrong(Point::PreFilter, problem);
        }
    }

    fn asks(&self, plugin: &str, point: Point) -> bool {
        self.asked[&point].iter().any(|enabled| enabled.plugin.as_str() == plugin)
    }

    /// Whether the queue is sorted in the same way, as it must be in all profiles.
    pub(super) fn sorts_like(&self, other: &Plugins<'_>) -> bool {
        self.queue_sort == other.queue_sort
    }

    /// Writes them into a profile.
    pub(super) fn write(&self, spec: &mut ProfileSpec) {
        spec.enabled = self
            .asked
            .iter()
            .map(|(point, asked)| (*point, asked.iter().map(|enabled| enabled.plugin).collect::<Vec<_>>()))
            .filter(|(_, asked)| !asked.is_empty())
            .collect();
        let scores = &self.asked[&Point::Score];
        spec.weights = scores.iter().map(|enabled| (enabled.plugin, enabled.weight)).collect();
    }
}

fn field(point: Point) -> &'static str {
    POINTS.iter().find(|(_, other)| *other == point).map_or("", |(name, _)| name)
}
