//! The options of `forewarn serve` for what leaves the house: mail and webhooks.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context;
use clap::Args;
use forewarn_server::outgoing::smtp::Smtp;
use forewarn_server::outgoing::webhook::{SystemLookup, Webhooks};
use forewarn_server::outgoing::witnesses::AtUrl;
use forewarn_server::outgoing::{Mailer, Outgoing};

use crate::bad_input::BadInput;

/// What is said of an address that is none.
const NOT_A_URL: &str = "--address is not a URL such as https://notices.example.org";
/// Largest file of certificates, in bytes.
const LARGEST_CERTIFICATES: u64 = 1 << 20;

/// How recipients are told that a notice waits.
#[derive(Args)]
pub struct OutgoingArguments {
    /// Address of the service as people reach it; mails name it. Needed for mail.
    #[arg(long, env = "FOREWARN_ADDRESS", value_name = "URL")]
    address: Option<String>,
    /// Mail server: smtps://user:password@mail.example.org for TLS from the start, smtp://mail.example.org:587 for
    /// STARTTLS, which is then required, or smtp://localhost?tls=none for a relay on this machine. No mail without it.
    #[arg(long, env = "FOREWARN_SMTP", value_name = "URL", hide_env_values = true)]
    smtp: Option<String>,
    /// Sender of mails. Its mailbox gets the bounces, unless --mail-bounces is given: give them to `forewarn notices
    /// bounced`.
    #[arg(long, env = "FOREWARN_MAIL_FROM", value_name = "ADDRESS")]
    mail_from: Option<String>,
    /// Address that mails which come back go to; each has its own tag, as in bounces+TAG@example.org. Its mailbox takes
    /// every tag.
    #[arg(long, env = "FOREWARN_MAIL_BOUNCES", value_name = "ADDRESS")]
    mail_bounces: Option<String>,
    /// Certificates (PEM) that the mail server may show beside those everybody trusts.
    #[arg(long, env = "FOREWARN_SMTP_CA", value_name = "FILE")]
    smtp_ca: Option<PathBuf>,
    /// Webhooks may be on addresses that are not of the public internet, and plain HTTP: for a closed network only.
    #[arg(long, env = "FOREWARN_WEBHOOKS_INSIDE")]
    webhooks_inside: bool,
    /// Witness that cosigns checkpoints of the log, as KEY@URL; may be given more than once. It learns how many acts
    /// there were.
    #[arg(long = "witness", env = "FOREWARN_WITNESSES", value_name = "KEY@URL", value_delimiter = ' ')]
    witnesses: Vec<String>,
}

impl OutgoingArguments {
    /// The means they describe.
    ///
    /// # Errors
    /// When they do not go together; the text names the option and quotes no password.
    pub fn open(&self) -> anyhow::Result<Outgoing> {
        let webhooks = Webhooks::new(self.webhooks_inside, Arc::new(SystemLookup));
        let caller = webhooks.context("the HTTP client for webhooks cannot be made")?;
        let mut outgoing = Outgoing { caller: Some(Arc::new(caller)), ..Outgoing::default() };
        for witness in &self.witnesses {
            outgoing.witnesses.push(Arc::new(AtUrl::parse(witness).context("--witness")?));
        }
        if let Some(smtp) = &self.smtp {
            let Some(address) = &self.address else {
                return Err(BadInput::new(
                    "--smtp needs --address: mails name the address at which people read the notice",
                )
                .into());
            };
            let Some(from) = &self.mail_from else {
                return Err(BadInput::new("--smtp needs --mail-from: mails have a sender").into());
            };
            outgoing.address = plain_url(address)?;
            outgoing.from = sender("--mail-from", from)?;
            outgoing.bounces =
                self.mail_bounces.as_deref().map(|text| sender("--mail-bounces", text)).transpose()?;
            outgoing.mailer = Some(self.mailer(smtp)?);
        }
        Ok(outgoing)
    }

    fn mailer(&self, smtp: &str) -> anyhow::Result<Arc<dyn Mailer>> {
        let roots = self.smtp_ca.as_ref().map(|path| -> anyhow::Result<Vec<u8>> {
            let shown = || format!("--smtp-ca {} cannot be read", path.display());
            let size = std::fs::metadata(path).map_err(|_| BadInput::new(shown()))?.len();
            if size > LARGEST_CERTIFICATES {
                return Err(
                    BadInput::new(format!("--smtp-ca {} is larger than 1 MiB", path.display())).into()
                );
            }
            Ok(std::fs::read(path).map_err(|_| BadInput::new(shown()))?)
        });
        let mailer = Smtp::new(smtp, roots.transpose()?.as_deref());
        let mailer = mailer.map_err(|problem| BadInput::new(format!("--smtp: {problem}")))?;
        Ok(Arc::new(mailer))
    }
}

/// An address of one line of ASCII: it is written into mails.
fn plain_url(text: &str) -> anyhow::Result<String> {
    let url = reqwest::Url::parse(text).map_err(|_| BadInput::new(NOT_A_URL))?;
    if !matches!(url.scheme(), "https" | "http") || url.password().is_some() || text.len() > 500 {
        return Err(BadInput::new(NOT_A_URL).into());
    }
    Ok(url.to_string())
}

fn sender(option: &str, text: &str) -> anyhow::Result<String> {
    let plain = text.len() <= 254
        && text.bytes().all(|byte| byte.is_ascii_graphic() && !b"<>()[],;:\\\"".contains(&byte))
        && text.split('@').filter(|part| !part.is_empty()).count() == 2
        && text.matches('@').count() == 1;
    if !plain {
        return Err(
            BadInput::new(format!("{option} is not a plain address such as notices@example.org")).into()
        );
    }
    Ok(text.to_owned())
}
