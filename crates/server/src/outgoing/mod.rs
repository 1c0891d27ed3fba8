//! Words that leave the house: a mail or an HTTP request that says "a notice waits" and nothing else. What they are
//! about is read in the service, after signing in.

pub mod addresses;
pub mod mail;
pub mod smtp;
pub mod webhook;
pub mod witnesses;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use forewarn_core::notice::Outcome;

use mail::Mail;
use webhook::Request;

/// How an attempt ended, with the number the other side answered with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sent {
    /// How it ended.
    pub outcome: Outcome,
    /// SMTP reply code or HTTP status.
    pub code: Option<u16>,
}

/// An attempt under way. It ends in bounded time.
pub type Sending<'a> = Pin<Box<dyn Future<Output = Sent> + Send + 'a>>;

/// Takes mails to a mail server.
pub trait Mailer: Send + Sync {
    /// Hands over one mail.
    fn send<'a>(&'a self, mail: &'a Mail) -> Sending<'a>;
}

/// Takes requests to the services of organisations.
pub trait Caller: Send + Sync {
    /// Sends one request.
    fn send<'a>(&'a self, request: &'a Request) -> Sending<'a>;
}

/// The means there are to reach somebody outside.
#[derive(Clone, Default)]
pub struct Outgoing {
    /// Address of the service as people reach it, as mails name it.
    pub address: String,
    /// The sender's address of mails.
    pub from: String,
    /// The address that mails which come back go to, tagged with the id of each; that of [`Outgoing::from`] without it.
    pub bounces: Option<String>,
    /// The mail server; no mail is sent without one.
    pub mailer: Option<Arc<dyn Mailer>>,
    /// The HTTP client; no webhook is called without one.
    pub caller: Option<Arc<dyn Caller>>,
    /// Witnesses that are asked to cosign the log's checkpoints.
    pub witnesses: Vec<Arc<dyn witnesses::AsksWitness>>,
}
