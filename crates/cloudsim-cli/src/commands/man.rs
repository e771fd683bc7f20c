//! `man`: the manual pages, made from the same words as `--help`.

use crate::args::{Cli, ManArgs};
use crate::output::quoted;
use crate::runner::RunError;
use crate::{Exit, output};
use clap::CommandFactory;

pub(crate) fn man(args: &ManArgs) -> Result<Exit, RunError> {
    let Some(folder) = &args.folder else {
        let mut page = Vec::new();
        clap_mangen::Man::new(Cli::command()).render(&mut page)?;
        output::data(&String::from_utf8_lossy(&page))?;
        return Ok(Exit::Fine);
    };
    let written =
        std::fs::create_dir_all(folder).and_then(|()| clap_mangen::generate_to(Cli::command(), folder));
    if let Err(problem) = written {
        output::error(&format!("failed to write to {}: {problem}", quoted(&folder.display().to_string())));
        return Ok(Exit::Failed);
    }
    Ok(Exit::Fine)
}
