//! What is not modelled, of what a plan has: the page of the documents that says it, read part by part.

use crate::plan::Plan;
use cloudsim_aws::services::auto_scaling_group::Keeper;
use cloudsim_aws::services::rds::Keeps;

/// The one place where it is said.
const PAGE: &str = include_str!("../../../docs/not-modelled.md");

/// Whether a plan has what a part of the page is about.
type IsThere = fn(&Plan) -> bool;

/// The parts of the page that are about runs, by their headings.
const PARTS: [(&str, IsThere); 13] = [
    ("The way of a request", |plan| !plan.traffic.is_empty()),
    ("Networks", |plan| !plan.vpcs.is_empty()),
    ("DNS", |plan| !plan.dns_names.is_empty()),
    ("Load balancers", |plan| !plan.load_balancers.is_empty()),
    ("Instances", |plan| !plan.auto_scaling_groups.is_empty()),
    ("Auto Scaling groups", |plan| {
        plan.auto_scaling_groups.iter().any(|group| group.keeper == Keeper::AutoScaling)
    }),
    ("Terraform", |plan| !plan.stacks.is_empty()),
    ("S3", |plan| {
        let mut backups = plan.databases.iter().flat_map(|database| &database.backups);
        backups.any(|backup| matches!(backup.keeps, Keeps::Dumps { .. }))
    }),
    ("Databases", |plan| !(plan.databases.is_empty() && plan.tables.is_empty())),
    ("The scheduler", |plan| !plan.clusters.is_empty()),
    ("Faults", |plan| !plan.faults.is_empty()),
    ("Money", |_| true),
    ("Kubernetes", |plan| !plan.clusters.is_empty()),
];

/// The parts that no run is about.
#[cfg(test)]
const OF_NO_RUN: [&str; 2] = ["Importing", "Not there yet"];

/// What is left out of one part of the world.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// The part.
    pub part: &'static str,
    /// What is left out of it, each as a text without marks.
    pub what: Vec<String>,
}

/// What is left out of what a plan has, in the order of the page.
#[must_use]
pub fn not_modelled(plan: &Plan) -> Vec<LeftOut> {
    let there = PARTS.iter().filter(|(_, is_there)| is_there(plan));
    there.map(|(part, _)| LeftOut { part, what: items(part) }).collect()
}

/// The headings of the page with what stands under each.
fn parts() -> impl Iterator<Item = (&'static str, &'static str)> {
    PAGE.split("\n## ").skip(1).map(|part| part.split_once('\n').unwrap_or((part, "")))
}

/// The items of a part's list.
fn items(part: &str) -> Vec<String> {
    let text = parts().find(|(heading, _)| *heading == part).map_or("", |(_, text)| text);
    let items = text.split("\n- ").skip(1);
    items.map(|item| plain(item.split("\n\n").next().unwrap_or_default())).collect()
}

/// A text on one line, without marks of code.
fn plain(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").replace('`', "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_of_the_page_is_about_a_part_of_a_plan_or_about_no_run() {
        let told: Vec<&str> = parts().map(|(heading, _)| heading).collect();
        let known: Vec<&str> = PARTS.iter().map(|(part, _)| *part).chain(OF_NO_RUN).collect();
        assert_eq!(told, known);
    }

    #[test]
    fn what_stands_under_a_heading_is_a_list_of_whole_sentences_and_nothing_else() {
        for (part, _) in PARTS {
            let (_, text) = parts().find(|(heading, _)| *heading == part).expect("a test compares them");
            let lines = text.lines().filter(|line| !line.is_empty());
            let stray: Vec<&str> =
                lines.filter(|line| !line.starts_with("- ") && !line.starts_with("  ")).collect();
            assert!(stray.is_empty(), "{part}: {stray:?}");
            let items = items(part);
            assert_eq!(items.len(), text.matches("\n- ").count(), "{part}");
            for item in items {
                assert!(
                    item.ends_with(['.', ':']) && !item.contains("](") && !item.contains('`'),
                    "{part}: {item}"
                );
            }
        }
    }
}
