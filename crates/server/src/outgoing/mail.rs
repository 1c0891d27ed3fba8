//! The one mail there is. Everything but recipient, message id and the moment of sending is constant for an instance:
//! who reads the mail, or the log of a mail server, learns that the recipient has a notice, and nothing about it.

use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimePrinter;
use uuid::Uuid;

use super::Outgoing;

/// A mail, ready for a mail server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    /// Sender, for the envelope.
    pub from: String,
    /// Recipient, for the envelope.
    pub to: String,
    /// Message with headers (RFC 5322), ASCII, lines separated by CR LF; the protocol ends the last one.
    pub bytes: Vec<u8>,
}

/// Writes the mail. `id` is random and becomes the message id, so that a server that gets the same mail twice can tell,
/// and a part of the sender of the envelope where bounces have an address of their own.
pub fn waiting(outgoing: &Outgoing, to: &str, id: Uuid, at: Timestamp) -> Mail {
    let Outgoing { from, bounces, address: service, .. } = outgoing;
    let domain = from.rsplit_once('@').map_or("localhost", |(_, domain)| domain);
    let date = DateTimePrinter::new().timestamp_to_string(&at).unwrap_or_default();
    let lines = [
        format!("From: Forewarn <{from}>"),
        format!("To: <{to}>"),
        format!("Date: {date}"),
        format!("Message-ID: <{}@{domain}>", id.simple()),
        "Subject: A notice waits".into(),
        "Auto-Submitted: auto-generated".into(),
        "MIME-Version: 1.0".into(),
        "Content-Type: text/plain; charset=us-ascii".into(),
        "Content-Transfer-Encoding: 7bit".into(),
        String::new(),
        "A notice waits for your organisation.".into(),
        String::new(),
        format!("Sign in to read it: {service}"),
    ];
    let envelope = bounces.as_ref().map_or_else(|| from.clone(), |bounces| tagged(bounces, id));
    Mail { from: envelope, to: to.to_owned(), bytes: lines.join("\r\n").into_bytes() }
}

/// An address with a tag, `local+tag@domain` (RFC 5233 calls it a detail).
fn tagged(address: &str, id: Uuid) -> String {
    let (local, domain) = address.rsplit_once('@').unwrap_or((address, "localhost"));
    format!("{local}+{}@{domain}", id.simple())
}
