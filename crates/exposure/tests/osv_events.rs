//! OSV event ranges against the pseudo-code of the OSV schema ("Evaluation"), asked version by version.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod shared;

use std::collections::BTreeMap;

use forewarn_exposure::osv::ranges_from_events;
use forewarn_exposure::{Bound, OsvEvent, Range, RangeProblem, Scheme, Version};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use shared::versions::texts;

const ECOSYSTEMS: [Scheme; 4] = [Scheme::SemVer, Scheme::Pep440, Scheme::Debian, Scheme::Maven];

/// The schema's `IncludedInRanges` for one range. Events must have an order: no two at one version.
fn reference(scheme: Scheme, events: &[OsvEvent], version: &Version) -> bool {
    let at = |text: &str| if text == "0" { None } else { Some(scheme.parse(text).unwrap()) };
    let mut limits = events.iter().filter_map(|event| match event {
        OsvEvent::Limit(text) => Some(text),
        _ => None,
    });
    let unlimited = limits.clone().next().is_none();
    if !unlimited && !limits.any(|limit| limit == "*" || *version < scheme.parse(limit).unwrap()) {
        return false;
    }
    let mut sorted: Vec<_> = events.iter().filter(|event| !matches!(event, OsvEvent::Limit(_))).collect();
    sorted.sort_by_key(|event| match event {
        OsvEvent::Introduced(text) | OsvEvent::Fixed(text) | OsvEvent::LastAffected(text) => at(text),
        OsvEvent::Limit(_) => unreachable!("taken out above"),
    });
    let mut vulnerable = false;
    for event in sorted {
        match event {
            OsvEvent::Introduced(text) if at(text).is_none_or(|from| *version >= from) => vulnerable = true,
            OsvEvent::Fixed(text) if *version >= scheme.parse(text).unwrap() => vulnerable = false,
            OsvEvent::LastAffected(text) if *version > scheme.parse(text).unwrap() => vulnerable = false,
            _ => {}
        }
    }
    vulnerable
}

/// Different versions of one scheme, oldest first.
fn versions(scheme: Scheme) -> impl Strategy<Value = Vec<(String, Version)>> {
    prop::collection::vec(texts(scheme), 4..14).prop_map(move |texts| {
        let first = scheme.parse("0").unwrap();
        let read = texts.into_iter().filter_map(|text| Some((scheme.parse(&text).ok()?, text)));
        let line = read.filter(|(version, _)| *version != first && version.comparable(&first));
        let distinct: BTreeMap<Version, String> = line.collect();
        distinct.into_iter().map(|(version, text)| (text, version)).collect()
    })
}

