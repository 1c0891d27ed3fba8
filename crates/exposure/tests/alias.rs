//! Products under other names: what is suggested, why, and that the index finds what looking at everything finds.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeSet;

use forewarn_exposure::alias::{Products, Vendor};
use forewarn_exposure::{Affected, Bound, Component, Confidence, Identity, Inventory, Range};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

fn component(vendor: &str, product: &str, version: Option<&str>) -> Component {
    Component {
        identity: Identity::product(vendor, product),
        version: version.map(str::to_owned),
        label: format!("{vendor} {product}"),
    }
}

fn holding(components: Vec<Component>) -> Products<u8> {
    let mut products = Products::new();
    products.add(&1, "plant", &Inventory { format: "test".into(), components, skipped: vec![] });
    products
}

fn below(vendor: &str, product: &str, version: &str) -> Affected {
    let range = Range { from: Bound::Open, to: Bound::Excluded(version.to_owned()) };
    Affected {
        identity: Identity::product(vendor, product),
        names: None,
        ranges: vec![range],
        versions: vec![],
        needs_person: None,
    }
}

/// Score and reason of the only suggestion, if there is one.
fn suggested(affected: (&str, &str), held: (&str, &str)) -> Option<(u32, String)> {
    let products = holding(vec![component(held.0, held.1, Some("1.0"))]);
    let found = products.suggestions(&below(affected.0, affected.1, "2.0"));
    assert!(found.len() <= 1);
    found.into_iter().next().map(|one| {
        assert_eq!(one.exposure.confidence, Confidence::NeedsPerson);
        (one.score, one.reason)
    })
}

#[test]
fn a_vendor_is_the_same_however_it_is_written() {
    let same = [
        &["Siemens", "Siemens AG", "SIEMENS A.G.", " siemens  ag "][..],
        &["Moxa", "Moxa Inc.", "MOXA, Inc", "Moxa Co., Ltd."],
        &["Phoenix Contact", "PHOENIX CONTACT GmbH & Co. KG", "Phoenix-Contact"],
        &["Endress+Hauser", "Endress + Hauser AG"],
        &["Hillrom", "Hill-Rom", "Hill-Rom Holdings, Inc.", "Baxter", "Welch Allyn"],
        &["BD", "Becton, Dickinson and Company"],
        &["Ingeteam", "Ingeteam S.A.", "INGETEAM S.p.A."],
        &["Müller", "Muller GmbH"],
        &["Opto 22", "Opto22"],
        &["Hitachi ABB Power Grids", "Hitachi Energy Ltd"],
    ];
    let keys: Vec<BTreeSet<String>> = same
        .iter()
        .map(|names| names.iter().map(|name| Vendor::new(name).key().to_owned()).collect())
        .collect();
    for (keys, names) in keys.iter().zip(same) {
        assert_eq!(keys.len(), 1, "{names:?}: {keys:?}");
    }
    assert_eq!(
        keys.into_iter().flatten().collect::<BTreeSet<_>>().len(),
        same.len(),
        "two vendors fell together"
    );
    // A name that is nothing but a legal form stays.
    assert_eq!(Vendor::new("SE").key(), "se");
    assert_eq!(Vendor::new("").key(), "");
}

#[test]
fn suggestions_have_a_score_and_a_reason() {
    let spelled =
        suggested(("Siemens", "SIMATIC S7-1500"), ("Siemens AG", "Simatic S7 1500 firmware")).unwrap();
    assert_eq!(spelled, (98, "the names differ in spelling only".into()));
    let words = suggested(("Siemens", "SIMATIC S7-1500"), ("Siemens", "S7-1500 (SIMATIC)")).unwrap();
    assert_eq!(words, (95, "the names have the same words".into()));
    let model =
        suggested(("Siemens", "SIMATIC S7-1500 CPU family"), ("SIEMENS AG", "SIMATIC S7-1500 CPU 1516-3"))
            .unwrap();
    assert_eq!(model, (80, "one name has all the words of the other".into()));
    let renamed = suggested(("Hitachi Energy", "RTU500"), ("Hitachi ABB Power Grids", "RTU-500")).unwrap();
    assert_eq!(renamed.0, 93);
    assert!(renamed.1.starts_with("Hitachi ABB Power Grids is Hitachi Energy since 2021; "), "{}", renamed.1);
    let part = suggested(("Philips", "IntelliVue MX40"), ("Philips Healthcare", "IntelliVue MX40")).unwrap();
    assert_eq!(part, (78, "one vendor name begins with the other; the names differ in spelling only".into()));
}

