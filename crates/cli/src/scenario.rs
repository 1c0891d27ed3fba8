//! `forewarn scenario`: plays a disclosure from a text file, on a clock set by hand, in memory.

mod expect;
mod play;
mod script;
mod stage;

use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::{Args, Subcommand};
use jiff::Timestamp;

use crate::{BAD_INPUT, DONE, FOUND, documents};
use play::Outcome;
use script::Problem;
use stage::Stage;

/// Arguments of `forewarn scenario`.
#[derive(Args)]
pub struct ScenarioArguments {
    #[command(subcommand)]
    command: ScenarioCommand,
}

#[derive(Subcommand)]
enum ScenarioCommand {
    /// Play a script and print its transcript. Nothing is stored and nothing leaves this machine.
    #[command(
        after_help = "Exit code: 0 every expectation holds, 1 one does not, 2 the script cannot be read.\n\
                            Example: forewarn scenario run scenarios/normal.txt"
    )]
    Run {
        /// The script.
        file: PathBuf,
        /// Policy profile (TOML) to play it under.
        #[arg(long, value_name = "FILE")]
        policy: Option<PathBuf>,
    },
}

/// Plays a scenario.
///
/// # Errors
/// When the service in this process gets into trouble.
pub async fn run(arguments: &ScenarioArguments) -> anyhow::Result<u8> {
    let ScenarioCommand::Run { file, policy } = &arguments.command;
    let steps = match documents::read(file, script::LONGEST_SCRIPT) {
        Ok(bytes) => match std::str::from_utf8(&bytes) {
            Ok(text) => script::read(text),
            Err(_) => Err(Problem { line: 1, message: "the script is not UTF-8".into() }),
        },
        Err(problem) => {
            eprintln!("forewarn: {}: {}", problem.file, problem.message);
            return Ok(BAD_INPUT);
        }
    };
    let steps = match steps {
        Ok(steps) => steps,
        Err(problem) => return Ok(bad(file, &problem)),
    };
    match perform(&steps, policy.as_deref()).await {
        Ok(code) => Ok(code),
        Err(error) => match error.downcast::<Problem>() {
            Ok(problem) => Ok(bad(file, &problem)),
            Err(trouble) => Err(trouble),
        },
    }
}

fn bad(file: &Path, problem: &Problem) -> u8 {
    eprintln!("forewarn: {}, {problem}", file.display());
    BAD_INPUT
}

/// Plays the steps; the first that does not hold ends it.
async fn perform(steps: &[script::Step], policy: Option<&Path>) -> anyhow::Result<u8> {
    let start: Timestamp = "2026-07-01T08:00:00Z".parse().context("the start of the clock")?;
    let mut stage = Stage::open(start, policy).await?;
    for step in steps {
        let at = stage.now();
        match play::play(&mut stage, step).await? {
            Outcome::Done(line) => println!("{}  {line}", at.strftime("%Y-%m-%d %H:%M")),
            Outcome::Failed(line) => {
                println!("{}  {line}", at.strftime("%Y-%m-%d %H:%M"));
                println!("line {}: this does not hold", step.line);
                return Ok(FOUND);
            }
        }
    }
    let held = steps.iter().filter(|step| matches!(step.verb.as_str(), "expect" | "refuse")).count();
    println!("{} steps, {held} expectations, all of them hold", steps.len());
    Ok(DONE)
}
