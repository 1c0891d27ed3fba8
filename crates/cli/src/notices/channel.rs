//! `forewarn notices channel` and `delegate`: how one's own organisation is reached, and who acts for it.

use anyhow::bail;
use clap::{Args, Subcommand, ValueEnum};
use forewarn_core::party::{QuietHours, Way};
use forewarn_core::sharing::ContentLevel;
use forewarn_server::ambient::{Ambient, Machine};
use forewarn_server::app::{ContactsDone, ContactsView, DelegateAct, SetContacts};
use serde_json::Value;

use crate::client::{Client, key_of};
use crate::words::one_of;

/// How the organisation is reached.
#[derive(Subcommand)]
pub enum ChannelCommand {
    /// Show how your organisation is reached and who acts for it, as JSON.
    Show,
    /// Set what is given; the rest stays. A webhook's secret is printed once.
    Set(ChannelSettings),
    /// Take something away.
    Remove {
        /// What.
        #[arg(value_enum)]
        what: Part,
    },
}

/// What can be set.
#[derive(Args)]
pub struct ChannelSettings {
    /// Mail address of the first contact.
    #[arg(long, value_name = "ADDRESS")]
    mail: Option<String>,
    /// Mail address of the second contact, told when the first does not answer.
    #[arg(long, value_name = "ADDRESS")]
    second_mail: Option<String>,
    /// A line of the phone list, in the order in which to call; may be given more than once, and replaces the list.
    #[arg(long = "phone", value_name = "WORDS")]
    phones: Vec<String>,
    /// Webhook (standardwebhooks.com).
    #[arg(long, value_name = "URL")]
    webhook: Option<String>,
    /// Draw a new signing secret for the webhook.
    #[arg(long)]
    new_secret: bool,
    /// Hours of quiet, such as: Europe/Berlin 22:00 06:30. Notices of the top tier do not wait.
    #[arg(long, num_args = 3, value_names = ["ZONE", "FROM", "TO"])]
    quiet: Vec<String>,
    /// Which way is tried first: webhook, mail or second-mail.
    #[arg(long, value_name = "WAY", value_parser = way)]
    prefer: Option<Way>,
}

/// What can be taken away.
#[derive(Clone, Copy, ValueEnum)]
pub enum Part {
    /// Mail address of the first contact.
    Mail,
    /// Mail address of the second contact.
    SecondMail,
    /// The phone list.
    Phones,
    /// The webhook.
    Webhook,
    /// Hours of quiet.
    Quiet,
    /// Which way is tried first.
    Prefer,
}

/// Who acts for the organisation.
#[derive(Subcommand)]
pub enum DelegateCommand {
    /// Let a relay see your notices, acknowledge them and report on them.
    Name {
        /// Id of the relay.
        relay: String,
        /// Up to which level it reads: existence, mitigation, detail or proof-of-concept.
        #[arg(long, default_value = "mitigation", value_parser = level)]
        level: ContentLevel,
    },
    /// Take that back, at once.
    Remove {
        /// Id of the relay.
        relay: String,
    },
}

fn way(text: &str) -> Result<Way, String> {
    one_of(text, &[Way::Webhook, Way::Mail, Way::SecondMail])
}

fn level(text: &str) -> Result<ContentLevel, String> {
    use ContentLevel::{Detail, Existence, Mitigation, ProofOfConcept};
    one_of(text, &[Existence, Mitigation, Detail, ProofOfConcept])
}

async fn own_path(client: &Client, part: &str) -> anyhow::Result<String> {
    Ok(format!("/api/v1/organisations/{}/{part}", client.own_org().await?))
}

/// Shows or changes how the organisation is reached.
///
/// # Errors
/// When the service cannot be reached or refuses.
pub async fn run(client: &Client, command: &ChannelCommand) -> anyhow::Result<()> {
    let path = own_path(client, "contacts").await?;
    let now: ContactsView = client.get(&path).await?;
    let set = match command {
        ChannelCommand::Show => {
            println!("{}", serde_json::to_string_pretty(&now)?);
            return Ok(());
        }
        ChannelCommand::Set(settings) => changed(settings, now)?,
        ChannelCommand::Remove { what } => without(*what, kept(now)),
    };
    // Setting the same again is an act of its own: it turns a webhook on that was given up.
    let fresh = Machine.draw(None).bytes();
    let done: ContactsDone = client.post(&path, &key_of(&[&fresh]), &set).await?;
    println!("set");
    if let Some(secret) = done.secret {
        println!("{secret}");
        eprintln!("the secret with which requests to your webhook are signed; it is shown only now");
    }
    Ok(())
}

fn kept(now: ContactsView) -> SetContacts {
    let ContactsView { mail, second_mail, phones, webhook, quiet, preferred, .. } = now;
    SetContacts { mail, second_mail, phones, webhook, quiet, preferred, ..SetContacts::default() }
}

fn changed(settings: &ChannelSettings, now: ContactsView) -> anyhow::Result<SetContacts> {
    let mut set = kept(now);
    set.mail = settings.mail.clone().or(set.mail);
    set.second_mail = settings.second_mail.clone().or(set.second_mail);
    set.webhook = settings.webhook.clone().or(set.webhook);
    set.preferred = settings.prefer.or(set.preferred);
    set.new_secret = settings.new_secret;
    if !settings.phones.is_empty() {
        set.phones.clone_from(&settings.phones);
    }
    if let [zone, from, to] = settings.quiet.as_slice() {
        let time = |text: &str| {
            text.parse()
                .map_err(|_| crate::bad_input::BadInput::new(format!("{text} is not a time such as 22:00")))
        };
        set.quiet = Some(QuietHours { zone: zone.clone(), from: time(from)?, to: time(to)? });
    }
    Ok(set)
}

fn without(what: Part, mut set: SetContacts) -> SetContacts {
    match what {
        Part::Mail => set.mail = None,
        Part::SecondMail => set.second_mail = None,
        Part::Phones => set.phones.clear(),
        Part::Webhook => set.webhook = None,
        Part::Quiet => set.quiet = None,
        Part::Prefer => set.preferred = None,
    }
    // What is not there any more cannot be tried first.
    let gone = match set.preferred {
        Some(Way::Webhook) => set.webhook.is_none(),
        Some(Way::Mail) => set.mail.is_none(),
        Some(Way::SecondMail) => set.second_mail.is_none(),
        None => false,
    };
    if gone {
        set.preferred = None;
    }
    set
}

/// Names a relay, or takes that back.
///
/// # Errors
/// When the service cannot be reached or refuses.
pub async fn delegate(client: &Client, command: &DelegateCommand) -> anyhow::Result<()> {
    let path = own_path(client, "delegates").await?;
    let (act, word) = match command {
        DelegateCommand::Name { relay, level } => {
            (DelegateAct::Name { relay: relay.clone(), level: *level }, "named")
        }
        DelegateCommand::Remove { relay } => (DelegateAct::Remove { relay: relay.clone() }, "removed"),
    };
    let fresh = Machine.draw(None).bytes();
    let done: Value = client.post(&path, &key_of(&[&fresh]), &act).await?;
    if !done.is_object() {
        bail!("the answer of the service is not understood");
    }
    println!("{word}");
    Ok(())
}
