//! Delivery status notifications as mail servers write them, and what is not one.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use forewarn_formats::bounce::{Bounce, Fate, read};
use forewarn_formats::json::{Limits, Problem};
use proptest::prelude::*;
use proptest::sample::Index;

const RETURNED: &str = include_str!("../../../fuzz/seeds/bounce/returned.eml");
const HEADERS: &str = include_str!("../../../fuzz/seeds/bounce/headers.eml");
const ADDRESS: &str = include_str!("../../../fuzz/seeds/bounce/address.eml");
const ENVELOPE: &str = include_str!("../../../fuzz/seeds/bounce/envelope.eml");
const UNKNOWN: &str = include_str!("../../../fuzz/seeds/bounce/unknown.eml");
const ID: &str = "0f8fad5bd9cb469fa165b7ef4d3c1a11";

fn said(text: &str) -> Result<Bounce, Problem> {
    read(text.as_bytes(), &Limits::finding())
}

fn bounce(fate: Fate, status: &str) -> Bounce {
    Bounce { message: Some(ID.to_owned()), fate, status: status.to_owned() }
}

#[test]
fn the_message_is_found_wherever_a_server_names_it() {
    assert_eq!(said(RETURNED), Ok(bounce(Fate::Failed, "5.1.1")), "the whole mail came back");
    assert_eq!(said(HEADERS), Ok(bounce(Fate::Delayed, "4.4.7")), "its header came back");
    assert_eq!(said(ADDRESS), Ok(bounce(Fate::Failed, "5.1.1")), "only the address tells");
    assert_eq!(said(ENVELOPE), Ok(bounce(Fate::Failed, "5.0.0")), "a status that is none is the class alone");
    let none = Bounce { message: None, ..bounce(Fate::Failed, "5.1.1") };
    assert_eq!(said(UNKNOWN), Ok(none));
    // Line ends of Unix, as a folder of mails may have them.
    assert_eq!(said(&RETURNED.replace("\r\n", "\n")), Ok(bounce(Fate::Failed, "5.1.1")));
}

#[test]
fn the_worst_of_several_recipients_counts() {
    let other =
        "Final-Recipient: rfc822; other@operator.example\r\nAction: relayed\r\nStatus: 2.0.0\r\n\r\n--edge";
    let several = RETURNED.replacen(
        "\r\n--edge\r\nContent-Type: message/rfc822",
        &format!("\r\n{other}\r\nContent-Type: message/rfc822"),
        1,
    );
    assert_ne!(several, RETURNED);
    assert_eq!(said(&several), Ok(bounce(Fate::Failed, "5.1.1")));
    let arrived =
        RETURNED.replace("Action: failed", "Action: delivered").replace("Status: 5.1.1", "Status: 2.1.5");
    assert_eq!(said(&arrived), Ok(bounce(Fate::Arrived, "2.1.5")));
}

#[test]
fn what_is_no_notification_is_refused_without_quoting_it() {
    let plain = "Subject: secret holiday\r\n\r\nI am away until secret.\r\n";
    let deep = "Content-Type: message/rfc822\r\n\r\n".repeat(30_000);
    let silent = RETURNED.replace("Action: failed\r\n", "");
    for (text, message) in [
        (plain, "not a delivery status notification (RFC 3464)"),
        (deep.as_str(), "more parts than a notification has"),
        (silent.as_str(), "it does not say what became of the mail"),
    ] {
        let problem = said(text).unwrap_err();
        assert_eq!((problem.place.as_str(), problem.message.as_str()), ("message", message));
    }
    let problem = read(RETURNED.as_bytes(), &Limits { bytes: 10, ..Limits::finding() }).unwrap_err();
    assert_eq!(problem.message, "larger than the 10 bytes allowed");
}

/// A part that is left open inside another: the parser below asserts that this cannot be.
#[test]
fn a_mail_that_the_parser_stumbles_over_is_no_notification_and_no_panic() {
    let broken = include_bytes!("../../../fuzz/seeds/bounce/broken-parts.eml");
    let _ = read(broken, &Limits::finding());
    assert!(read(RETURNED.as_bytes(), &Limits::finding()).is_ok(), "and the next one is read");
}

proptest! {
    /// No bytes make the reader panic, and what it says is always of its own form.
    #[test]
    fn a_notification_with_something_changed(at in any::<Index>(), length in 0..60_usize, new in "[ -~\r\n]{0,30}") {
        let from = at.index(RETURNED.len());
        let until = (from + length).min(RETURNED.len());
        let changed = format!("{}{new}{}", &RETURNED[..from], &RETURNED[until..]);
        if let Ok(bounce) = said(&changed) {
            prop_assert!(bounce.status.split('.').count() == 3 && bounce.status.len() <= 9);
            let plain = |id: &String| id.len() == 32 && id.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
            prop_assert!(bounce.message.as_ref().is_none_or(plain));
        }
    }

    #[test]
    fn noise(bytes in proptest::collection::vec(any::<u8>(), 0..2_000)) {
        let _ = read(&bytes, &Limits::finding());
    }
}
