//! How fast inventories are read, beside serde_json reading the same fields, borrowed, with nothing checked.
//!
//! `cargo run --release -p forewarn-formats --example parse -- SBOM`: one CycloneDX file, its components repeated until there are
//! 14 MB and 100 MB, since small files fit into caches: as they are, and each with a version of its own. Then where the
//! time goes. Several files are read as they are, again and again until there are 14 MB of them.
//!
//! The time is what the kernel gave to the thread, the best of five, in turns.
#![allow(clippy::unwrap_used, clippy::expect_used)]
#![allow(clippy::disallowed_methods, reason = "it measures")]

use std::borrow::Cow;
use std::hint::black_box;
use std::time::{Duration, Instant};

use forewarn_exposure::{Identity, Inventory};
use forewarn_formats::inventory;
use forewarn_formats::json::Limits;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;

const ROUNDS: usize = 5;
const TIMES: u32 = 4;

/// What a match needs of CycloneDX, SPDX 2 and SPDX 3.
#[derive(Deserialize)]
#[allow(dead_code, reason = "read, not used")]
struct Bare<'a> {
    #[serde(borrow, rename = "bomFormat", alias = "spdxVersion", default)]
    format: Option<Text<'a>>,
    #[serde(borrow, rename = "specVersion", default)]
    version: Option<Text<'a>>,
    #[serde(borrow, default)]
    metadata: Option<Metadata<'a>>,
    #[serde(borrow, alias = "packages", alias = "@graph", default)]
    components: Vec<BareComponent<'a>>,
}

#[derive(Deserialize)]
#[allow(dead_code, reason = "read, not used")]
struct Metadata<'a> {
    #[serde(borrow, default)]
    component: Option<BareComponent<'a>>,
}

#[derive(Deserialize)]
#[allow(dead_code, reason = "read, not used")]
struct BareComponent<'a> {
    #[serde(borrow, rename = "type", default)]
    kind: Option<Text<'a>>,
    #[serde(borrow, default)]
    name: Option<Text<'a>>,
    #[serde(borrow, alias = "versionInfo", alias = "software_packageVersion", default)]
    version: Option<Text<'a>>,
    #[serde(borrow, alias = "software_packageUrl", default)]
    purl: Option<Text<'a>>,
    #[serde(borrow, default)]
    cpe: Option<Text<'a>>,
    #[serde(borrow, default)]
    publisher: Option<Text<'a>>,
    #[serde(borrow, rename = "externalRefs", alias = "externalIdentifier", default)]
    references: Vec<Reference<'a>>,
    #[serde(borrow, default)]
    components: Vec<BareComponent<'a>>,
}

#[derive(Deserialize)]
#[allow(dead_code, reason = "read, not used")]
struct Reference<'a> {
    #[serde(borrow, rename = "referenceType", alias = "externalIdentifierType", default)]
    kind: Option<Text<'a>>,
    #[serde(borrow, rename = "referenceLocator", alias = "identifier", default)]
    locator: Option<Text<'a>>,
}

/// serde borrows a `Cow` itself, but not one inside an `Option`.
#[derive(Deserialize)]
#[allow(dead_code, reason = "read, not used")]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

/// The document with its components again and again.
fn enlarged(document: &Value, bytes: usize, distinct: bool) -> Vec<u8> {
    let mut document = document.clone();
    let once = document["components"].take();
    let turns = bytes / once.to_string().len() + 1;
    let components = |turn: usize| {
        let mut components = once.as_array().expect("CycloneDX components").clone();
        for component in &mut components {
            // References must be unique in a document.
            append(component, "bom-ref", &format!("-{turn}"));
            if distinct && turn > 0 {
                append(component, "version", &format!(".{turn}"));
                append(component, "purl", &format!(".{turn}"));
            }
        }
        components
    };
    document["components"] = (0..turns).flat_map(components).collect::<Vec<_>>().into();
    serde_json::to_vec(&document).expect("JSON")
}

fn append(component: &mut Value, field: &str, end: &str) {
    if let Some(text) = component.get(field).and_then(Value::as_str) {
        component[field] = format!("{text}{end}").into();
    }
}

/// Time that this thread was given by Linux; elsewhere the time on the clock.
fn worked<T>(work: impl FnOnce() -> T) -> Duration {
    let given = || {
        let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
        Some(Duration::from_nanos(text.split_whitespace().next()?.parse().ok()?))
    };
    let (before, start) = (given(), Instant::now());
    black_box(work());
    let clock = start.elapsed();
    given().zip(before).map_or(clock, |(after, before)| after.saturating_sub(before))
}

