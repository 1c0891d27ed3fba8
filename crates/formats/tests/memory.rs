//! 1 MiB of input costs at most 64 MiB, whatever it says.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use forewarn_formats::json::Limits;
use forewarn_formats::{inventory, report};
use peak_alloc::PeakAlloc;
use serde_json::{Value, json};
use support::samples;

#[global_allocator]
static HEAP: PeakAlloc = PeakAlloc;

const INPUT: usize = 1 << 20;
const MOST: usize = 64 << 20;

/// The sample with the text at a place so often that the document has 1 MiB. In the text, `~` counts up.
fn stuffed(sample: &Value, place: &str, unit: &str) -> Vec<u8> {
    let marked = support::with(sample, place, json!("MARK")).to_string();
    let (before, after) = marked.split_once("\"MARK\"").unwrap();
    let mut text = before.to_owned() + "[";
    let room = INPUT - text.len() - after.len() - 2;
    if unit.contains('~') {
        let numbered = (0..).map(|number| unit.replace('~', &number.to_string()) + ",");
        let end = text.len() + room;
        for next in numbered {
            if text.len() + next.len() > end {
                break;
            }
            text.push_str(&next);
        }
    } else {
        text.push_str(&format!("{unit},").repeat(room / (unit.len() + 1)));
    }
    text.pop();
    (text + "]" + after).into_bytes()
}

/// What reading costs at its worst moment, and whether the document was read.
fn cost<T, E: std::fmt::Display>(read: impl FnOnce() -> Result<T, E>) -> (usize, String) {
    let before = HEAP.current_usage();
    HEAP.reset_peak_usage();
    let outcome = read();
    let peak = HEAP.peak_usage() - before;
    (peak, outcome.map_or_else(|problem| problem.to_string(), |_| "read".to_owned()))
}

