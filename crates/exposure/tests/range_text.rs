//! Ranges as vendors write them: what is understood, what is not, and that what is shown is read back.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod shared;

use std::fs;

use forewarn_exposure::range::from_text;
use forewarn_exposure::{Bound, Range, RangeProblem, Scheme, VersionProblem};
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::Value;
use shared::versions::texts;

/// The ranges as Forewarn writes them, or `-` when a person must read the text.
fn reading(text: &str) -> String {
    match from_text(text) {
        Ok(ranges) => ranges.iter().map(ToString::to_string).collect::<Vec<_>>().join(" | "),
        Err(RangeProblem::NotUnderstood(_)) => "-".to_owned(),
        Err(other) => panic!("{text}: {other}"),
    }
}

fn check(table: &[(&str, &str)]) {
    for (text, expected) in table {
        assert_eq!(&reading(text), expected, "{text}");
    }
}

#[test]
fn comparators() {
    check(&[
        (">=2.0|<2.4", ">=2.0, <2.4"),
        (">= V3.1 < V3.3.46", ">=V3.1, <V3.3.46"),
        (">1.0,<=2.0", ">1.0, <=2.0"),
        (" < 3.3 SP1 ", "<3.3 SP1"),
        ("=1.2", "=1.2"),
        ("== 1.2", "=1.2"),
        ("1.2 | 1.3", "=1.2 | =1.3"),
        ("V4.2 SP1 Update 3", "=V4.2 SP1 Update 3"),
        ("2.03-02", "=2.03-02"),
        (">=1.0, <1.5, >=2.0, <2.4", ">=1.0, <1.5 | >=2.0, <2.4"),
        ("<1.0|>=2.0", "<1.0 | >=2.0"),
        (">=13.0.0 | <= 13.0.2 | 13.1.0", ">=13.0.0, <=13.0.2 | =13.1.0"),
        (">=1.0|<2.0|>=3.0", ">=1.0, <2.0 | >=3.0"),
        ("versions < V10.4.1", "<V10.4.1"),
        ("All BIOS versions < V25.02.08", "<V25.02.08"),
    ]);
}

#[test]
fn series() {
    check(&[
        ("2.4.x", ">=2.4, <2.5"),
        ("V9.X", ">=V9, <V10"),
        ("1.0.* | 1.9.x", ">=1.0, <1.1 | >=1.9, <1.10"),
        // Behind a sign it may be the name of one version.
        ("=1.5.X", "=1.5.X"),
        (">= 6.x | <= 10.x", ">=6.x, <=10.x"),
        ("5.1.0-x", "=5.1.0-x"),
        ("x.1", "=x.1"),
        ("vers:maven/1.5.X", "=1.5.X"),
    ]);
}

#[test]
fn phrases() {
    check(&[
        ("*", "all versions"),
        ("All versions", "all versions"),
        ("any version.", "all versions"),
        ("All versions prior to 4.2", "<4.2"),
        ("prior to version 4.2", "<4.2"),
        ("before V4.2 SP1.", "<V4.2 SP1"),
        ("Version 4.2 and prior", "<=4.2"),
        ("4.2 and all prior versions", "<=4.2"),
        ("4.2 AND EARLIER", "<=4.2"),
        ("V4.2 and later", ">=V4.2"),
        ("versions 1.2 through 1.9", ">=1.2, <=1.9"),
        ("1.2 to 1.9", ">=1.2, <=1.9"),
    ]);
}

#[test]
fn vers() {
    check(&[
        ("vers:npm/>=1.0.0|<2.0.0", ">=1.0.0, <2.0.0"),
        ("vers:all/*", "all versions"),
        ("vers:deb/>=1%3A2.0|<1%3A2.4~rc1", ">=1:2.0, <1:2.4~rc1"),
        ("vers:generic/V4.2%20SP1", "=V4.2 SP1"),
        ("vers:npm/1.0%252F0", "=1.0%2F0"),
        ("vers:npm/1.0%2G0", "-"),
        ("vers:npm/1.0%", "-"),
        ("vers:npm/1.0%ff", "-"),
        ("vers:npm", "-"),
        ("vers:npm/", "-"),
        ("vers:npm/|>=1.0.0", "-"),
        ("vers:npm/>=1.0.0||<2.0.0", "-"),
        ("vers:npm/!=1.0.0", "<1.0.0 | >1.0.0"),
        ("vers:npm/>=1.0.0|!=1.5.0|<2.0.0", ">=1.0.0, <1.5.0 | >1.5.0, <2.0.0"),
        ("vers:unknown-type/!=1.0.0", "-"),
    ]);
}

#[test]
fn what_a_person_must_read() {
    let texts = [
        "",
        "  ",
        "<",
        ">=",
        "<=AD",
        ">= 1.0 | >= 2.4",
        "!=1.2",
        "=>1.0",
        "<2.0 <3.0",
        // The comma may mean "and" or "or".
        "<2.0, >1.0",
        "<2.0 >=1.0",
        "<1.0, >=2.0, <2.4",
        // Several versions, or more than versions.
        "1.2 - 1.9",
        "1.2-1.9",
        "1.2.1–1.2.9",
        "1.2/1.3",
        "1.2 1.3",
        "1.2 and 1.3",
        "1.2; 1.3",
        "1.2 & 1.3",
        "[1.0,2.0)",
        "[1.0]",
        "~1.2",
        "^1.2.3",
        "≤ 1.2",
        "1.01.01 (build 2149)",
        "1.2 only if X 3 is used",
        "except 1.2",
        "after 1.2",
        "up to 1.2",
        "from 1.2",
        "1.0 with firmware 2",
        "prior to all",
    ];
    for text in texts {
        assert_eq!(reading(text), "-", "{text}");
    }
    let long = format!("<{}", "1".repeat(2_000));
    let Err(RangeProblem::NotUnderstood(shown)) = from_text(&long) else { panic!("{long} is understood") };
    assert_eq!(shown.len(), 200, "the message is bounded");
}

