//! How an organisation is reached outside the service: addresses, a webhook, people to call, hours of quiet.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::Time;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::decision::{Refusal, require};

/// Longest mail address, in bytes (RFC 5321, section 4.5.3.1, less the angle brackets).
pub const ADDRESS_LIMIT: usize = 254;
/// Longest webhook URL, in bytes.
pub const URL_LIMIT: usize = 2000;
/// Most lines of the phone list.
pub const PHONES_LIMIT: usize = 20;
/// Longest stretch of quiet, in minutes: a message never waits longer than this for the morning.
pub const QUIET_LIMIT: i64 = 14 * 60;

/// A way for a word to leave the house.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Way {
    /// An HTTP request to the organisation's own service.
    Webhook,
    /// A mail to the first contact.
    Mail,
    /// A mail to the second contact.
    SecondMail,
}

impl Way {
    /// Name as shown and stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Way::Webhook => "webhook",
            Way::Mail => "mail",
            Way::SecondMail => "second-mail",
        }
    }
}

/// Where an HTTP request is sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Webhook {
    /// Address.
    pub url: String,
    /// Names the signing secret. The secret itself is derived from the service's key and is stored nowhere.
    pub secret: Uuid,
}

/// Hours in which people sleep, by the clock on their wall.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QuietHours {
    /// IANA time zone.
    pub zone: String,
    /// First minute of quiet.
    pub from: Time,
    /// First minute after it; before `from` when it reaches over midnight.
    pub to: Time,
}

impl QuietHours {
    /// When the quiet that holds at `now` ends; `None` when it does not hold. A zone that is not known any more, or a
    /// wall clock that is set back over the end, means no quiet: a message is rather sent than held.
    pub fn end(&self, now: Timestamp) -> Option<Timestamp> {
        let zone = TimeZone::get(&self.zone).ok()?;
        let local = zone.to_datetime(now);
        let time = local.time();
        let holds = if self.from < self.to {
            self.from <= time && time < self.to
        } else {
            self.from <= time || time < self.to
        };
        let date = if time < self.to { local.date() } else { local.date().tomorrow().ok()? };
        let end = zone.to_timestamp(date.to_datetime(self.to)).ok()?;
        (holds && now < end).then_some(end)
    }

    fn minutes(&self) -> i64 {
        let minute = |time: Time| i64::from(time.hour()) * 60 + i64::from(time.minute());
        (minute(self.to) - minute(self.from)).rem_euclid(24 * 60)
    }
}

/// How an organisation is reached. What it sets replaces what was.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Contacts {
    /// Mail address of the first contact.
    #[serde(default)]
    pub mail: Option<String>,
    /// Mail address of the second contact, for when the first does not answer.
    #[serde(default)]
    pub second_mail: Option<String>,
    /// Whom to call, in the order in which to try: words for a person who dials.
    #[serde(default)]
    pub phones: Vec<String>,
    /// Its own service.
    #[serde(default)]
    pub webhook: Option<Webhook>,
    /// When messages that are not of the top tier wait.
    #[serde(default)]
    pub quiet: Option<QuietHours>,
    /// Which way is tried first; otherwise the webhook, then mail.
    #[serde(default)]
    pub preferred: Option<Way>,
}

impl Contacts {
    /// The ways there are.
    pub fn ways(&self) -> BTreeSet<Way> {
        let all = [
            (self.webhook.is_some(), Way::Webhook),
            (self.mail.is_some(), Way::Mail),
            (self.second_mail.is_some(), Way::SecondMail),
        ];
        all.into_iter().filter_map(|(there, way)| there.then_some(way)).collect()
    }

    /// The address of a mail way.
    pub fn address(&self, way: Way) -> Option<&str> {
        match way {
            Way::Mail => self.mail.as_deref(),
            Way::SecondMail => self.second_mail.as_deref(),
            Way::Webhook => None,
        }
    }

    /// Refuses what could not be used.
    pub(super) fn check(&self) -> Result<(), Refusal> {
        check_address("/mail", self.mail.as_deref())?;
        check_address("/second_mail", self.second_mail.as_deref())?;
        let few = self.phones.len() <= PHONES_LIMIT && self.phones.iter().all(|line| is_line(line));
        let message = "give at most 20 lines of 1 to 200 characters without control characters";
        require(few, Refusal::Invalid { field: "/phones", message })?;
        let url = self.webhook.as_ref().is_none_or(|webhook| is_url(&webhook.url));
        let message = "give an http or https URL of at most 2,000 printable ASCII characters";
        require(url, Refusal::Invalid { field: "/webhook", message })?;
        let message = "give a way that is set: webhook, mail or second-mail";
        let there = self.preferred.is_none_or(|way| self.ways().contains(&way));
        require(there, Refusal::Invalid { field: "/preferred", message })?;
        self.quiet.as_ref().map_or(Ok(()), check_quiet)
    }
}

fn check_quiet(quiet: &QuietHours) -> Result<(), Refusal> {
    let known = TimeZone::get(&quiet.zone).is_ok();
    let message = "unknown time zone; give an IANA name such as Europe/Berlin";
    require(known, Refusal::Invalid { field: "/quiet/zone", message })?;
    let message = "give quiet hours of one minute to 14 hours, to the minute";
    let whole = [quiet.from, quiet.to].iter().all(|time| time.second() == 0 && time.subsec_nanosecond() == 0);
    require(
        whole && (1..=QUIET_LIMIT).contains(&quiet.minutes()),
        Refusal::Invalid { field: "/quiet/to", message },
    )
}

/// A plain address, as every server takes it: no quoted local part, no comment, no address literal.
fn check_address(field: &'static str, address: Option<&str>) -> Result<(), Refusal> {
    let good = address.is_none_or(is_address);
    require(good, Refusal::Invalid { field, message: "give a plain mail address such as desk@example.org" })
}

pub(super) fn is_address(address: &str) -> bool {
    let Some((local, domain)) = address.rsplit_once('@') else { return false };
    let atom = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+/=?^_`{|}~-".contains(c);
    let dotted = |text: &str, allowed: &dyn Fn(char) -> bool| {
        text.split('.').all(|part| !part.is_empty() && part.chars().all(allowed))
    };
    let host = |c: char| c.is_ascii_alphanumeric() || c == '-';
    address.len() <= ADDRESS_LIMIT && local.len() <= 64 && dotted(local, &atom) && dotted(domain, &host)
}

fn is_line(text: &str) -> bool {
    (1..=200).contains(&text.trim().chars().count()) && !text.chars().any(char::is_control)
}

fn is_url(text: &str) -> bool {
    let scheme = text.starts_with("https://") || text.starts_with("http://");
    scheme && text.len() <= URL_LIMIT && text.bytes().all(|byte| byte.is_ascii_graphic())
}
