//! `forewarn agent`: what an operator without security staff installs.

mod card;
mod enrol;
mod fetch;
mod folder;
mod machine;
mod open;
mod sheet;
mod siem;
mod status;
mod unit;

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand};
use forewarn_server::ambient::{Ambient, Machine};
use jiff::Timestamp;

use crate::inventory::ReadingArguments;
use crate::{DONE, TROUBLE};
use folder::Folder;

/// Arguments of `forewarn agent`.
#[derive(Args)]
pub struct AgentArguments {
    #[command(subcommand)]
    command: AgentCommand,
}

#[derive(Args, Clone)]
struct Data {
    /// Folder of the agent: its keys, notices and action cards. Only its owner may read it.
    #[arg(long, value_name = "DIR", env = "FOREWARN_AGENT_DATA")]
    data: PathBuf,
}

/// What is looked at, and what is told to whom.
#[derive(Args, Clone)]
struct Looking {
    /// Inventories of what you run, in any format, or folders of them; without it the packages of this machine.
    #[arg(long, num_args = 1.., value_name = "FILE")]
    sbom: Vec<PathBuf>,
    #[command(flatten)]
    reading: ReadingArguments,
    /// Look at the packages of this machine too, where --sbom is given.
    #[arg(long)]
    machine: bool,
    /// Do not acknowledge notices: a person will.
    #[arg(long)]
    no_ack: bool,
    /// File to which a line of JSON is added for each notice; siem.jsonl in the folder when left out.
    #[arg(long, value_name = "FILE")]
    siem: Option<PathBuf>,
    /// Put what the notice says into those lines too: whoever reads them reads what is embargoed.
    #[arg(long)]
    siem_body: bool,
}

#[derive(Subcommand)]
enum AgentCommand {
    /// Join with a one-time code: makes a key for this machine and a recovery key, registers both, and prints the recovery
    /// sheet once.
    Enrol(enrol::Enrolment),
    /// Fetch what is new, check and open it, and write an action card for each notice. Exit code: 0 done, 3 something
    /// could not be fetched or did not prove right.
    Fetch {
        #[command(flatten)]
        data: Data,
        #[command(flatten)]
        looking: Looking,
    },
    /// Do that again and again, until it is stopped.
    Run {
        #[command(flatten)]
        data: Data,
        #[command(flatten)]
        looking: Looking,
        /// Pause in between, such as 15m, 2h or 90s.
        #[arg(long, default_value = "15m", value_parser = pause)]
        every: Duration,
    },
    /// Say how the agent does: its keys, what it has, what is to be done.
    Status {
        #[command(flatten)]
        data: Data,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Open notices with the recovery key, on a new machine that has joined with a code of its own.
    Recover {
        /// The recovery sheet as a text file.
        #[arg(long, value_name = "FILE")]
        sheet: PathBuf,
        #[command(flatten)]
        data: Data,
        #[command(flatten)]
        looking: Looking,
    },
    /// Print everything that a notice says, opened anew.
    Show {
        /// Id of the notice.
        notice: String,
        #[command(flatten)]
        data: Data,
    },
    /// Print a unit for systemd that runs the agent.
    Unit(unit::Unit),
}

/// Now. The agent compares moments of the service with its own clock.
fn now() -> Timestamp {
    Machine.now()
}

fn pause(text: &str) -> Result<Duration, String> {
    let wrong = || "expected a number with s, m or h behind it, such as 15m".to_owned();
    let at = text.len().checked_sub(1).filter(|at| text.is_char_boundary(*at)).ok_or_else(wrong)?;
    let (number, unit) = text.split_at(at);
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        _ => return Err(wrong()),
    };
    let number: u64 = number.parse().map_err(|_| wrong())?;
    let all = number.checked_mul(seconds).filter(|all| (1..=7 * 86_400).contains(all));
    all.map(Duration::from_secs).ok_or_else(|| "expected something between 1s and 168h".to_owned())
}

/// Runs the agent.
///
/// # Errors
/// When its folder cannot be used, or the service cannot be reached or refuses.
pub async fn run(arguments: &AgentArguments) -> anyhow::Result<u8> {
    match &arguments.command {
        AgentCommand::Enrol(enrolment) => enrol::run(enrolment).await,
        AgentCommand::Fetch { data, looking } => {
            let folder = Folder::open(&data.data)?;
            Ok(code(&fetch::run(&folder, looking, None).await?))
        }
        AgentCommand::Run { data, looking, every } => {
            let folder = Folder::open(&data.data)?;
            loop {
                // What went wrong is told, and tried again: the service may be away for weeks.
                if let Err(error) = fetch::run(&folder, looking, None).await {
                    eprintln!("forewarn agent: {error:#}; trying again in {} s", every.as_secs());
                }
                tokio::time::sleep(*every).await;
            }
        }
        AgentCommand::Status { data, json } => status::run(&Folder::open(&data.data)?, *json).await,
        AgentCommand::Recover { sheet, data, looking } => {
            let folder = Folder::open(&data.data)?;
            Ok(code(&fetch::run(&folder, looking, Some(sheet::read(sheet)?)).await?))
        }
        AgentCommand::Show { notice, data } => {
            card::show(&Folder::open(&data.data)?, notice)?;
            Ok(DONE)
        }
        AgentCommand::Unit(unit) => unit.print(),
    }
}

fn code(done: &fetch::Fetched) -> u8 {
    if done.problems == 0 { DONE } else { TROUBLE }
}
