//! The command `cloudsim`: arguments in, files and terminals out, exit codes.

mod answer_schemas;
mod args;
mod commands;
mod completers;
mod folder;
mod interrupt;
mod look;
mod network;
mod output;
mod part_file;
mod path_text;
mod place;
mod progress;
mod recorded;
mod records_file;
mod runner;
mod sched_text;
mod tables;
mod why_text;

use args::{Cli, Command};
use clap::{CommandFactory, Parser};
use clap_complete::CompleteEnv;
use folder::FolderError;
use runner::RunError;
use std::process::ExitCode;
use tracing_subscriber::EnvFilter;

/// How a command ended, as a number for the shell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Fine.
    Fine = 0,
    /// Something failed.
    Failed = 1,
    /// The input is wrong; trying again does not help.
    Invalid = 2,
    /// What is compared differs.
    Differs = 3,
    /// Nothing to judge.
    Inconclusive = 4,
    /// Two runs of the same input differ.
    NotDeterministic = 90,
    /// An objective is breached, or met against expectation.
    Breached = 99,
    /// Stopped from outside.
    Interrupted = 130,
}

impl Exit {
    /// Of many results, the one to exit with.
    pub(crate) fn worst(results: impl IntoIterator<Item = Self>) -> Self {
        let order = [
            Self::Interrupted,
            Self::Invalid,
            Self::Failed,
            Self::NotDeterministic,
            Self::Breached,
            Self::Inconclusive,
            Self::Differs,
            Self::Fine,
        ];
        let rank = |exit: &Self| order.iter().position(|other| other == exit);
        results.into_iter().min_by_key(rank).unwrap_or(Self::Fine)
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

fn main() -> ExitCode {
    // A shell that asks is answered before anything else runs.
    CompleteEnv::with_factory(Cli::command).var(commands::completions::VARIABLE).complete();
    run()
}

#[tokio::main]
async fn run() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(problem) => return ended(output::usage(&problem).map_err(RunError::from)),
    };
    let filter = match EnvFilter::try_new(cli.log.as_deref().unwrap_or("off")) {
        Ok(filter) => filter,
        Err(problem) => {
            output::error(&format!("--log: {problem}"));
            return Exit::Invalid.into();
        }
    };
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(output::wants_colour(&std::io::stderr()))
        .without_time()
        .init();
    let Some(command) = cli.command else { return ended(commands::welcome::welcome()) };
    ended(match command {
        Command::Init(args) => commands::init::init(&args),
        Command::Run(args) => commands::run::run(args).await,
        Command::Test(args) => commands::test::test(args).await,
        Command::Sweep(args) => commands::sweep::sweep(&args).await,
        Command::Report(args) => commands::report::report(&args),
        Command::Diff(args) => Box::pin(commands::diff::diff(args)).await,
        Command::Optimize(args) => commands::optimize::optimize(*args).await,
        Command::Years(args) => commands::years::years(args).await,
        Command::Replay(args) => commands::replay::replay(&args.file).await,
        Command::Check(args) => commands::check::check(&args),
        Command::Get(args) => commands::get::get(args).await,
        Command::Watch(args) => commands::watch::watch(args).await,
        Command::Path(args) => commands::path::path(args).await,
        Command::Why(args) => commands::why::why(args).await,
        Command::Explain(args) => commands::explain::explain(&args),
        Command::Sched(args) => commands::sched::sched(&args),
        Command::Import(args) => commands::import::import(&args),
        Command::Schema(args) => commands::schema::schema(&args),
        Command::Completions(args) => commands::completions::completions(&args),
        Command::Man(args) => commands::man::man(&args),
        Command::CheckDeterminism(args) => commands::check_determinism::check_determinism(args).await,
        Command::RecordHashes(args) => commands::check_determinism::record_hashes(args).await,
    })
}

fn ended(ended: Result<Exit, RunError>) -> ExitCode {
    match ended {
        Ok(exit) => exit.into(),
        Err(RunError::Folder(FolderError::Refused { what, hint })) => commands::refuse(&what, &hint).into(),
        Err(problem) => {
            output::error(&problem.to_string());
            Exit::Failed.into()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_of_many_results_decides() {
        assert_eq!(Exit::worst([]), Exit::Fine);
        assert_eq!(Exit::worst([Exit::Fine, Exit::Breached, Exit::Inconclusive]), Exit::Breached);
        assert_eq!(Exit::worst([Exit::Breached, Exit::Invalid, Exit::Fine]), Exit::Invalid);
        assert_eq!(Exit::worst([Exit::Invalid, Exit::Interrupted]), Exit::Interrupted);
    }
}
