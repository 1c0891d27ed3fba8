//! Joining: keys are made here, and only their public halves leave.

use std::path::PathBuf;

use clap::Args;
use forewarn_core::party::{KeyPurpose, key_fingerprint};
use forewarn_seal::Identity;
use forewarn_server::app::{EnrolAgent, EnrolledAgent, ProposedKey};
use forewarn_tlog::Verifier;

use super::folder::{self, Folder, Profile};
use super::sheet;
use crate::DONE;
use crate::bad_input::BadInput;
use crate::client::{Client, key_of};

/// What joining needs.
#[derive(Args)]
pub struct Enrolment {
    /// The one-time code, from whoever runs the clearinghouse.
    code: String,
    /// Address of the service.
    #[arg(long, env = "FOREWARN_SERVER", value_name = "URL")]
    server: String,
    /// Folder of the agent; it must not have joined before.
    #[arg(long, value_name = "DIR", env = "FOREWARN_AGENT_DATA")]
    data: PathBuf,
    /// Name of this machine, for people who look at the keys.
    #[arg(long, default_value = "agent")]
    label: String,
    /// The log's public key as you know it from elsewhere; without it the one that the service names now is held on to.
    #[arg(long, value_name = "KEY")]
    log_key: Option<String>,
    /// Make no recovery key: the organisation has one.
    #[arg(long)]
    no_recovery: bool,
    /// File for the recovery sheet, which is printed otherwise.
    #[arg(long, value_name = "FILE")]
    sheet: Option<PathBuf>,
}

/// Joins.
///
/// # Errors
/// When the folder is used, the service cannot be reached or refuses, or the key of the log is another one.
pub async fn run(enrolment: &Enrolment) -> anyhow::Result<u8> {
    let data = &enrolment.data;
    if Folder::is_used(data) {
        let words = "an agent has joined with this folder; give another one";
        return Err(BadInput::new(format!("{}: {words}", data.display())).into());
    }
    if let Some(key) = &enrolment.log_key {
        Verifier::parse(key).map_err(|problem| BadInput::new(format!("--log-key: {problem}")))?;
    }
    // The keys lie here before anybody seals to them; a second try brings the same ones.
    folder::make(data)?;
    let client = Client::new(&enrolment.server, "")?;
    let device = folder::key(&data.join(folder::DEVICE))?;
    let recovery = match enrolment.no_recovery {
        false => Some(folder::key(&data.join(folder::RECOVERY))?),
        true => None,
    };
    let id = key_fingerprint(&device.to_recipient()?.to_string());
    let enrolled = ask(enrolment, &client, &device, recovery.as_ref()).await?;
    if let Some(expected) = enrolment.log_key.as_ref().filter(|expected| **expected != enrolled.log_key) {
        let given = &enrolled.log_key;
        anyhow::bail!(
            "the service names another key of its log ({given}) than --log-key ({expected}): it is not the one that \
             you think, or its key changed; ask whoever runs it"
        );
    }
    let token = enrolled.token.clone();
    let token = token.ok_or_else(|| anyhow::anyhow!("the token was given before; ask for a new code"))?;
    let profile = Profile {
        server: client.server().to_owned(),
        org: enrolled.org.clone(),
        name: enrolled.name.clone(),
        token,
        expires_at: enrolled.expires_at,
        log_key: enrolled.log_key.clone(),
        device: id.clone(),
    };
    if let Some(recovery) = &recovery {
        let text = sheet::write(recovery, &enrolled.name, client.server())?;
        match &enrolment.sheet {
            Some(file) => folder::write(file, text.as_bytes())?,
            None => println!("{}", text.as_str()),
        }
    }
    Folder::create(data, profile)?;
    said(&enrolled, &id);
    Ok(DONE)
}

async fn ask(
    enrolment: &Enrolment,
    client: &Client,
    device: &Identity,
    recovery: Option<&Identity>,
) -> anyhow::Result<EnrolledAgent> {
    let proposed = |key: &Identity, purpose: KeyPurpose, label: String| -> anyhow::Result<ProposedKey> {
        Ok(ProposedKey { recipient: key.to_recipient()?.to_string(), purpose, label })
    };
    let mut keys = vec![proposed(device, KeyPurpose::Device, enrolment.label.clone())?];
    if let Some(recovery) = recovery {
        keys.push(proposed(recovery, KeyPurpose::Recovery, format!("{} recovery sheet", enrolment.label))?);
    }
    let enrol = EnrolAgent { code: enrolment.code.trim().to_owned(), keys };
    let key = key_of(&[&serde_json::to_vec(&enrol)?]);
    client.post("/api/v1/agents", &key, &enrol).await
}

fn said(enrolled: &EnrolledAgent, id: &str) {
    eprintln!("joined for {}; key of this machine: {id}", enrolled.name);
    eprintln!("key of the log, held on to from now on: {}", enrolled.log_key);
    let waits = enrolled.keys.iter().any(|key| key.id == id && key.standing == "proposed");
    if waits {
        eprintln!(
            "your organisation has keys already, so two people approve this one before it counts:\n  \
             forewarn notices keys approve {id}"
        );
    }
}
