//! CPE names and their relations.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use forewarn_exposure::cpe::{ATTRIBUTES, Cpe, CpeProblem, Relation};
use proptest::prelude::*;

fn cpe(text: &str) -> Cpe {
    text.parse().unwrap_or_else(|problem| panic!("{text}: {problem}"))
}

/// A name of a version, everything else as given by `version:update` and so on.
fn named(rest: &str) -> Cpe {
    let missing = 9 - rest.split(':').count();
    cpe(&format!("cpe:2.3:a:vendor:{rest}{}", ":*".repeat(missing)))
}

/// NISTIR 7696, table 6-2, row by row.
#[test]
fn attributes_relate_as_the_table_says() {
    use Relation::{Disjoint, Equal, Subset, Superset, Undefined};
    let table = [
        ("*", "*", Equal),
        ("*", "-", Superset),
        ("*", "1", Superset),
        ("*", "1*", Undefined),
        ("-", "*", Subset),
        ("-", "-", Equal),
        ("-", "1", Disjoint),
        ("-", "1*", Undefined),
        ("1", "1", Equal),
        ("1", "2", Disjoint),
        ("1", "1*", Undefined),
        ("1", "-", Disjoint),
        ("1", "*", Subset),
        ("1*", "1.2", Superset),
        ("1*", "1", Superset),
        ("1*", "2.1", Disjoint),
        ("1*", "*", Subset),
        ("1*", "-", Disjoint),
        ("1*", "1*", Undefined),
        ("1.?", "1.2", Superset),
        ("1.?", "1.", Superset),
        ("1.?", "1.23", Disjoint),
        ("??.1", "10.1", Superset),
        ("*\\.1", "1.10.1", Superset),
        ("*sp*", "4sp1", Superset),
        ("1\\*", "1\\*", Equal),
        ("1\\*", "12", Disjoint),
        ("B", "b", Equal),
    ];
    for (source, target, expected) in table {
        let [source_name, target_name] = [source, target].map(|version| named(&format!("product:{version}")));
        assert_eq!(source_name.relation(&target_name), expected, "{source} {target}");
        assert_eq!(source_name.relations(&target_name)[3], expected);
    }
}

#[test]
fn names_relate_by_all_their_attributes() {
    let advisory = named("product:1.0:*");
    assert!(advisory.relation(&named("product:1.0:sp1")).covers());
    assert!(!advisory.relation(&named("product:1.1:sp1")).may_cover());
    assert!(!advisory.relation(&named("other:1.0")).may_cover());
    // The component does not say its version: a possible hit.
    let unsaid = advisory.relation(&named("product:*:sp1"));
    assert_eq!((unsaid, unsaid.covers(), unsaid.may_cover()), (Relation::Undefined, false, true));
    assert_eq!(advisory.relation(&named("product:*")), Relation::Subset);
    // Not applicable is not anything.
    assert_eq!(named("product:1.0:-").relation(&named("product:1.0:sp1")), Relation::Disjoint);
}

#[test]
fn uris_are_read_as_formatted_strings() {
    let table = [
        (
            "cpe:/a:Microsoft:internet_explorer:8.0.6001:beta",
            "a:microsoft:internet_explorer:8.0.6001:beta:*:*:*:*:*:*",
        ),
        ("cpe:/o:vendor", "o:vendor:*:*:*:*:*:*:*:*:*"),
        ("cpe:/a:v:p:-", "a:v:p:-:*:*:*:*:*:*:*"),
        ("cpe:/a:v:p:8.%02", "a:v:p:8.*:*:*:*:*:*:*:*"),
        ("cpe:/a:v:c%2b%2b:1%3a2", "a:v:c\\+\\+:1\\:2:*:*:*:*:*:*:*"),
        (
            "cpe:/a:hp:insight:7.4.0.1570:-:~~online~win2003~x64~:en",
            "a:hp:insight:7.4.0.1570:-:*:en:online:win2003:x64:*",
        ),
    ];
    for (uri, formatted) in table {
        assert_eq!(cpe(uri), cpe(&format!("cpe:2.3:{formatted}")), "{uri}");
        assert_eq!(cpe(uri).to_string(), format!("cpe:2.3:{formatted}"));
    }
}

#[test]
fn what_is_no_name_is_refused_at_its_attribute() {
    let attribute = |text: &str| match text.parse::<Cpe>() {
        Err(CpeProblem::Attribute { attribute, .. }) => attribute,
        other => panic!("{text}: {other:?}"),
    };
    let with = |version: &str| format!("cpe:2.3:a:v:p:{version}:*:*:*:*:*:*:*");
    for bad in ["", "1*2", "**", "?*", "é", "1 2", "\\"] {
        let text = with(bad);
        assert!(text.parse::<Cpe>().is_err(), "{bad}");
    }
    assert_eq!(attribute(&with("1?2")), "version");
    assert_eq!(attribute("cpe:2.3:x:v:p:1:*:*:*:*:*:*:*"), "part");
    assert_eq!(attribute("cpe:/a:v:p:1:*:~a~b"), "edition");
    assert_eq!("cpe:2.3:a:v:p".parse::<Cpe>(), Err(CpeProblem::Count(3)));
    assert_eq!("cpe:/a:b:c:d:e:f:g:h".parse::<Cpe>(), Err(CpeProblem::Count(8)));
    assert_eq!("purl".parse::<Cpe>(), Err(CpeProblem::Form));
    let long = format!("cpe:/a:{}", "a".repeat(2_000));
    assert_eq!(long.parse::<Cpe>(), Err(CpeProblem::TooLong(2_007)));
}

fn value() -> impl Strategy<Value = String> {
    prop_oneof![
        2 => Just("*".to_owned()),
        1 => Just("-".to_owned()),
        4 => "(\\*|\\?{0,2})([a-c1._-]|\\\\[*?:+-]){1,3}(\\*|\\?{0,2})",
    ]
}

fn name() -> impl Strategy<Value = Cpe> {
    prop::collection::vec(value(), 10)
        .prop_filter_map("a name", |values| format!("cpe:2.3:a:{}", values.join(":")).parse().ok())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(5_000))]

    #[test]
    fn a_written_name_reads_as_itself(name in name()) {
        prop_assert_eq!(cpe(&name.to_string()), name);
    }

    /// Without wildcards the relation the other way round is the opposite, and a name equals itself.
    #[test]
    fn relations_are_opposite(a in name(), b in name()) {
        let opposite = |relation| match relation {
            Relation::Superset => Relation::Subset,
            Relation::Subset => Relation::Superset,
            other => other,
        };
        let plain = |name: &Cpe| !name.relations(name).contains(&Relation::Undefined);
        if plain(&a) && plain(&b) {
            prop_assert_eq!(a.relation(&b), opposite(b.relation(&a)));
            prop_assert_eq!(a.relation(&a), Relation::Equal);
        }
    }

    #[test]
    fn any_text_is_read_or_refused(text in any::<String>(), near in "cpe:(2\\.3:|/)[a-z0-9:*?~%\\\\.-]{0,60}") {
        for text in [text, near] {
            if let Ok(name) = text.parse::<Cpe>() {
                prop_assert!(ATTRIBUTES.iter().all(|attribute| name.get(attribute).is_some()));
                prop_assert_eq!(cpe(&name.to_string()), name);
            }
        }
    }
}
