//! `init`: a first scenario of one's own.

use crate::args::InitArgs;
use crate::output::quoted;
use crate::runner::RunError;
use crate::{Exit, output};
use std::fs::File;
use std::io::{ErrorKind, Write};

/// A small scenario in which everything is explained.
const STARTER: &str = include_str!("starter.ron");

pub(crate) fn init(args: &InitArgs) -> Result<Exit, RunError> {
    if args.file.as_os_str() == "-" {
        output::data(STARTER)?;
        return Ok(Exit::Fine);
    }
    let name = args.file.display().to_string();
    let failed = |problem: std::io::Error| {
        output::error(&format!("failed to write {}: {problem}", quoted(&name)));
        Ok(Exit::Failed)
    };
    // A file that is there is never written to, not even one that appears just now.
    let mut file = match File::create_new(&args.file) {
        Ok(file) => file,
        Err(problem) if problem.kind() == ErrorKind::AlreadyExists => {
            output::error(&format!("{} is there already", quoted(&name)));
            output::talk("hint: give another name, as in `cloudsim init other.ron`");
            return Ok(Exit::Invalid);
        }
        Err(problem) => return failed(problem),
    };
    if let Err(problem) = file.write_all(STARTER.as_bytes()).and_then(|()| file.sync_all()) {
        // Half a scenario helps nobody, and would be in the way of the next attempt.
        let _ = std::fs::remove_file(&args.file);
        return failed(problem);
    }
    output::talk(&format!("wrote {}; next: cloudsim run {}", quoted(&name), quoted(&name)));
    Ok(Exit::Fine)
}
