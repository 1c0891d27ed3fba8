//! `forewarn vendor`: how a vendor takes part, and how it is reached.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use forewarn_core::party::VendorMode;
use forewarn_formats::security_txt;
use forewarn_server::ambient::{Ambient, Machine};
use forewarn_server::app::{SecurityTxtDone, SetVendorMode};
use serde_json::Value;

use crate::client::{Client, ServerArguments, escaped, key_of};
use crate::words::one_of;
use crate::{DONE, documents};

/// Arguments of `forewarn vendor`.
#[derive(Args)]
pub struct VendorArguments {
    #[command(flatten)]
    server: ServerArguments,
    #[command(subcommand)]
    command: VendorCommand,
}

#[derive(Subcommand)]
enum VendorCommand {
    /// Say how it takes part: verified-only (asked under embargo of what was confirmed), firehose (also of what nobody
    /// has checked), public-only (told when a case is public) or none (told nothing).
    Mode {
        /// The mode.
        #[arg(value_parser = |text: &str| one_of(text, VendorMode::ALL))]
        mode: VendorMode,
        /// As a coordinator: id of the vendor; your own organisation when left out.
        #[arg(long)]
        vendor: Option<String>,
    },
    /// Hand in its security.txt (RFC 9116), which says how it is reached while it sets no contacts here.
    SecurityTxt {
        /// The file.
        file: PathBuf,
        /// As a coordinator: id of the vendor; your own organisation when left out.
        #[arg(long)]
        vendor: Option<String>,
    },
}

/// Says how a vendor takes part or is reached.
///
/// # Errors
/// When the file cannot be read, or the service cannot be reached or refuses.
pub async fn run(arguments: VendorArguments) -> anyhow::Result<u8> {
    let client = Client::from_arguments(&arguments.server)?;
    // Going back to what was before is an act of its own.
    let fresh = key_of(&[&Machine.draw(None).bytes()]);
    match arguments.command {
        VendorCommand::Mode { mode, vendor } => {
            let path = path(&client, vendor, "vendor-mode").await?;
            let set = SetVendorMode { org: String::new(), mode };
            client.post::<Value>(&path, &fresh, &set).await?;
            println!("{}", mode.as_str());
        }
        VendorCommand::SecurityTxt { file, vendor } => {
            let bytes = documents::read(&file, security_txt::LARGEST)
                .map_err(|problem| anyhow::anyhow!("{}: {}", problem.file, problem.message))?;
            let path = path(&client, vendor, "security-txt").await?;
            let done: SecurityTxtDone = client.send(&path, &fresh, "text/plain", bytes).await?;
            print(&done);
        }
    }
    Ok(DONE)
}

async fn path(client: &Client, vendor: Option<String>, part: &str) -> anyhow::Result<String> {
    let org = match vendor {
        Some(id) => id,
        None => client.own_org().await?,
    };
    Ok(format!("/api/v1/organisations/{}/{part}", escaped(&org)))
}

fn print(done: &SecurityTxtDone) {
    done.passed_over.iter().for_each(|problem| eprintln!("passed over: {problem}"));
    println!("until {}", done.expires);
    done.contacts.iter().for_each(|uri| println!("  {uri}"));
    match &done.mail {
        Some(address) => println!("mails go to {address} while no contacts are set here"),
        None => println!("it names no plain mail address: somebody has to use the contacts by hand"),
    }
}
