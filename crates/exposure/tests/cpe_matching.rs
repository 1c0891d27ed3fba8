//! Products that an advisory names by CPE match as NISTIR 7696 says.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use forewarn_exposure::cpe::Cpe;
use forewarn_exposure::{
    Affected, Bound, Builder, Component, Confidence, Identity, Index, Inventory, Matcher, ProductNames, Range,
};
use proptest::prelude::*;
use proptest::sample::select;

/// `version:update:edition:language:sw_edition:target_sw:target_hw:other`, the rest of it left out.
fn affected(rest: &str) -> Affected {
    let name = format!("cpe:2.3:o:acme:pump_firmware:{rest}");
    let cpe = Cpe::shortened(&name).unwrap();
    let stated = cpe.get("version").unwrap().to_string();
    let all = stated == "*" && cpe.get("update").unwrap().to_string() == "*";
    let names =
        ProductNames { vendor: "acme".into(), product: "pump firmware".into(), cpe: Some(cpe.to_string()) };
    Affected {
        identity: Identity::product("acme", "pump firmware"),
        names: Some(names),
        ranges: if all { vec![Range::ALL] } else { vec![] },
        versions: if all { vec![] } else { vec![stated] },
        needs_person: None,
    }
}

/// As the readers of inventories make them: an update belongs to the version, `*` and `-` are none.
fn by_cpe(part: &str, rest: &str) -> Component {
    let label = format!("cpe:2.3:{part}:acme:pump_firmware:{rest}");
    let cpe = Cpe::shortened(&label).unwrap();
    let said = |attribute| cpe.get(attribute).and_then(|value| value.single());
    let version = match (said("version"), said("update")) {
        (Some(version), Some(update)) => Some(format!("{version} {update}")),
        (version, _) => version.map(str::to_owned),
    };
    Component { identity: Identity::product("acme", "pump firmware"), version, label }
}

fn by_name(version: Option<&str>) -> Component {
    Component {
        identity: Identity::product("Acme", "Pump Firmware"),
        version: version.map(str::to_owned),
        label: "Acme Pump Firmware".into(),
    }
}

fn confidence(affected: &Affected, component: &Component) -> &'static str {
    let found = Matcher::new(affected).covers(component).map(|hit| hit.confidence);
    assert_eq!(found, exposures(affected, component), "the index says the same of {}", component.label);
    found.map_or("none", Confidence::as_str)
}

fn exposures(affected: &Affected, component: &Component) -> Option<Confidence> {
    let inventory = Inventory { format: "test".into(), components: vec![component.clone()], skipped: vec![] };
    let mut merged = Builder::new();
    merged.add(1_u8, "asset", &inventory);
    let mut recent = Index::new();
    recent.replace(1_u8, "asset", &inventory);
    let (merged, recent) = (merged.build().exposures(affected), recent.exposures(affected));
    assert_eq!(merged, recent);
    merged.first().map(|exposure| exposure.confidence)
}

#[test]
fn names_relate_as_the_standard_says() {
    let table = [
        // Equal, and the affected name is a superset.
        ("1.0", "1.0", "exact"),
        ("1.0", "1.0:sp1", "exact"),
        ("1.0", "1.0:*:*:en:*:*:x64", "exact"),
        ("*", "1.0", "exact"),
        ("*", "*", "exact"),
        ("*", "-", "exact"),
        ("1.*", "1.7:sp1", "exact"),
        ("1.0:-", "1.0:-", "exact"),
        ("-", "-", "exact"),
        // The order of versions takes these for the same.
        ("1.0", "1.0.0", "exact"),
        // The component's name says less.
        ("1.0", "*", "needs-person"),
        ("1.0:sp1", "1.0", "needs-person"),
        ("1.0:*:*:*:pro", "1.0", "needs-person"),
        ("*:*:*:*:*:linux", "1.0", "needs-person"),
        ("1.0:-", "1.0", "needs-person"),
        ("-", "*", "needs-person"),
        // Nothing in common.
        ("1.0", "2.0", "none"),
        ("1.*", "2.1", "none"),
        ("1.0:sp1", "1.0:sp2", "none"),
        ("1.0:*:*:*:pro", "1.0:*:*:*:home", "none"),
        ("1.0", "2.0:*:*:*:*", "none"),
        // `-` is not `*`.
        ("1.0", "-", "none"),
        ("-", "1.0", "none"),
        ("1.0:-", "1.0:sp1", "none"),
        ("1.0:*:*:*:-", "1.0:*:*:*:pro", "none"),
        // Part of the one, part of the other: not settled.
        ("1.0:*:*:*:pro", "*:*:*:*:pro:linux", "needs-person"),
    ];
    for (source, target, expected) in table {
        assert_eq!(confidence(&affected(source), &by_cpe("o", target)), expected, "{source} to {target}");
    }
    assert_eq!(confidence(&affected("1.0"), &by_cpe("h", "1.0")), "none", "the device is not its firmware");
    assert_eq!(confidence(&affected("1.0"), &by_cpe("*", "1.0")), "needs-person");
}

