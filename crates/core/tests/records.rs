//! Event bytes, commitments, read-model rows, and content that does not print.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use forewarn_core::Secret;
use forewarn_core::advisory::Advisory;
use forewarn_core::aggregate::{Aggregate, Category, Corrupt, Projection, project};
use forewarn_core::case::Event;
use forewarn_core::event::{
    ENVELOPE_VERSION, Envelope, NewEvent, Recorded, StreamId, commitment, decode, encode,
};
use proptest::prelude::*;
use serde_json::Value;
use sha2::{Digest, Sha256};
use support::history::{Happened, History, open};
use support::random::histories;
use support::{cast, day, policy, remembered};

fn envelope<E: Clone>(data: &E, version: u64) -> Envelope<E> {
    Envelope {
        actor: "system".into(),
        at: day(0),
        data: data.clone(),
        policy: policy().digest,
        stream: "case/1".into(),
        v: ENVELOPE_VERSION,
        version,
    }
}

fn bytes_of(past: &[Happened]) -> Vec<Vec<u8>> {
    let bytes = |happened: &Happened| {
        let actor = happened.meta.actor.clone();
        let written =
            Envelope { actor, at: happened.meta.at, ..envelope(&happened.event, happened.meta.version) };
        encode(&written).unwrap()
    };
    past.iter().map(bytes).collect()
}

/// The canonical form of RFC 8785 for values without floating point numbers, written out by hand.
fn canonical(value: &Value) -> String {
    match value {
        Value::Object(members) => {
            let mut names: Vec<_> = members.keys().collect();
            names.sort();
            let members = names.iter().map(|name| format!("{}:{}", quoted(name), canonical(&members[*name])));
            format!("{{{}}}", members.collect::<Vec<_>>().join(","))
        }
        Value::Array(items) => format!("[{}]", items.iter().map(canonical).collect::<Vec<_>>().join(",")),
        Value::String(text) => quoted(text),
        Value::Number(number) => {
            assert!(!number.is_f64(), "no floating point numbers in events");
            number.to_string()
        }
        other => other.to_string(),
    }
}

fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\u{8}' => quoted.push_str("\\b"),
            '\u{c}' => quoted.push_str("\\f"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            c if c < ' ' => quoted.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => quoted.push(c),
        }
    }
    quoted + "\""
}

#[test]
fn the_bytes_of_an_event_are_exactly_these() {
    let bytes = encode(&envelope(&Event::TermsSet { terms: support::history::agreed(day(1)) }, 7)).unwrap();
    let expected = format!(
        "{{\"actor\":\"system\",\"at\":\"2026-03-02T09:00:00Z\",\"data\":{{\"kind\":\"terms-set\",\"terms\":\
         {{\"release_at\":\"2026-03-03T09:00:00Z\",\"tlp\":\"AMBER\",\"zone\":\"UTC\"}}}},\"policy\":\"{}\",\
         \"stream\":\"case/1\",\"v\":1,\"version\":7}}",
        policy().digest
    );
    assert_eq!(String::from_utf8(bytes).unwrap(), expected);
}

proptest! {
    #![proptest_config(remembered("records", 300))]

    #[test]
    fn events_are_canonical_and_read_back(history in histories()) {
        for (bytes, happened) in bytes_of(&history.past).iter().zip(&history.past) {
            let value: Value = serde_json::from_slice(bytes).unwrap();
            prop_assert_eq!(&canonical(&value).into_bytes(), bytes);
            let read: Envelope<Event> = decode(bytes).unwrap();
            prop_assert_eq!(&read.data, &happened.event);
            prop_assert_eq!(read.at, happened.meta.at);
            prop_assert_eq!(&encode(&read).unwrap(), bytes);
        }
    }

    #[test]
    fn any_text_is_canonical(text in any::<String>()) {
        let event = Event::CaseDisputed { reason: Secret::new(text) };
        let bytes = encode(&envelope(&event, 1)).unwrap();
        let value: Value = serde_json::from_slice(&bytes).unwrap();
        prop_assert_eq!(canonical(&value).into_bytes(), bytes.clone());
        prop_assert_eq!(decode::<Event>(&bytes).unwrap().data, event);
    }

    #[test]
    fn a_row_is_the_same_whether_folded_at_once_or_bit_by_bit(history in histories(), at in any::<prop::sample::Index>()) {
        let bytes = bytes_of(&history.past);
        let all: Vec<&[u8]> = bytes.iter().map(Vec::as_slice).collect();
        let replayed = project(Category::Case, None, &all).unwrap();
        let expected = Projection { doc: serde_json::to_vec(&history.case).unwrap(), facets: history.case.facets() };
        prop_assert_eq!(&replayed, &expected);
        let (before, after) = all.split_at(at.index(all.len() + 1));
        let prior = project(Category::Case, None, before).unwrap();
        prop_assert_eq!(project(Category::Case, Some(&prior.doc), after).unwrap(), expected);
    }

    #[test]
    fn a_commitment_binds_and_hides(salt in any::<[u8; 32]>(), bytes in any::<Vec<u8>>(), bit in 0..256_usize) {
        let made = commitment(&salt, &bytes);
        let by_hand = Sha256::digest([b"forewarn event 1\n".as_slice(), &salt, &bytes].concat());
        prop_assert_eq!(made.as_slice(), by_hand.as_slice());
        let mut other = salt;
        other[bit / 8] ^= 1 << (bit % 8);
        prop_assert_ne!(commitment(&other, &bytes), made);
        prop_assert_ne!(commitment(&salt, &[bytes.as_slice(), &[0]].concat()), made);
    }
}

