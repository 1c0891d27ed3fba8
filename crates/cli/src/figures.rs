//! `forewarn figures`: one's own figures.

use std::collections::BTreeMap;

use clap::Args;
use forewarn_server::app::FiguresView;

use crate::DONE;
use crate::cases::in_words;
use crate::client::{Client, ServerArguments};

/// Arguments of `forewarn figures`.
#[derive(Args)]
pub struct FiguresArguments {
    #[command(flatten)]
    server: ServerArguments,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// Prints the figures of the organisation of the token.
///
/// # Errors
/// When the service cannot be reached or refuses.
pub async fn run(arguments: &FiguresArguments) -> anyhow::Result<u8> {
    let client = Client::from_arguments(&arguments.server)?;
    let view: FiguresView = client.get("/api/v1/figures").await?;
    if arguments.json {
        println!("{}", serde_json::to_string_pretty(&view)?);
        return Ok(DONE);
    }
    if let Some(finder) = &view.finder {
        println!("{} findings{}", finder.findings, by(&finder.outcomes));
        println!("  to an answer: {}", in_words(&finder.answer));
    }
    if let Some(vendor) = &view.vendor {
        println!("{} cases as vendor{}", vendor.cases, by(&vendor.consents));
        println!("  to an answer to the terms: {}", in_words(&vendor.answer));
        println!("  to a fix: {}", in_words(&vendor.fix));
    }
    if let Some(recipient) = &view.recipient {
        println!("{} notices{}", recipient.notices, by(&recipient.states));
        println!("  to acknowledge: {}", in_words(&recipient.acknowledge));
        println!("  to mitigate: {}", in_words(&recipient.mitigate));
        println!("  to fix: {}", in_words(&recipient.fix));
    }
    if view.finder.is_none() && view.vendor.is_none() && view.recipient.is_none() {
        println!("no figures: you are no finder, vendor or recipient, or this token does not show them");
    }
    Ok(DONE)
}

fn by(counts: &BTreeMap<String, u64>) -> String {
    let words: Vec<String> = counts.iter().map(|(name, count)| format!("{count} {name}")).collect();
    if words.is_empty() { String::new() } else { format!(": {}", words.join(", ")) }
}