#[test]
fn components_without_a_cpe_name_say_nothing_of_the_rest() {
    let table = [
        ("1.0", Some("1.0"), "exact"),
        ("1.0", Some("V1.0"), "exact"),
        ("*", Some("anything"), "exact"),
        ("*", None, "exact"),
        ("1.0:sp1", Some("1.0 SP1"), "exact"),
        ("1.*", Some("1.4"), "exact"),
        ("1.0", None, "needs-person"),
        ("1.0", Some("1.0 SP1"), "needs-person"),
        ("1.0:sp1", Some("1.0"), "needs-person"),
        ("1.0:*:*:*:pro", Some("1.0"), "needs-person"),
        ("-", None, "needs-person"),
        ("1.0", Some("2.0"), "none"),
        ("1.*", Some("2.4"), "none"),
        ("-", Some("1.0"), "none"),
    ];
    for (source, target, expected) in table {
        assert_eq!(confidence(&affected(source), &by_name(target)), expected, "{source} to {target:?}");
    }
}

/// A range beside the name is the versions; the name says of which product.
#[test]
fn ranges_beside_the_name_decide_on_versions() {
    let below = |rest: &str| Affected {
        ranges: vec![Range { from: Bound::Open, to: Bound::Excluded("2.0".into()) }],
        ..affected(rest)
    };
    for (source, target, expected) in [
        ("*", "1.0", "range"),
        ("*", "2.0", "none"),
        ("*", "*", "product-only"),
        ("*:*:*:*:pro", "1.0:*:*:*:pro", "range"),
        ("*:*:*:*:pro", "1.0:*:*:*:home", "none"),
        ("*:*:*:*:pro", "1.0", "needs-person"),
        ("*:*:*:*:pro", "2.0", "none"),
    ] {
        assert_eq!(confidence(&below(source), &by_cpe("o", target)), expected, "{source} to {target}");
    }
    assert_eq!(confidence(&below("*"), &by_name(Some("1.9"))), "range");
}

#[test]
fn a_doubt_of_the_advisory_stays_one() {
    let doubted = Affected { needs_person: Some("only language English".into()), ..affected("1.0") };
    assert_eq!(confidence(&doubted, &by_cpe("o", "1.0")), "needs-person");
    assert_eq!(confidence(&doubted, &by_cpe("o", "2.0")), "none");
}

fn rest() -> impl Strategy<Value = String> {
    let value = || select(vec!["*", "-", "1.0", "2.0", "sp1", "pro"]);
    proptest::collection::vec(value(), 1..9).prop_map(|values| values.join(":"))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// Where both have whole names the result is the standard's relation of the names.
    #[test]
    fn the_relation_of_names_decides(source in rest(), target in rest()) {
        let (entry, component) = (affected(&source), by_cpe("o", &target));
        let name = |rest: &str| Cpe::shortened(&format!("cpe:2.3:o:acme:pump_firmware:{rest}")).unwrap();
        let relations = name(&source).relations(&name(&target));
        let disjoint = relations.contains(&forewarn_exposure::cpe::Relation::Disjoint);
        let expected = match disjoint {
            true => "none",
            false if relations.iter().all(|relation| relation.covers()) => "exact",
            false => "needs-person",
        };
        prop_assert_eq!(confidence(&entry, &component), expected);
    }
}
