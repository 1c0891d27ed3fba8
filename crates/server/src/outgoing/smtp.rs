//! Mails by SMTP (RFC 5321), over TLS.

use std::time::Duration;

use forewarn_core::notice::Outcome;
use lettre::address::Envelope;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::{Address, AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use url::Url;

use super::mail::Mail;
use super::{Mailer, Sending, Sent};

/// Longest that one mail may take.
const LONGEST: Duration = Duration::from_secs(30);
/// Longest that the server may take for one step.
const STEP: Duration = Duration::from_secs(15);

/// A mail server.
pub struct Smtp {
    transport: AsyncSmtpTransport<Tokio1Executor>,
}

/// Why a mail server's address was not accepted. The text never quotes it, as it holds a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SmtpProblem {
    /// Not such a URL.
    #[error(
        "the mail server is not a URL such as smtps://user:password@mail.example.org (TLS from the start) or \
         smtp://mail.example.org:587 (STARTTLS, required)"
    )]
    Url,
    /// Without TLS to another machine.
    #[error("?tls=none is for a mail server on this machine only (localhost or a loopback address)")]
    Plain,
    /// The certificates are none.
    #[error("the file of certificates holds none in PEM form")]
    Certificates,
}

impl Smtp {
    /// A mail server by its URL: `smtps://` for TLS from the start (port 465), `smtp://` for STARTTLS (port 587), which
    /// is then required; `smtp://localhost?tls=none` for a relay on the same machine (port 25). User and password
    /// stand in the URL. `roots` are certificates in PEM form that are trusted beside the usual ones.
    ///
    /// # Errors
    /// [`SmtpProblem`] saying what is not right, without the password.
    pub fn new(url: &str, roots: Option<&[u8]>) -> Result<Self, SmtpProblem> {
        let url = Url::parse(url).map_err(|_| SmtpProblem::Url)?;
        let host = url.host_str().filter(|host| !host.is_empty()).ok_or(SmtpProblem::Url)?;
        let host = host.trim_matches(['[', ']']);
        let plain = match url.query() {
            None => false,
            Some("tls=none") if url.scheme() == "smtp" => true,
            Some(_) => return Err(SmtpProblem::Url),
        };
        let (tls, port) = match url.scheme() {
            "smtp" if plain && !is_local(host) => return Err(SmtpProblem::Plain),
            "smtp" if plain => (Tls::None, 25),
            "smtp" => (Tls::Required(parameters(host, roots)?), 587),
            "smtps" => (Tls::Wrapper(parameters(host, roots)?), 465),
            _ => return Err(SmtpProblem::Url),
        };
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(host)
            .tls(tls)
            .port(url.port().unwrap_or(port))
            .timeout(Some(STEP));
        if !url.username().is_empty() {
            let decoded = |text: &str| percent_decoded(text).ok_or(SmtpProblem::Url);
            let password = url.password().unwrap_or_default();
            builder = builder.credentials(Credentials::new(decoded(url.username())?, decoded(password)?));
        }
        Ok(Self { transport: builder.build() })
    }

    async fn hand_over(&self, mail: &Mail) -> Sent {
        let parsed = (mail.from.parse::<Address>(), mail.to.parse::<Address>());
        let (Ok(from), Ok(to)) = parsed else {
            return Sent { outcome: Outcome::Refused, code: None };
        };
        let Ok(envelope) = Envelope::new(Some(from), vec![to]) else {
            return Sent { outcome: Outcome::Refused, code: None };
        };
        match tokio::time::timeout(LONGEST, self.transport.send_raw(&envelope, &mail.bytes)).await {
            Err(_) => Sent { outcome: Outcome::Unreachable, code: None },
            Ok(Ok(response)) => Sent { outcome: Outcome::Accepted, code: Some(response.code().into()) },
            Ok(Err(error)) => judged(error.status().map(u16::from), error.is_permanent()),
        }
    }
}

/// What an answer means. A server that does not know this service yet (a password that changed, TLS that it wants
/// first) says so with a permanent code; that is not the recipient's fault, and is tried again.
fn judged(code: Option<u16>, permanent: bool) -> Sent {
    let ours = matches!(code, Some(530 | 534 | 535 | 538));
    let outcome = match (code, permanent) {
        (Some(_), true) if !ours => Outcome::Refused,
        (Some(_), _) => Outcome::Deferred,
        (None, _) => Outcome::Unreachable,
    };
    Sent { outcome, code }
}

impl Mailer for Smtp {
    fn send<'a>(&'a self, mail: &'a Mail) -> Sending<'a> {
        Box::pin(self.hand_over(mail))
    }
}

fn parameters(host: &str, roots: Option<&[u8]>) -> Result<TlsParameters, SmtpProblem> {
    let mut builder = TlsParameters::builder(host.to_owned());
    if let Some(pem) = roots {
        // A file without certificates would silently trust the usual ones only.
        let any = pem.windows(27).any(|window| window == b"-----BEGIN CERTIFICATE-----");
        let certificate = Certificate::from_pem(pem).map_err(|_| SmtpProblem::Certificates)?;
        builder = builder.add_root_certificate(certificate);
        if !any {
            return Err(SmtpProblem::Certificates);
        }
    }
    builder.build().map_err(|_| SmtpProblem::Certificates)
}

fn is_local(host: &str) -> bool {
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// Undoes the escapes of a URL's user and password.
fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((byte, after)) = rest.split_first() {
        rest = after;
        if *byte == b'%' {
            let (digits, after) = rest.split_at_checked(2)?;
            bytes.push(hex::decode(digits).ok()?[0]);
            rest = after;
        } else {
            bytes.push(*byte);
        }
    }
    String::from_utf8(bytes).ok()
}