fn report_shapes() -> Vec<Vec<u8>> {
    let (finding, osv, csaf) = (samples::finding(), samples::osv(), samples::csaf());
    let mut shapes = Vec::new();
    for unit in ["0", "[]", "{}", "[0]", "[[0]]", r#"{"":0}"#, r#""""#, r#"{"a":{}}"#, "null"] {
        shapes.push(stuffed(&finding, "/affected", unit));
        shapes.push(stuffed(&osv, "/affected", unit));
        shapes.push(stuffed(&osv, "/database_specific", unit));
        shapes.push(stuffed(&osv, "/references", unit));
        shapes.push(stuffed(&csaf, "/vulnerabilities", unit));
        shapes.push(stuffed(&csaf, "/product_tree/branches", unit));
        shapes.push(stuffed(&csaf, "/vulnerabilities/0/scores", unit));
    }
    shapes.push(stuffed(&finding, "/affected", r#"{"purl":"pkg:npm/~","ranges":["<~"]}"#));
    shapes.push(stuffed(&finding, "/affected/0/versions", r#""~""#));
    shapes.push(stuffed(&osv, "/aliases", r#""~""#));
    shapes.push(stuffed(&osv, "/affected", r#"{"package":{"ecosystem":"npm","name":""}}"#));
    shapes.push(stuffed(&osv, "/affected", r#"{"package":{"ecosystem":"npm","name":"~"}}"#));
    shapes.push(stuffed(&osv, "/affected/0/versions", r#""~""#));
    shapes.push(stuffed(&osv, "/affected/0/ranges/0/events", r#"{"introduced":"~"}"#));
    shapes.push(stuffed(&osv, "/affected/0/ranges", r#"{"type":"SEMVER","events":[{"introduced":"~"}]}"#));
    shapes.push(stuffed(&csaf, "/product_tree/branches", r#"{"category":"vendor","name":""}"#));
    shapes.push(stuffed(&csaf, "/product_tree/full_product_names", r#"{"product_id":"~"}"#));
    shapes.push(stuffed(&csaf, "/vulnerabilities", r#"{"product_status":{"known_affected":["P1","P3"]}}"#));
    shapes.push(stuffed(&csaf, "/vulnerabilities/0/notes", r#"{"category":"","text":""}"#));
    shapes.extend(bombs());
    shapes
}

/// Documents that ask for what they share to be copied again and again.
fn bombs() -> Vec<Vec<u8>> {
    let mut notes = samples::csaf();
    notes["document"]["notes"][0]["text"] = "é".repeat(8000).into();
    notes["document"]["references"] = vec![json!({ "url": "u".repeat(2000) }); 20].into();
    let mut names = samples::csaf();
    let leaf = |id: usize| json!({ "category": "product_version", "name": "1", "product": { "product_id": id.to_string() } });
    let leaves: Vec<Value> = (0..100).map(leaf).collect();
    let ids: Vec<String> = (0..100).map(|id| id.to_string()).collect();
    names["product_tree"] = json!({ "branches": [{ "category": "vendor", "name": "v".repeat(1000), "branches": [
        { "category": "product_name", "name": "p".repeat(1000), "branches": leaves } ]}]});
    let every = json!({ "product_status": { "known_affected": ids } }).to_string();
    let mut tree = names.clone();
    tree["vulnerabilities"] = json!([{}]);
    let leaf = leaf(7).to_string().replace("\"7\"", "\"~\"");
    vec![
        stuffed(&notes, "/vulnerabilities", "{}"),
        stuffed(&names, "/vulnerabilities", &every),
        stuffed(&tree, "/product_tree/branches/0/branches/0/branches", &leaf),
    ]
}

fn inventory_shapes() -> Vec<Vec<u8>> {
    let (cyclonedx, spdx, spdx3) = (samples::cyclonedx(), samples::spdx(), samples::spdx3());
    let mut shapes = Vec::new();
    for unit in ["0", "[]", "{}", "[0]", r#"{"":0}"#, r#"{"a":{}}"#] {
        shapes.push(stuffed(&cyclonedx, "/components", unit));
        shapes.push(stuffed(&spdx, "/packages", unit));
        shapes.push(stuffed(&spdx3, "/@graph", unit));
    }
    shapes.push(stuffed(&cyclonedx, "/components", r#"{"purl":"pkg:npm/~"}"#));
    shapes.push(stuffed(&cyclonedx, "/components", r#"{"purl":"pkg:npm/~@~","name":"~","version":"~"}"#));
    shapes.push(stuffed(&cyclonedx, "/components", r#"{"purl":"~"}"#));
    shapes.push(stuffed(&cyclonedx, "/components", r#"{"publisher":"a","name":"~"}"#));
    shapes.push(stuffed(&cyclonedx, "/components/0/components", r#"{"name":"~"}"#));
    let locator = r#"{"externalRefs":[{"referenceType":"purl","referenceLocator":"pkg:npm/~"}]}"#;
    shapes.push(stuffed(&spdx, "/packages", locator));
    shapes.push(stuffed(&spdx, "/packages", r#"{"name":"~"}"#));
    let reference = r#"{"referenceType":"purl","referenceLocator":"pkg:npm/~"}"#;
    shapes.push(stuffed(&spdx, "/packages/0/externalRefs", reference));
    shapes.push(stuffed(&spdx3, "/@graph", r#"{"type":"software_Package"}"#));
    shapes.push(stuffed(&spdx3, "/@graph", r#"{"type":"Organization","spdxId":"~","name":"~"}"#));
    shapes.push(stuffed(
        &spdx3,
        "/@graph",
        r#"{"type":"software_Package","software_packageUrl":"pkg:npm/~"}"#,
    ));
    shapes
}

#[test]
fn a_megabyte_costs_no_more_than_64() {
    let mut worst: Vec<(usize, String, String)> = Vec::new();
    let mut note = |bytes: &[u8], (peak, outcome): (usize, String)| {
        let shape = String::from_utf8_lossy(&bytes[..bytes.len().min(1200)]).into_owned();
        worst.push((peak, outcome, shape));
    };
    for bytes in report_shapes() {
        note(&bytes, cost(|| report::read(&bytes, &Limits::finding())));
    }
    for bytes in inventory_shapes() {
        note(&bytes, cost(|| inventory::read(&bytes, &Limits::inventory())));
    }
    worst.sort();
    for (peak, outcome, shape) in worst.iter().rev().take(12) {
        let tail: String = shape.chars().skip(shape.chars().count().saturating_sub(90)).collect();
        println!("{:5.1} MiB, {outcome}: ...{tail}", *peak as f64 / f64::from(1 << 20));
    }
    let (peak, outcome, shape) = worst.last().unwrap();
    assert!(*peak <= MOST, "{peak} bytes for {INPUT} bytes of input ({outcome}): {shape}");
    assert!(worst.iter().filter(|(_, outcome, _)| outcome == "read").count() > 10, "most shapes are refused");
}
