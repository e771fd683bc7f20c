//! The scenarios and worlds that come with the program.

macro_rules! embedded {
    ($($name:literal),+ $(,)?) => {
        &[$(($name, include_str!(concat!("../../../../scenarios/", $name)))),+]
    };
}

/// Every file of the folder `scenarios`, by its path in it.
pub const SHIPPED: &[(&str, &str)] = embedded![
    "az-a-outage.ron",
    "quiet-day.ron",
    "rds-failover.ron",
    "rds-single-az.ron",
    "worlds/three-tier.ron",
    "worlds/two-zone-blog.ron",
];

/// The text of a shipped file.
///
/// ```
/// assert!(cloudsim_scenario::shipped("worlds/three-tier.ron").is_some());
/// ```
#[must_use]
pub fn shipped(name: &str) -> Option<&'static str> {
    SHIPPED.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
}
