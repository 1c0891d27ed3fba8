//! The `forewarn` binary.

mod documents;
mod offline_match;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Done, and nothing was looked for or found.
const DONE: u8 = 0;
/// It found what it looks for.
const FOUND: u8 = 1;
/// Bad usage or bad input.
const BAD_INPUT: u8 = 2;
/// A service did not do its part.
const TROUBLE: u8 = 3;

/// Forewarn: an embargoed finding reaches exactly the operators that run the affected software.
#[derive(Parser)]
#[command(name = "forewarn", version, about, arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Say which components of which inventories are hit by which advisories, without a server.
    Match(offline_match::MatchArguments),
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let result = match arguments.command {
        Command::Match(arguments) => offline_match::run(&arguments),
    };
    match result {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            eprintln!("forewarn: {error:#}");
            ExitCode::from(TROUBLE)
        }
    }
}
