//! What is written as CSAF reads back as what it was, and is left in `target/csaf-samples` for an independent
//! validator (`.ci/csaf-validate`).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use forewarn_exposure::{Affected, Bound, Identity};
use forewarn_formats::csaf::{self, Advisory};
use forewarn_formats::json::Limits;
use forewarn_formats::report;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use support::advisories;

/// Documents left for the validator.
const SAMPLES: usize = 300;

/// One statement about versions: where it applies, and the ends; a listed version is a range of one.
type Statement = (String, Option<(String, String)>);

fn end(bound: &Bound) -> String {
    match bound {
        Bound::Included(text) => format!("[{}", text.trim()),
        Bound::Excluded(text) => format!("({}", text.trim()),
        Bound::Open => "open".to_owned(),
    }
}

/// Who is affected, as a document can say it: where there is no package URL, ecosystem and name stand as vendor and
/// product.
fn who(identity: &Identity) -> String {
    match identity {
        Identity::Package { ecosystem, name } if identity.to_purl().is_none() => {
            format!("{:?}", Identity::product(&ecosystem.to_string(), name))
        }
        identity => format!("{identity:?}"),
    }
}

fn statements(affected: &[Affected]) -> BTreeSet<Statement> {
    let mut found = BTreeSet::new();
    for one in affected {
        let ranges = one.ranges.iter().map(|range| (end(&range.from), end(&range.to)));
        let listed = one.versions.iter().filter(|version| !version.trim().is_empty());
        let listed = listed.map(|version| (format!("[{}", version.trim()), format!("[{}", version.trim())));
        let before = found.len();
        let who = who(&one.identity);
        found.extend(ranges.chain(listed).map(|ends| (who.clone(), Some(ends))));
        if found.len() == before && one.ranges.is_empty() {
            found.insert((who, None));
        }
    }
    found
}

/// Writes and reads back; `None` when the advisory cannot be written.
fn round_trip(advisory: &Advisory) -> Option<Vec<Vec<Affected>>> {
    let written = csaf::write(advisory).ok()?;
    let bytes = serde_json::to_vec(&written).unwrap();
    let reports = report::read(&bytes, &Limits::default()).unwrap_or_else(|problem| panic!("{problem}"));
    assert_eq!(reports.len(), advisory.vulnerabilities.len());
    Some(reports.into_iter().map(|report| report.affected).collect())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    /// Nothing is read that was not written; and what is not read as written is left to a person.
    #[test]
    fn what_is_affected_reads_back(advisory in advisories::advisory()) {
        for (read, one) in round_trip(&advisory).unwrap_or_default().iter().zip(&advisory.vulnerabilities) {
            let (wanted, got) = (statements(&one.affected), statements(read));
            for (identity, ends) in &got {
                let same = |(who, other): &Statement| who == identity && (ends.is_none() || other == ends);
                prop_assert!(wanted.iter().any(same), "{identity} {ends:?} was not written");
            }
            for (identity, ends) in &wanted {
                let open = |one: &Affected| who(&one.identity) == *identity && one.needs_person.is_some();
                let there = got.contains(&(identity.clone(), ends.clone()));
                prop_assert!(there || read.iter().any(open), "{identity} {ends:?} is lost");
            }
        }
    }

    /// Versions of the scheme of their package lose nothing on the way.
    #[test]
    fn versions_of_a_scheme_read_back_exactly(
        scheme in prop::sample::select(&["pkg:pypi/a", "pkg:npm/%40s/a", "pkg:cargo/a", "pkg:golang/e.org/a/b", "pkg:deb/debian/a",
            "pkg:maven/g/a", "pkg:gem/a", "pkg:nuget/a"][..]),
        from in "[0-9]{1,3}(\\.[0-9]{1,3}){2}", to in "[0-9]{1,3}(\\.[0-9]{1,3}){2}",
        listed in prop::collection::vec("[0-9]{1,3}(\\.[0-9]{1,3}){2}", 0..4),
    ) {
        let (identity, _) = Identity::from_purl(scheme).unwrap();
        let range = forewarn_exposure::Range { from: Bound::Included(from), to: Bound::Excluded(to) };
        let affected = vec![Affected { identity, names: None, ranges: vec![range], versions: listed, needs_person: None }];
        let advisory = advisories::released("FW-2026-0001", 1, affected.clone());
        let read = round_trip(&advisory).unwrap();
        prop_assert_eq!(statements(&read[0]), statements(&affected));
        prop_assert!(read[0].iter().all(|one| one.needs_person.is_none()));
    }
}

#[test]
fn names_of_a_product_that_are_not_its_identity_do_not_replace_it() {
    let mut affected = advisories::usual();
    affected[1].names =
        Some(forewarn_exposure::ProductNames { vendor: "Other".into(), product: "Thing".into(), cpe: None });
    let read = round_trip(&advisories::released("FW-1", 1, affected.clone())).unwrap();
    assert_eq!(read[0][1].identity, affected[1].identity);
}

#[test]
fn a_product_called_like_a_package_stays_a_product() {
    let mut affected = advisories::usual();
    affected[1].identity = Identity::product("PyPI", "northlight-codec");
    affected[1].ranges = affected[0].ranges.clone();
    affected[0].versions = affected[1].versions.clone();
    let read = round_trip(&advisories::released("FW-1", 1, affected.clone())).unwrap();
    assert_eq!(statements(&read[0]), statements(&affected));
}

#[test]
fn a_version_that_reads_as_a_range_is_refused() {
    let mut affected = advisories::usual();
    affected[1].ranges =
        vec![forewarn_exposure::Range { from: Bound::Included("1.0|<2.0".into()), to: Bound::Open }];
    assert!(csaf::write(&advisories::released("FW-1", 1, affected)).is_err());
}

#[test]
fn samples_are_left_for_the_validator() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap().join("csaf-samples");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    let leave = |name: &str, advisory: &Advisory| {
        let Ok(document) = csaf::write(advisory) else { return false };
        fs::write(folder.join(format!("{name}.json")), format!("{document:#}\n")).unwrap();
        true
    };
    for revision in 1..=4 {
        assert!(leave(
            &format!("released-{revision}"),
            &advisories::released("FW-2026-0001", revision, advisories::usual())
        ));
    }
    let mut runner = TestRunner::deterministic();
    let (mut written, mut tried) = (0, 0);
    while written < SAMPLES {
        tried += 1;
        assert!(tried < 4 * SAMPLES, "only {written} of {tried} advisories can be written");
        let advisory = advisories::advisory().new_tree(&mut runner).unwrap().current();
        written += usize::from(leave(&format!("generated-{written:03}"), &advisory));
    }
    println!("{written} of {tried} generated advisories are in {}", folder.display());
}
