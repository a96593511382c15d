//! A program that runs a worker, with the operators' commands beside it.

use std::process::ExitCode;

use clap::{ArgMatches, CommandFactory, FromArgMatches, Parser};
use engine::settings::Settings;
use runtime::logging::LogArgs;
use runtime::queue::QueueArgs;
use runtime::{exit, variables};
use shared::queue::QueueRef;

use super::{Command, DatabaseArgs, Failure, Place, queue, with_database_options};
use crate::Worker;

/// What a program's command line has, as the consumer's has it.
#[derive(Debug, Parser)]
#[command(version)]
struct Program {
    /// What to do; without a command: work.
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    log: LogArgs,
    #[command(flatten)]
    database: DatabaseArgs,
}

impl<S: Clone + Send + Sync + 'static> Worker<S> {
    /// Runs the worker. Where the command line has a command (`migrate`, `doctor`, `dlq`, `trace`,
    /// `completions`, `man`), does that instead, for the worker's first queue unless another one is
    /// named.
    pub async fn run_program(self) -> ExitCode {
        let matches = matches().unwrap_or_else(|error| error.exit());
        let program = Program::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
        if let Some(Command::Pages(pages)) = &program.command {
            pages.write(command()).unwrap_or_else(|error| error.exit());
            return ExitCode::SUCCESS;
        }
        program.log.init();
        exit::of(match program.command {
            None => self.try_run().await.map_err(Failure::from),
            Some(command) => self.operate(&command, &program.database, &matches).await,
        })
    }

    async fn operate(
        &self,
        command: &Command,
        database: &DatabaseArgs,
        matches: &ArgMatches,
    ) -> Result<u8, Failure> {
        let named = match command {
            Command::Dlq(_) | Command::Trace(_) => Some(queue(matches)?),
            _ => None,
        };
        let unnamed = QueueRef::Name(QueueArgs::DEFAULT.to_owned());
        let named = named.filter(|queue| *queue != unnamed);
        let queue = named.or_else(|| self.first_queue()).unwrap_or(unnamed);
        let options = self.options();
        let settings = Settings { wait_time: options.settings.wait_time, ..options.for_jobs(1) };
        command.run(&Place { queue, database, settings, mapping: None }).await
    }
}

fn command() -> clap::Command {
    let command = with_database_options(Program::command());
    variables::without_empty_variables(command.allow_negative_numbers(true))
}

fn matches() -> Result<ArgMatches, clap::Error> {
    let command = command();
    variables::check_variables(&command)?;
    command.try_get_matches()
}
