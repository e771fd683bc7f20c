//! Tables.

use super::{Context, Kind};
use crate::diagnostics::{Problem, codes};
use crate::limits;
use crate::place::At;
use crate::spec;
use cloudsim_aws::services::dynamodb::{Consistency, TableSpec};
use cloudsim_units::Bytes;

pub(super) fn tables(cx: &mut Context<'_>) -> Vec<TableSpec> {
    let assumed = cx.assumed.dynamodb;
    let mut tables = Vec::new();
    for (index, table) in cx.spec.tables.iter().enumerate() {
        let at = cx.at("tables", index);
        if let Some(database) = cx.find(Kind::Database, &table.name) {
            let message = format!("`{}` is the name of a database too", table.name);
            let other = cx.at("databases", database).span();
            let problem = Problem::error(&codes::DUPLICATE_NAME, message).at(at.span());
            cx.problems.push(problem.also(other, "which objectives may mean").hint("rename one of them"));
        }
        let storage = cx.value_or(at, "storage", table.storage.as_ref(), Bytes(0));
        tables.push(TableSpec {
            name: cx.name(at, &table.name),
            regions: regions(cx, at.field("regions"), &table.regions),
            consistency: consistency(cx, at.field("consistency"), table.consistency.as_ref()),
            items: cx.count_or(at, "items", table.items, &limits::TABLE_ITEMS, assumed.items),
            item_size: cx.size_or(at, "item_size", table.item_size.as_ref(), assumed.item_size),
            storage: cx.within(at.field("storage"), storage, &limits::TABLE_STORAGE),
            response: cx.distribution_or(at, "response", table.response.as_ref(), assumed.response),
            lag: cx.distribution_or(at, "lag", table.lag.as_ref(), assumed.lag),
        });
    }
    tables
}

fn regions(cx: &mut Context<'_>, at: At<'_>, names: &[String]) -> Vec<String> {
    if names.is_empty() || names.len() > limits::TABLE_REGIONS_MAX {
        cx.error(&codes::RANGE, at.span(), format!("a table in {} regions", names.len())).hint =
            Some(format!("name 1 to {}", limits::TABLE_REGIONS_MAX));
    }
    for (index, name) in names.iter().enumerate() {
        cx.reference(at.item(index).span(), Kind::Region, name);
    }
    names.to_vec()
}

fn consistency(cx: &mut Context<'_>, at: At<'_>, given: Option<&spec::Consistency>) -> Consistency {
    match given {
        None | Some(spec::Consistency::Eventual) => Consistency::Eventual,
        Some(spec::Consistency::Strong { witness }) => {
            if let Some(witness) = witness {
                cx.reference(at.field("witness").span(), Kind::Region, witness);
            }
            Consistency::Strong { witness: witness.clone() }
        }
    }
}
