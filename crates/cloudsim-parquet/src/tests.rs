use super::*;
use cloudsim_sweep::{Cell, Cells, Factor, Kind, Table};
use proptest::prelude::*;
use std::fs::File;
use std::io::{Read, Seek, Write};

fn factors() -> Vec<Factor> {
    vec![Factor { path: "auto_scaling_groups.nodes.desired".to_owned(), values: vec!["12".to_owned()] }]
}

fn written(table: Table, rows: &[Cells]) -> Vec<u8> {
    let mut writer = TableWriter::new(Vec::new(), table, &factors(), "0.0.0").expect("it starts");
    for row in rows {
        writer.write(row).expect("memory takes all");
    }
    writer.finish().expect("it ends")
}

fn file(bytes: &[u8]) -> File {
    let mut file = tempfile::tempfile().expect("a temporary file");
    file.write_all(bytes).expect("it can be written");
    file.rewind().expect("it can be read");
    file
}

fn read(table: Table, bytes: &[u8]) -> Result<Vec<Cells>, TableError> {
    TableReader::new(file(bytes), table, &factors())?.collect()
}

/// Any cell that a column takes, the ends of its range more often than others.
fn cell(kind: Kind, nullable: bool) -> BoxedStrategy<Cell> {
    let value = match kind {
        Kind::Text => "[a-z:/é ]{0,12}".prop_map(Cell::Text).boxed(),
        Kind::Flag => any::<bool>().prop_map(Cell::Flag).boxed(),
        Kind::Count => prop_oneof![Just(0), Just(u64::MAX), any::<u64>()].prop_map(Cell::Count).boxed(),
        Kind::Decimal(_) => {
            prop_oneof![Just(i64::MIN), Just(i64::MAX), any::<i64>()].prop_map(Cell::Decimal).boxed()
        }
    };
    if nullable { prop_oneof![1 => Just(Cell::Null), 3 => value].boxed() } else { value }
}

fn rows(table: Table) -> impl Strategy<Value = Vec<Cells>> {
    let factors = factors();
    let columns = table.columns(&factors);
    let row: Vec<_> = columns.iter().map(|column| cell(column.kind, column.nullable)).collect();
    proptest::collection::vec(row, 0..40)
}

fn table_and_rows() -> impl Strategy<Value = (Table, Vec<Cells>)> {
    proptest::sample::select(&Table::ALL[..]).prop_flat_map(|table| (Just(table), rows(table)))
}

proptest! {
    #[test]
    fn what_is_written_is_read_back((table, rows) in table_and_rows()) {
        let bytes = written(table, &rows);
        prop_assert_eq!(read(table, &bytes).expect("it is whole"), rows);
    }

    #[test]
    fn the_same_rows_are_the_same_bytes((table, rows) in table_and_rows()) {
        prop_assert!(written(table, &rows) == written(table, &rows));
    }

    #[test]
    fn a_file_that_is_cut_off_is_refused((table, rows) in table_and_rows(), end in any::<proptest::sample::Index>()) {
        let bytes = written(table, &rows);
        prop_assert!(read(table, &bytes[..end.index(bytes.len())]).is_err());
    }
}

fn run(number: u64) -> Cells {
    let text = |of: &str| Cell::Text(of.to_owned());
    let digest = Cell::Text(format!("blake3:{number}"));
    vec![Cell::Count(number), Cell::Count(0), text("12"), digest, Cell::Decimal(1), Cell::Decimal(2)]
}

#[test]
fn a_table_of_several_groups_of_rows_is_read_back() {
    let rows: Vec<Cells> = (0..=2 * GROUP_ROWS as u64).map(run).collect();
    let bytes = written(Table::Runs, &rows);
    assert!(read(Table::Runs, &bytes).expect("it is whole") == rows);
}

#[test]
fn a_table_is_not_taken_for_another_one() {
    let bytes = written(Table::Runs, &[run(1)]);
    let refused = read(Table::Costs, &bytes).expect_err("these are no costs");
    assert_eq!(refused.to_string(), "it does not have the columns of `costs`");
    let refused = TableReader::new(file(&bytes), Table::Runs, &[]).err().expect("a factor too many");
    assert_eq!(refused.to_string(), "it does not have the columns of `runs`");
    assert!(read(Table::Runs, b"PAR1").is_err() && read(Table::Runs, b"").is_err());
}

/// A newer library must not change the bytes by its name.
#[test]
fn a_table_says_which_program_made_it_and_not_by_which_library() {
    let mut file = file(&written(Table::Runs, &[run(1)]));
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).expect("it can be read");
    let text = String::from_utf8_lossy(&bytes);
    assert!(text.contains("cloudsim version 0.0.0") && !text.contains("parquet-rs"), "{text}");
}
