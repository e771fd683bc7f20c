//! CS0403: the regions of a table can hold it together.

use super::Check;
use crate::diagnostics::{Problem, Rule, Span};
use crate::examples::Example;
use crate::resolve::{Context, Kind};
use crate::spec::{Consistency, Table};
use cloudsim_aws::services::dynamodb::limits::STRONG_REGIONS;
use std::collections::BTreeSet;

pub(super) static CHECK: Check = Check {
    rule: Rule {
        code: "CS0403",
        title: "the regions of a table can hold it together",
        page: "\
A table has one replica in a region, and none where the scenario has no zone. If it is strongly consistent it lives in exactly \
three regions: with a replica in each, or with two and a witness in the third, so that two are left when one is lost.",
        example: Example::Fields {
            wrong: r#"tables: [(name: "sessions", regions: ["eu-west-1"], consistency: Strong())],"#,
            right: r#"tables: [(name: "sessions", regions: ["eu-west-1"])],"#,
        },
    },
    needs: &["regions", "tables", "zones"],
    run,
};

fn run(rule: &'static Rule, cx: &mut Context<'_>) {
    for (index, table) in cx.spec.tables.iter().enumerate() {
        let at = cx.at("tables", index);
        let consistency = at.field("consistency");
        let names = table.regions.iter().enumerate();
        let replicas = names.map(|(index, name)| (name.as_str(), at.field("regions").item(index).span()));
        let witness = table.witness().map(|name| (name, consistency.field("witness").span()));
        let members: Vec<(&str, Span)> = replicas.chain(witness).collect();
        if members.iter().any(|(name, _)| cx.find(Kind::Region, name).is_none()) {
            continue;
        }
        let mut seen = BTreeSet::new();
        let mut found = members.iter().filter_map(|(name, place)| {
            if !seen.insert(*name) {
                return Some((*place, format!("`{}` is in region `{name}` twice", table.name), "keep one"));
            }
            let has_zones = cx.spec.zones.iter().any(|zone| zone.region == *name);
            (!has_zones).then(|| (*place, format!("region `{name}` has no zone"), "add one to `zones`"))
        });
        let problem = found.next().or_else(|| {
            let is_strong = matches!(table.consistency, Some(Consistency::Strong { .. }));
            (is_strong && members.len() != STRONG_REGIONS).then(|| {
                let message = format!(
                    "`{}` is strongly consistent and lives in {}, not in {STRONG_REGIONS} regions",
                    table.name,
                    members.len()
                );
                (consistency.span(), message, "name three regions, or two and another one as `witness`")
            })
        });
        if let Some((place, message, hint)) = problem {
            cx.problems.push(Problem::error(rule, message).at(place).hint(hint));
        }
    }
}

impl Table {
    fn witness(&self) -> Option<&str> {
        match &self.consistency {
            Some(Consistency::Strong { witness }) => witness.as_deref(),
            Some(Consistency::Eventual) | None => None,
        }
    }
}