#[test]
fn a_recorded_event_is_committed_to_by_its_own_salt_and_bytes() {
    let event = NewEvent { kind: "case-closed".into(), bytes: b"{}".to_vec(), salt: [7; 32] };
    let recorded = Recorded { seq: 9, stream: StreamId::new(Category::Case, "1"), version: 3, event };
    assert_eq!(recorded.commitment(), commitment(&[7; 32], b"{}"));
    assert_eq!(recorded.stream.to_string(), "case/1");
}

#[test]
fn what_cannot_be_read_is_named_and_never_quoted() {
    let good = bytes_of(&History::opened().past).remove(0);
    let text = String::from_utf8(good.clone()).unwrap();
    let secret = "Overflow in a parser";
    assert!(text.contains(secret));
    let wrong_type = text.replace("\"Overflow in a parser\"", "[\"Overflow in a parser\"]");
    let wrong_kind = text.replace("\"case-opened\"", "\"Overflow in a parser\"");
    let cut = &text[..text.len() - 2];
    for bytes in [wrong_type.as_str(), &wrong_kind, cut, "", "null"] {
        let corrupt: Corrupt = project(Category::Case, None, &[bytes.as_bytes()]).unwrap_err();
        assert_eq!(corrupt.what, "event");
        assert!(!corrupt.to_string().contains("Overflow"), "{corrupt}");
        assert!(corrupt.cause.contains("line"), "{corrupt}");
    }
    let prior = project(Category::Case, Some(br#"{"state":"Overflow"}"#), &[&good]).unwrap_err();
    assert_eq!(prior.what, "case");
    assert!(!prior.to_string().contains("Overflow"), "{prior}");
}

#[test]
fn every_category_is_found_by_its_name_and_folds_from_nothing() {
    for category in Category::ALL {
        assert_eq!(category.to_string().parse(), Ok(*category));
        assert_eq!(serde_json::to_value(category).unwrap(), category.as_str());
        let row = project(*category, None, &[]).unwrap();
        assert_eq!(project(*category, Some(&row.doc), &[]).unwrap(), row);
        assert_eq!(row.facets.public, *category == Category::Advisory, "only advisories are public");
    }
    assert!("cases".parse::<Category>().is_err());
}

#[test]
fn a_published_advisory_is_public_with_its_exact_text() {
    let published = forewarn_core::advisory::Event::AdvisoryPublished {
        case: forewarn_core::ids::CaseId(uuid::Uuid::from_u128(1)),
        number: "FW-2026-K7QX3M".into(),
        title: "Overflow".into(),
        revision: 2,
        csaf: "{ \"exact\" : 1 }\n".into(),
    };
    let bytes = encode(&envelope(&published, 1)).unwrap();
    let row = project(Category::Advisory, None, &[&bytes]).unwrap();
    let advisory: Advisory = serde_json::from_slice(&row.doc).unwrap();
    assert_eq!((advisory.csaf.as_str(), advisory.revision), ("{ \"exact\" : 1 }\n", 2));
    assert!(row.facets.public && row.facets.relations.is_empty());
}

#[test]
fn a_secret_does_not_print() {
    let secret = Secret::new("the length is not checked".to_owned());
    assert_eq!(format!("{secret:?} {secret:#?}"), "[embargoed] [embargoed]");
    assert_eq!(serde_json::to_value(&secret).unwrap(), "the length is not checked");
}

#[test]
fn bytes_of_events_and_rows_do_not_print() {
    let shown = |text: String| text.contains("77") || text.contains("MM");
    let event = NewEvent { kind: "case-opened".into(), bytes: b"MMMM".to_vec(), salt: [77; 32] };
    let recorded =
        Recorded { seq: 1, stream: StreamId::new(Category::Case, "1"), version: 1, event: event.clone() };
    let row = Projection { doc: b"MMMM".to_vec(), facets: forewarn_core::aggregate::Facets::default() };
    assert!(format!("{event:?}").contains("case-opened"));
    assert!(![format!("{event:?}"), format!("{recorded:?}"), format!("{row:?}")].into_iter().any(shown));
}

/// A log line of a state or an event shows nothing that is embargoed.
#[test]
fn no_embargoed_word_is_in_the_debug_output_of_a_case_or_its_events() {
    let reported = History::empty().by(&cast::alice(), open());
    let shared = reported.on_the_way_to(forewarn_core::case::State::Public);
    let shown = format!("{:?} {:?}", shared.case, shared.past.iter().map(|h| &h.event).collect::<Vec<_>>());
    for word in
        ["Overflow", "MITIGATION", "DETAIL", "PROOF", "a crash log", "parser", "1.0.1", "cannot reach"]
    {
        assert!(!shown.contains(word), "{word}");
    }
}
