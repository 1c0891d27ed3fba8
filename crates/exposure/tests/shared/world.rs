//! A small world of packages, products and versions, in which entries and components meet often.

use forewarn_exposure::{Affected, Bound, Component, Identity, Inventory, Range};
use proptest::prelude::*;
use proptest::sample::select;

/// Few names in ecosystems that differ in order, in releases, or in having no order.
pub fn identity() -> impl Strategy<Value = Identity> {
    let ecosystems = ["PyPI", "npm", "Maven", "Debian", "Debian:12", "Debian:sid", "Alpine", "opam"];
    let package = (select(ecosystems.to_vec()), select(vec!["a", "B", "c:d"]))
        .prop_map(|(ecosystem, name)| Identity::package(ecosystem.parse().expect("a known name"), name));
    let product = select(vec!["Pump", "PUMP ", "Valve"]).prop_map(|name| Identity::product("Acme", name));
    prop_oneof![4 => package, 1 => product]
}

/// Readable by some schemes, by all or by none.
pub fn version() -> impl Strategy<Value = String> {
    let odd =
        ["1.0-2", "v2", "2.0-rc1", "1.0.post1", "SS1.0", "latest", "2.x", "next", "1:1.0", " 2.0 ", "é"];
    prop_oneof![
        4 => (0_u8..4, 0_u8..3).prop_map(|(major, minor)| format!("{major}.{minor}")),
        1 => select(odd.to_vec()).prop_map(str::to_owned),
    ]
}

fn bound() -> impl Strategy<Value = Bound> {
    prop_oneof![version().prop_map(Bound::Included), version().prop_map(Bound::Excluded), Just(Bound::Open),]
}

pub fn affected() -> impl Strategy<Value = Affected> {
    let range = (bound(), bound()).prop_map(|(from, to)| Range { from, to });
    let ranges = prop::collection::vec(range, 0..3);
    let versions = prop::collection::vec(version(), 0..3);
    let person = prop::option::weighted(0.2, Just("only with a battery".to_owned()));
    (identity(), ranges, versions, person).prop_map(|(identity, ranges, versions, needs_person)| Affected {
        identity,
        names: None,
        ranges,
        versions,
        needs_person,
    })
}

pub fn component() -> impl Strategy<Value = Component> {
    let version =
        prop_oneof![6 => version().prop_map(Some), 1 => Just(None), 1 => Just(Some("  ".to_owned()))];
    (identity(), version).prop_map(|(identity, version)| {
        let label = format!("{identity} {}", version.as_deref().unwrap_or("?"));
        Component { identity, version, label }
    })
}

pub fn inventory() -> impl Strategy<Value = Inventory> {
    prop::collection::vec(component(), 0..8).prop_map(|components| Inventory {
        format: "test".to_owned(),
        components,
        skipped: Vec::new(),
    })
}
