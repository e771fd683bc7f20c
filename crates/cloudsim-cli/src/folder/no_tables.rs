//! A program that was built without Parquet has no tables.

use super::journal::Journal;
use super::{FolderError, Told, needs_parquet};
use cloudsim_sweep::Manifest;
use std::path::Path;

pub(super) fn write(_: &Path, _: &Manifest, _: &mut Journal) -> Result<(), FolderError> {
    needs_parquet()
}

pub(super) fn read(_: &Path, _: Manifest) -> Result<Told, FolderError> {
    Err(needs_parquet().expect_err("it is not there"))
}
