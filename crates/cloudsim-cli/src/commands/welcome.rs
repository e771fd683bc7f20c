//! `cloudsim` alone: what to do first.

use crate::runner::RunError;
use crate::{Exit, output};

const WELCOME: &str = concat!(
    "\
cloudsim simulates a cloud in which something breaks: what users see, for how long, and why that long.

  cloudsim run az-a-outage      a zone loses its power; see what that costs
  cloudsim run --list           the other scenarios that ship
  cloudsim init my-shop.ron     a small world of your own, with every part explained

All commands: cloudsim --help
Documentation: ",
    env!("CARGO_PKG_REPOSITORY"),
    "/tree/main/docs\n"
);

pub(crate) fn welcome() -> Result<Exit, RunError> {
    output::data(WELCOME)?;
    Ok(Exit::Fine)
}
