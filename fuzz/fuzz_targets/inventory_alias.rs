//! Names of vendors and products: likeness has no side, and a score is at most 100.
#![no_main]

use forewarn_exposure::alias::Products;
use forewarn_exposure::{Affected, Component, Identity, Inventory};
use libfuzzer_sys::fuzz_target;

fn score(asked: (&str, &str), held: (&str, &str)) -> Option<u32> {
    let component =
        Component { identity: Identity::product(held.0, held.1), version: None, label: String::new() };
    let inventory = Inventory { format: String::new(), components: vec![component], skipped: vec![] };
    let mut products = Products::new();
    products.add(&0_u8, "", &inventory);
    let affected = Affected {
        identity: Identity::product(asked.0, asked.1),
        names: None,
        ranges: vec![],
        versions: vec![],
        needs_person: None,
    };
    products.suggestions(&affected).first().map(|found| found.score)
}

fuzz_target!(|names: (&str, &str, &str, &str)| {
    let (vendor, product, other_vendor, other_product) = names;
    let there = score((vendor, product), (other_vendor, other_product));
    assert_eq!(there, score((other_vendor, other_product), (vendor, product)));
    assert!(there.is_none_or(|score| score <= 100));
});