/// The best times of works that take turns. Linux counts in steps of some milliseconds, so that each is done again and
/// again in its turn.
fn best<const N: usize>(mut works: [&mut dyn FnMut(); N]) -> [Duration; N] {
    let mut best = [Duration::MAX; N];
    for _ in 0..ROUNDS {
        for (best, work) in best.iter_mut().zip(&mut works) {
            *best = (*best).min(worked(|| (0..TIMES).for_each(|_| work())) / TIMES);
        }
    }
    best
}

fn read(bytes: &[u8]) -> Inventory {
    inventory::read(bytes, &Limits::inventory()).expect("an inventory")
}

fn row(what: &str, bytes: usize, time: Duration, beside: Duration) {
    let rate = bytes as f64 / time.as_secs_f64() / 1e9;
    let share = beside.as_secs_f64() / time.as_secs_f64();
    println!("  {what:<38} {:>9.2} ms  {rate:.3} GB/s  {share:.2}", time.as_secs_f64() * 1e3);
}

fn beside(what: &str, documents: &[Vec<u8>]) -> Duration {
    let bytes: usize = documents.iter().map(Vec::len).sum();
    let components: usize = documents.iter().map(|one| read(one).components.len()).sum();
    let skipped: usize = documents.iter().map(|one| read(one).skipped.len()).sum();
    println!("{what}: {bytes} bytes, {components} components, {skipped} more without identity");
    let [ours, bare] =
        best([&mut || documents.iter().for_each(|one| drop(black_box(read(one)))), &mut || {
            documents.iter().for_each(|one| drop(black_box(serde_json::from_slice::<Bare<'_>>(one).unwrap())))
        }]);
    row("read, checked, identified", bytes, ours, bare);
    row("serde_json, borrowed", bytes, bare, bare);
    bare
}

/// Where the time goes, on one document.
fn stages(document: &[u8], bare: Duration) {
    let text = String::from_utf8(document.to_vec()).expect("UTF-8");
    // The same tokens with nothing in them that is read.
    let closed = text.replacen("\"components\"", "\"kOmponents\"", 1);
    let inventory = read(document);
    let purls: Vec<&str> = inventory.components.iter().map(|one| one.label.as_str()).collect();
    let orders: Vec<_> = inventory
        .components
        .iter()
        .filter_map(|one| Some((one.identity.scheme()?, one.version.as_deref()?)))
        .collect();
    let [utf8, ignored, strict, identified, ordered] = best([
        &mut || assert!(std::str::from_utf8(black_box(document)).is_ok()),
        &mut || assert!(serde_json::from_str::<IgnoredAny>(black_box(&text)).is_ok()),
        &mut || drop(black_box(read(closed.as_bytes()))),
        &mut || purls.iter().for_each(|purl| drop(black_box(Identity::from_purl(purl)))),
        &mut || orders.iter().for_each(|(scheme, version)| drop(black_box(scheme.parse(version)))),
    ]);
    row("UTF-8 alone", document.len(), utf8, bare);
    row("serde_json passing over everything", document.len(), ignored, bare);
    row("limits and duplicate keys, no fields", document.len(), strict, bare);
    row("package URLs alone", document.len(), identified, bare);
    row("their versions alone (not part)", document.len(), ordered, bare);
}

fn main() {
    let files: Vec<Vec<u8>> =
        std::env::args().skip(1).map(|path| std::fs::read(path).expect("a file")).collect();
    if files.len() != 1 {
        let bytes: usize = files.iter().map(Vec::len).sum();
        let documents: Vec<_> = std::iter::repeat_n(files, 14_000_000 / bytes + 1).flatten().collect();
        beside("as they are", &documents);
        return;
    }
    let document: Value = serde_json::from_slice(&files[0]).expect("JSON");
    for (size, distinct) in
        [(14_000_000, false), (14_000_000, true), (100_000_000, false), (100_000_000, true)]
    {
        let what = if distinct { "each its own" } else { "repeated" };
        let enlarged = [enlarged(&document, size, distinct)];
        let bare = beside(what, &enlarged);
        if size < 100_000_000 {
            stages(&enlarged[0], bare);
        }
    }
}
