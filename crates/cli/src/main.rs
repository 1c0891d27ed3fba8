//! The `forewarn` binary.

mod admin;
mod agent;
mod bad_input;
mod cases;
mod client;
mod commit;
mod demo;
mod documents;
mod evidence;
mod export;
mod figures;
mod findings;
mod inventory;
mod leak;
mod log;
mod notices;
mod offline_match;
mod outgoing;
mod pending;
mod priority;
mod progress;
mod reads;
mod scenario;
mod serve;
mod service;
mod submit;
mod vendors;
mod version;
mod witness;
mod words;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use forewarn_server::app::AppError;
use forewarn_server::instance::OpenError;

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
    /// Play the main job in a sample world, then serve it.
    Demo(demo::DemoArguments),
    /// Say which components of which inventories are hit by which advisories, without a server.
    Match(offline_match::MatchArguments),
    /// Compare versions, or check statements about their order.
    Version(version::VersionArguments),
    /// Serve the clearinghouse.
    Serve(serve::ServeArguments),
    /// Enrol organisations and issue credentials, on the machine that has the data.
    Admin(admin::AdminArguments),
    /// Submit findings.
    Submit(submit::SubmitArguments),
    /// Make and open commitments to findings, without a server.
    Commit(commit::CommitArguments),
    /// Look at one finding; add and save its files.
    Finding(findings::FindingArguments),
    /// Check, push or list inventories.
    Inventory(inventory::InventoryArguments),
    /// Read and answer notices.
    Notices(notices::NoticesArguments),
    /// An operator's own agent: fetches, checks and opens sealed notices, and says what to do on which machine.
    Agent(agent::AgentArguments),
    /// Work on cases.
    Case(cases::CaseArguments),
    /// Say how a vendor takes part and how it is reached.
    Vendor(vendors::VendorArguments),
    /// Show your own figures: findings, cases as vendor, notices, and how long they took.
    Figures(figures::FiguresArguments),
    /// Export everything of one kind that you may see.
    Export(export::ExportArguments),
    /// Play a disclosure from a script, for drills.
    Scenario(scenario::ScenarioArguments),
    /// Say from whose copy of a notice a leaked text may come.
    Trace(leak::TraceArguments),
    /// Check the public log, receipts and evidence.
    Log(log::LogArguments),
    /// Cosign checkpoints of logs, so that none can show two trees.
    Witness(witness::WitnessArguments),
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(arguments.command) {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            eprintln!("forewarn: {error:#}");
            // A service that is busy or takes no more for now has no fault to find with what it was sent.
            let refused = |no: &client::Refused| no.0.status < 500 && !matches!(no.0.status, 408 | 429);
            let refused = error.downcast_ref::<client::Refused>().is_some_and(refused);
            let invalid = error.chain().any(is_bad_input);
            ExitCode::from(if refused || invalid { BAD_INPUT } else { TROUBLE })
        }
    }
}

/// Whether the user has to mend what was given: a file, an option, what a rule refuses.
fn is_bad_input(cause: &(dyn std::error::Error + 'static)) -> bool {
    let given = matches!(cause.downcast_ref(), Some(AppError::Invalid { .. } | AppError::Refused(_)));
    let opened = matches!(
        cause.downcast_ref(),
        Some(OpenError::File { .. } | OpenError::Policy(_) | OpenError::Key(_))
    );
    given || opened || cause.is::<bad_input::BadInput>()
}

fn run(command: Command) -> anyhow::Result<u8> {
    // Commands that need no service need no runtime either.
    let command = match command {
        Command::Match(arguments) => return offline_match::run(&arguments),
        Command::Version(arguments) => return version::run(&arguments),
        Command::Commit(arguments) => return commit::run(&arguments),
        Command::Inventory(arguments) => match inventory::run_offline(&arguments) {
            Some(done) => return done,
            None => Command::Inventory(arguments),
        },
        other => other,
    };
    trace();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        match command {
            Command::Demo(arguments) => demo::run(&arguments).await,
            Command::Serve(arguments) => serve::run(&arguments).await,
            Command::Admin(arguments) => admin::run(arguments).await,
            Command::Submit(arguments) => submit::run(&arguments).await,
            Command::Finding(arguments) => findings::run(arguments).await,
            Command::Inventory(arguments) => inventory::run(&arguments).await,
            Command::Notices(arguments) => notices::run(&arguments).await,
            Command::Agent(arguments) => agent::run(&arguments).await,
            Command::Case(arguments) => cases::run(arguments).await,
            Command::Vendor(arguments) => vendors::run(arguments).await,
            Command::Figures(arguments) => figures::run(&arguments).await,
            Command::Trace(arguments) => leak::run(&arguments).await,
            Command::Export(arguments) => export::run(&arguments).await,
            Command::Scenario(arguments) => scenario::run(&arguments).await,
            Command::Witness(arguments) => witness::run(&arguments).await,
            Command::Log(arguments) => log::run(&arguments).await,
            Command::Match(_) | Command::Version(_) | Command::Commit(_) => Ok(DONE),
        }
    })
}

/// Writes the service's log to standard error; `FOREWARN_LOG` chooses how much, as in `FOREWARN_LOG=debug`.
fn trace() {
    let filter = tracing_subscriber::EnvFilter::try_from_env("FOREWARN_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("warn"));
    let _ = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).try_init();
}
