//! Delivery status notifications (RFC 3464 in the multipart/report of RFC 6522): what a mail server says became of a mail.
//!
//! Only mails to one recipient are sent here, so a notification is about one; where it names several, the worst counts.

use mail_parser::{HeaderName, Message, MessageParser, MessagePart, MimeHeaders, PartType};

use crate::json::{Limits, Problem};

/// Most header fields that name a type of content: each entity of a message has its own, so this bounds how deep one
/// message is inside another.
const ENTITIES: usize = 100;
/// Digits of the id of one of our messages.
const ID: usize = 32;

/// What became of a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fate {
    /// It arrived, or went on to where no further notifications come from.
    Arrived,
    /// It has not arrived yet; the server goes on trying.
    Delayed,
    /// It will not arrive.
    Failed,
}

/// What a notification says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bounce {
    /// Id of our message that it is about, 32 lower-case hex digits; `None` where the notification does not say.
    pub message: Option<String>,
    /// What became of it.
    pub fate: Fate,
    /// Enhanced status code (RFC 3463), such as `5.1.1`.
    pub status: String,
}

/// Reads one notification.
///
/// The id of our message is looked for in the message id of what was returned, in the envelope id, in the address that
/// the notification went to (`bounces+ID@...`), and in what it answers.
///
/// # Errors
/// A [`Problem`] when the message is larger than `limits` say, or is no delivery status notification.
pub fn read(bytes: &[u8], limits: &Limits) -> Result<Bounce, Problem> {
    let refused = |message: &str| Problem { place: "message".to_owned(), message: message.to_owned() };
    if bytes.len() > limits.bytes {
        return Err(refused(&format!("larger than the {} bytes allowed", limits.bytes)));
    }
    if entities(bytes) > ENTITIES {
        return Err(refused("more parts than a notification has"));
    }
    let message = parsed(bytes).ok_or_else(|| refused("not a mail"))?;
    let status = message.parts.iter().find(|part| is(part, "message", "delivery-status"));
    let status = status.ok_or_else(|| refused("not a delivery status notification (RFC 3464)"))?;
    let text = String::from_utf8_lossy(status.contents()).into_owned();
    let groups = groups(&text);
    let fates = groups.iter().skip(1).filter_map(fate);
    let (fate, status) = fates.max().ok_or_else(|| refused("it does not say what became of the mail"))?;
    Ok(Bounce { message: id(&message, &groups), fate, status })
}

/// The parser asserts what hostile mails break; whatever it does with one, the mail is none.
fn parsed(bytes: &[u8]) -> Option<Message<'_>> {
    std::panic::catch_unwind(|| MessageParser::default().parse(bytes)).ok().flatten()
}

fn entities(bytes: &[u8]) -> usize {
    let name = b"content-type";
    bytes.windows(name.len()).filter(|window| window.eq_ignore_ascii_case(name)).count()
}

fn is(part: &MessagePart<'_>, kind: &str, subtype: &str) -> bool {
    part.content_type().is_some_and(|found| {
        found.ctype().eq_ignore_ascii_case(kind)
            && found.subtype().is_some_and(|found| found.eq_ignore_ascii_case(subtype))
    })
}

/// Fields of one group, in order.
type Group = Vec<(String, String)>;

/// The groups of fields that blank lines separate, folded lines joined (RFC 5322, 2.2.3).
fn groups(text: &str) -> Vec<Group> {
    let mut groups = vec![Group::new()];
    for line in text.lines() {
        let Some(group) = groups.last_mut() else { break };
        match line.split_once(':') {
            _ if line.trim().is_empty() && group.is_empty() => {}
            _ if line.trim().is_empty() => groups.push(Group::new()),
            _ if line.starts_with([' ', '\t']) => {
                if let Some((_, value)) = group.last_mut() {
                    value.push(' ');
                    value.push_str(line.trim());
                }
            }
            Some((name, value)) => group.push((name.trim().to_ascii_lowercase(), value.trim().to_owned())),
            None => {}
        }
    }
    groups
}

fn field<'g>(group: &'g Group, name: &str) -> Option<&'g str> {
    group.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
}

/// What one group says of one recipient (RFC 3464, 2.3.3 and 2.3.4).
fn fate(group: &Group) -> Option<(Fate, String)> {
    let word = |text: &str| text.split([' ', '\t', '(', ';']).next().unwrap_or_default().to_ascii_lowercase();
    let (fate, usual) = match word(field(group, "action")?).as_str() {
        "failed" => (Fate::Failed, "5.0.0"),
        "delayed" => (Fate::Delayed, "4.0.0"),
        "delivered" | "relayed" | "expanded" => (Fate::Arrived, "2.0.0"),
        _ => return None,
    };
    let status = field(group, "status").map(word).filter(|status| is_status(status));
    Some((fate, status.unwrap_or_else(|| usual.to_owned())))
}

/// A class and two numbers of one to three digits (RFC 3463, section 2).
fn is_status(text: &str) -> bool {
    let parts: Vec<&str> = text.split('.').collect();
    let number =
        |part: &&str| (1..=3).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
    parts.len() == 3 && matches!(parts[0], "2" | "4" | "5") && parts.iter().all(number)
}

fn id(message: &Message<'_>, groups: &[Group]) -> Option<String> {
    let returned = message.parts.iter().filter_map(|part| match &part.body {
        PartType::Message(inner) => inner.message_id().map(str::to_owned),
        PartType::Text(text) if is(part, "text", "rfc822-headers") => {
            self::groups(text).first().and_then(|group| field(group, "message-id").map(str::to_owned))
        }
        _ => None,
    });
    let envelope = groups.first().and_then(|group| field(group, "original-envelope-id")).map(str::to_owned);
    let raw = |name: &'static str| message.header_raw(HeaderName::Other(name.into())).map(str::to_owned);
    let to = ["X-Original-To", "Delivered-To", "Envelope-To"].into_iter().filter_map(raw);
    let known = [HeaderName::To, HeaderName::InReplyTo, HeaderName::References];
    let known = known.into_iter().filter_map(|name| message.header_raw(name).map(str::to_owned));
    returned.chain(envelope).chain(to).chain(known).find_map(|text| hex_in(&text))
}

/// The first run of exactly 32 hex digits.
fn hex_in(text: &str) -> Option<String> {
    let runs = text.split(|c: char| !c.is_ascii_alphanumeric());
    let mut ids = runs.filter(|run| run.len() == ID && run.bytes().all(|byte| byte.is_ascii_hexdigit()));
    ids.next().map(str::to_ascii_lowercase)
}