/// A range of two versions, from the lower to the higher one.
fn range() -> impl Strategy<Value = (Scheme, Range, [String; 3])> {
    select(Scheme::ALL).prop_flat_map(|scheme| {
        // A leading word such as `fw-` has no place in a range text; neither have placeholders.
        let plain = texts(scheme).prop_filter("a version that reads as one", move |text| {
            scheme.parse(text).is_ok() && from_text(&format!(">{text}")).is_ok() && !text.starts_with('=')
        });
        (prop::array::uniform3(plain), 0..3_u8, 0..3_u8).prop_map(move |(texts, from, to)| {
            let mut ends = [&texts[0], &texts[1]];
            ends.sort_by_key(|text| scheme.parse(text).unwrap());
            let bound = |kind, text: &String| match kind {
                0 => Bound::Included(text.clone()),
                1 => Bound::Excluded(text.clone()),
                _ => Bound::Open,
            };
            (scheme, Range { from: bound(from, ends[0]), to: bound(to, ends[1]) }, texts)
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(5_000))]

    /// What is shown is read as the same range.
    #[test]
    fn shown_ranges_are_read_back((_, range, _) in range()) {
        prop_assert_eq!(from_text(&range.to_string()), Ok(vec![range]));
    }

    /// As VERS with every byte of the versions escaped.
    #[test]
    fn vers_is_read_back((_, range, _) in range()) {
        let escape = |text: &str| text.bytes().map(|byte| format!("%{byte:02X}")).collect::<String>();
        let end = |sign: &str, bound: &Bound| match bound {
            Bound::Included(text) => Some(format!("{sign}={}", escape(text))),
            Bound::Excluded(text) => Some(format!("{sign}{}", escape(text))),
            Bound::Open => None,
        };
        let ends: Vec<String> = [end(">", &range.from), end("<", &range.to)].into_iter().flatten().collect();
        let body = if ends.is_empty() { "*".to_owned() } else { ends.join("|") };
        prop_assert_eq!(from_text(&format!("vers:generic/{body}")), Ok(vec![range]));
    }

    /// A version is inside when it is on the right side of both ends, and nothing is inside ends that are the
    /// wrong way round, which is an error and not a "no".
    #[test]
    fn containment((scheme, range, texts) in range()) {
        let asked = scheme.parse(&texts[2]).unwrap();
        let read = |bound: &Bound| match bound {
            Bound::Included(text) | Bound::Excluded(text) => Some(scheme.parse(text).unwrap()),
            Bound::Open => None,
        };
        let (from, to) = (read(&range.from), read(&range.to));
        let inclusive = |bound: &Bound| matches!(bound, Bound::Included(_));
        let above = from.as_ref().is_none_or(|from| asked > *from || (inclusive(&range.from) && asked == *from));
        let below = to.as_ref().is_none_or(|to| asked < *to || (inclusive(&range.to) && asked == *to));
        let both_inclusive = inclusive(&range.from) && inclusive(&range.to);
        let empty = from.is_some() && from == to && !both_inclusive;
        let known = from.iter().chain(&to).all(|end| end.comparable(&asked));
        let expected = match (empty, known) {
            (true, _) => Err(VersionProblem::EmptyRange(range.to_string())),
            (false, false) => Err(VersionProblem::Incomparable(range.to_string())),
            (false, true) => Ok(above && below),
        };
        prop_assert_eq!(range.contains(&scheme, &asked), expected);
        if from < to && from.is_some() {
            let reversed = Range { from: range.to, to: range.from };
            prop_assert_eq!(
                reversed.contains(&scheme, &asked),
                Err(VersionProblem::EmptyRange(reversed.to_string()))
            );
        }
    }

    #[test]
    fn any_text_is_read_or_refused(
        text in any::<String>(),
        near in "(vers:[a-z]{0,3}/)?[<>=!|, 0-9a-z.%*-]{0,30}",
    ) {
        for text in [text, near] {
            if let Ok(ranges) = from_text(&text) {
                prop_assert!(!ranges.is_empty(), "{:?} is read as nothing", text);
            }
        }
    }
}

/// The containment tests of the VERS suite.
#[test]
fn vers_suite_containment() {
    let files = ["vers/pypi_range_containment_test.json", "vers/npm_range_containment_test.json"];
    let mut answered = 0;
    for file in files {
        let Some(path) = shared::data(file) else { return };
        let suite: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
        let scheme = if file.contains("pypi") { Scheme::Pep440 } else { Scheme::SemVer };
        for test in suite["tests"].as_array().unwrap() {
            let text = test["input"]["vers"].as_str().unwrap();
            let ranges = from_text(text).unwrap_or_else(|problem| panic!("{text}: {problem}"));
            let version = scheme.parse(test["input"]["version"].as_str().unwrap()).unwrap();
            let inside = ranges.iter().any(|range| range.contains(&scheme, &version).unwrap());
            assert_eq!(Some(inside), test["expected_output"].as_bool(), "{test}");
            answered += 1;
        }
    }
    assert_eq!(answered, 11);
}