#[test]
fn other_products_are_not_suggested() {
    for (affected, held) in [
        (("Siemens", "SIMATIC S7-1500"), ("Siemens", "SIMATIC S7-1200")),
        (("Siemens", "SIMATIC S7-1500"), ("Schneider Electric", "SIMATIC S7-1500")),
        (("General Electric", "D60"), ("General Dynamics", "D60")),
        (("Acme", "NX"), ("Acme", "NX Nastran")),
        (("Acme", "one two three four five six seven eight nine S1 a b c"), ("Acme", "S1")),
    ] {
        assert_eq!(suggested(affected, held).filter(|(score, _)| *score > 53), None, "{affected:?} {held:?}");
    }
    // The very name is a match, not a suggestion.
    assert_eq!(suggested(("Siemens", "S7"), ("siemens", "s7")), None);
    let package = Affected { identity: Identity::from_purl("pkg:npm/a").unwrap().0, ..below("a", "b", "1") };
    assert!(holding(vec![component("a", "b", None)]).suggestions(&package).is_empty());
}

#[test]
fn a_version_that_is_surely_not_affected_is_not_suggested() {
    let products = holding(vec![
        component("Siemens AG", "S7-1500", Some("1.9")),
        component("Siemens AG", "S7 1500", Some("2.0")),
        component("Siemens AG", "S7-1500 firmware", None),
        component("Siemens AG", "S7-1500 system", Some("SS016.05")),
    ]);
    let found = products.suggestions(&below("Siemens", "S7-1500", "2.0"));
    let versions: BTreeSet<Option<&str>> = found.iter().map(|one| one.exposure.version.as_deref()).collect();
    assert_eq!(versions, [None, Some("1.9"), Some("SS016.05")].into());
}

#[test]
fn the_table_of_vendors_is_in_order() {
    let table = include_str!("../src/alias/vendors.csv");
    let rows: Vec<Vec<&str>> = table.lines().skip(1).map(|row| row.split(',').collect()).collect();
    let names: BTreeSet<&str> = rows.iter().map(|row| row[0]).collect();
    assert_eq!(names.len(), rows.len(), "a name is given twice");
    for row in &rows {
        assert_eq!(row.len(), 4, "{row:?}");
        assert!(["same", "renamed", "bought", "brand"].contains(&row[2]), "{row:?}");
        assert_eq!(row[3].is_empty(), ["same", "brand"].contains(&row[2]), "{row:?}");
        assert_eq!(Vendor::new(row[0]).key(), Vendor::new(row[1]).key(), "{row:?}");
        // The vendor that a name leads to is not led on to another.
        assert!(!names.contains(row[1]), "{row:?}");
    }
}

fn names() -> impl Strategy<Value = (String, String)> {
    const VENDORS: &[&str] =
        &["Siemens", "Siemens AG", "Siemens Energy", "Philips Healthcare", "Philips", "eWON", "HMS Networks"];
    const WORDS: &[&str] = &["SIMATIC", "S7-1500", "1516", "CPU", "HMI", "firmware", "V2", "Gateway"];
    (select(VENDORS), subsequence(WORDS, 1..5).prop_shuffle())
        .prop_map(|(vendor, words)| (vendor.to_owned(), words.join(" ")))
}

proptest! {
    /// Asking about everything at once finds what asking about each alone finds.
    #[test]
    fn the_index_misses_nothing(held in proptest::collection::vec(names(), 1..25), asked in names()) {
        let components: Vec<Component> = held.iter().map(|(v, p)| component(v, p, Some("1.0"))).collect();
        let affected = below(&asked.0, &asked.1, "2.0");
        let together: BTreeSet<_> = holding(components.clone()).suggestions(&affected).into_iter().collect();
        let alone: BTreeSet<_> =
            components.into_iter().flat_map(|one| holding(vec![one]).suggestions(&affected)).collect();
        prop_assert_eq!(together, alone);
    }

    /// Likeness does not depend on which side has the inventory.
    #[test]
    fn likeness_is_symmetric(a in names(), b in names()) {
        let there = suggested((&a.0, &a.1), (&b.0, &b.1)).map(|(score, _)| score);
        let back = suggested((&b.0, &b.1), (&a.0, &a.1)).map(|(score, _)| score);
        prop_assert_eq!(there, back);
    }

    #[test]
    fn names_of_any_kind_do_not_panic(vendor in "\\PC{0,30}", product in "\\PC{0,60}", other in "\\PC{0,60}") {
        let _ = suggested((&vendor, &product), (&vendor, &other));
    }
}