/// Events at different versions, in any order, and the versions to ask about.
fn case() -> impl Strategy<Value = (Scheme, Vec<OsvEvent>, Vec<(String, Version)>)> {
    let pool = select(ECOSYSTEMS.to_vec()).prop_flat_map(|scheme| (Just(scheme), versions(scheme)));
    pool.prop_flat_map(|(scheme, pool)| {
        let all: Vec<String> = pool.iter().map(|(text, _)| text.clone()).collect();
        let most = all.len().min(6);
        let changes = (subsequence(all.clone(), 0..=most), prop::collection::vec(0..4_u8, 6)).prop_map(
            |(chosen, kinds)| {
                let event = |(text, kind): (String, u8)| match kind {
                    0 | 1 => OsvEvent::Introduced(text),
                    2 => OsvEvent::Fixed(text),
                    _ => OsvEvent::LastAffected(text),
                };
                chosen.into_iter().zip(kinds).map(event).collect::<Vec<_>>()
            },
        );
        let limits = subsequence(all, 0..=pool.len().min(2))
            .prop_map(|texts| texts.into_iter().map(OsvEvent::Limit).collect::<Vec<_>>());
        let no_limit = prop::option::weighted(0.1, Just(OsvEvent::Limit("*".into())));
        let origin = prop::option::weighted(0.7, Just(OsvEvent::Introduced("0".into())));
        let events =
            (changes, limits, no_limit, origin).prop_map(|(mut events, limits, no_limit, origin)| {
                events.extend(limits);
                events.extend(no_limit);
                events.extend(origin);
                events
            });
        (Just(scheme), events.prop_shuffle(), Just(pool))
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    #[test]
    fn ranges_say_what_the_pseudo_code_says((scheme, events, versions) in case()) {
        let ranges = match ranges_from_events(scheme, &events) {
            Ok(ranges) => ranges,
            Err(RangeProblem::NoIntroduced) => {
                prop_assert!(!events.iter().any(|event| matches!(event, OsvEvent::Introduced(_))));
                return Ok(());
            }
            Err(RangeProblem::Nothing) => Vec::new(),
            Err(other) => return Err(TestCaseError::fail(other.to_string())),
        };
        for (text, version) in &versions {
            let inside = ranges.iter().any(|range| range.contains(&scheme, version).unwrap());
            prop_assert_eq!(inside, reference(scheme, &events, version), "{} in {:?}", text, ranges);
        }
        // Oldest first and apart, so that no version is said to be inside twice.
        for (text, version) in &versions {
            let inside = ranges.iter().filter(|range| range.contains(&scheme, version).unwrap()).count();
            prop_assert!(inside <= 1, "{} in {:?}", text, ranges);
        }
    }

    #[test]
    fn any_event_is_read_or_refused(
        texts in prop::collection::vec((0..4_u8, "[0-9a-z.*~:+-]{0,8}"), 0..6),
        scheme in select(ECOSYSTEMS.to_vec()),
    ) {
        let event = |(kind, text): (u8, String)| match kind {
            0 => OsvEvent::Introduced(text),
            1 => OsvEvent::Fixed(text),
            2 => OsvEvent::LastAffected(text),
            _ => OsvEvent::Limit(text),
        };
        let events: Vec<_> = texts.into_iter().map(event).collect();
        if let Ok(ranges) = ranges_from_events(scheme, &events) {
            prop_assert!(!ranges.is_empty());
        }
    }
}

fn introduced(text: &str) -> OsvEvent {
    OsvEvent::Introduced(text.into())
}

fn fixed(text: &str) -> OsvEvent {
    OsvEvent::Fixed(text.into())
}

fn last(text: &str) -> OsvEvent {
    OsvEvent::LastAffected(text.into())
}

fn limit(text: &str) -> OsvEvent {
    OsvEvent::Limit(text.into())
}

fn written(events: &[OsvEvent]) -> String {
    match ranges_from_events(Scheme::SemVer, events) {
        Ok(ranges) => ranges.iter().map(ToString::to_string).collect::<Vec<_>>().join(" | "),
        Err(problem) => problem.to_string(),
    }
}

#[test]
fn events_become_ranges() {
    let table: &[(&[OsvEvent], &str)] = &[
        (&[introduced("0")], "all versions"),
        (&[introduced("0"), fixed("1.2")], "<1.2"),
        (&[fixed("1.2"), introduced("0")], "<1.2"),
        (&[introduced("0"), last("1.2")], "<=1.2"),
        (&[introduced("1.0"), fixed("1.2"), introduced("2.0"), fixed("2.1")], ">=1.0, <1.2 | >=2.0, <2.1"),
        (&[introduced("1.0"), introduced("1.1"), fixed("1.2")], ">=1.0, <1.2"),
        (&[introduced("1.0"), fixed("1.2"), fixed("1.3")], ">=1.0, <1.2"),
        (&[introduced("1.0"), fixed("1.2"), introduced("1.5")], ">=1.0, <1.2 | >=1.5"),
        (&[introduced("0"), limit("2.0")], "<2.0"),
        (&[introduced("0"), limit("2.0"), limit("1.0")], "<2.0"),
        (&[introduced("0"), limit("2.0"), limit("*")], "all versions"),
        (&[introduced("0"), last("2.0"), limit("2.0")], "<2.0"),
        (&[introduced("0"), last("1.0"), limit("2.0")], "<=1.0"),
        (&[introduced("1.0"), fixed("1.1"), introduced("3.0"), limit("2.0")], ">=1.0, <1.1"),
        (&[introduced("2.0"), limit("2.0")], "the events cover no version"),
        (&[fixed("1.0")], "no `introduced` event"),
        (&[], "no `introduced` event"),
        (&[introduced("0"), fixed("next")], "\"next\" is not a SemVer version"),
        (&[introduced("0"), limit("next")], "\"next\" is not a SemVer version"),
        (&[introduced("latest")], "\"latest\" does not name a version"),
    ];
    for (events, expected) in table {
        assert_eq!(&written(events), expected, "{events:?}");
    }
}

/// Events at one version, where the pseudo-code leaves the order open.
#[test]
fn events_at_one_version() {
    let table: &[(&[OsvEvent], &str)] = &[
        (&[introduced("1.0"), fixed("1.0")], "the events cover no version"),
        (&[fixed("1.0.0"), introduced("1.0")], "the events cover no version"),
        (&[introduced("1.0"), last("1.0")], "=1.0"),
        (&[last("1.0"), introduced("1.0")], "=1.0"),
        (&[introduced("0"), fixed("1.0"), introduced("1.0"), fixed("2.0")], "<2.0"),
        (&[introduced("0"), last("1.0"), introduced("1.0"), fixed("2.0")], "<2.0"),
        (&[introduced("1.0"), fixed("2.0"), last("2.0")], ">=1.0, <2.0"),
    ];
    for (events, expected) in table {
        assert_eq!(&written(events), expected, "{events:?}");
    }
}

/// `0` is before every version, also before `0-alpha`; as a fix it is the version 0.
#[test]
fn zero_is_before_all() {
    let range = Range { from: Bound::Open, to: Bound::Excluded("0".into()) };
    assert_eq!(ranges_from_events(Scheme::SemVer, &[introduced("0"), fixed("0")]), Ok(vec![range.clone()]));
    let early = Scheme::SemVer.parse("0.0.0-alpha").unwrap();
    assert_eq!(range.contains(&Scheme::SemVer, &early), Ok(true));
}
