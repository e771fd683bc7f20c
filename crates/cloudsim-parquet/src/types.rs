//! What the columns of a table are in Parquet.

use cloudsim_sweep::{Column, Kind};
use parquet::basic::{LogicalType, Repetition, Type as Physical};
use parquet::errors::Result;
use parquet::schema::types::{Type, TypePtr};
use std::sync::Arc;

/// As many digits as fit into 64 bits.
const PRECISION: i32 = 18;

/// The schema of a table.
pub(crate) fn schema(name: &str, columns: &[Column<'_>]) -> Result<TypePtr> {
    let fields = columns.iter().map(|column| field(column).map(Arc::new)).collect::<Result<_>>()?;
    Ok(Arc::new(Type::group_type_builder(name).with_fields(fields).build()?))
}

fn field(column: &Column<'_>) -> Result<Type> {
    let (physical, logical) = match column.kind {
        Kind::Flag => (Physical::BOOLEAN, None),
        Kind::Text => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
        Kind::Count => (Physical::INT64, Some(LogicalType::integer(64, false))),
        Kind::Decimal(places) => (Physical::INT64, Some(LogicalType::decimal(places.into(), PRECISION))),
    };
    let field = Type::primitive_type_builder(column.name, physical)
        .with_logical_type(logical)
        .with_repetition(if column.nullable { Repetition::OPTIONAL } else { Repetition::REQUIRED });
    match column.kind {
        Kind::Decimal(places) => field.with_precision(PRECISION).with_scale(places.into()).build(),
        _ => field.build(),
    }
}
