//! How fast an inventory is read, beside serde_json reading the same fields with nothing checked.
//!
//! `cargo run --release -p forewarn-formats --example parse -- SBOM`, a CycloneDX file; it is repeated until there are 16 MiB of
//! components, since small files fit into caches. Best of nine, in turns.
#![allow(clippy::unwrap_used, clippy::expect_used)]
#![allow(clippy::disallowed_methods, reason = "it measures")]

use std::borrow::Cow;
use std::hint::black_box;
use std::time::{Duration, Instant};

use forewarn_formats::inventory;
use forewarn_formats::json::Limits;
use serde::Deserialize;
use serde_json::Value;

/// What a match needs.
#[derive(Deserialize)]
struct Bare<'a> {
    #[serde(borrow, default)]
    components: Vec<BareComponent<'a>>,
}

#[derive(Deserialize)]
#[allow(dead_code, reason = "read, not used")]
struct BareComponent<'a> {
    #[serde(borrow, default)]
    name: Cow<'a, str>,
    #[serde(borrow, default)]
    version: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    purl: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    components: Vec<BareComponent<'a>>,
}

fn enlarged(bytes: &[u8]) -> Vec<u8> {
    let mut document: Value = serde_json::from_slice(bytes).expect("JSON");
    let once = document["components"].as_array().expect("CycloneDX components").clone();
    let mut all = Vec::new();
    for turn in 0..(16 << 20) / bytes.len() + 1 {
        all.extend(once.iter().cloned().map(|mut component| {
            // References must be unique in a document.
            if let Some(reference) = component.get_mut("bom-ref") {
                *reference = format!("{turn}-{}", reference.as_str().unwrap_or_default()).into();
            }
            component
        }));
    }
    document["components"] = all.into();
    serde_json::to_vec(&document).expect("JSON")
}

fn timed(work: impl FnOnce() -> usize) -> (usize, Duration) {
    let start = Instant::now();
    (black_box(work()), start.elapsed())
}

fn main() {
    let path = std::env::args().nth(1).expect("a CycloneDX file");
    let bytes = enlarged(&std::fs::read(path).expect("a file"));
    let (mut whole, mut bare) = (Duration::MAX, Duration::MAX);
    let mut components = 0;
    for _ in 0..9 {
        let (read, time) = timed(|| inventory::read(&bytes, &Limits::inventory()).unwrap().components.len());
        (components, whole) = (read, whole.min(time));
        let (least, time) = timed(|| serde_json::from_slice::<Bare<'_>>(&bytes).unwrap().components.len());
        assert!(read <= least);
        bare = bare.min(time);
    }
    let rate = |time: Duration| bytes.len() as f64 / time.as_secs_f64() / 1e9;
    println!("{components} components in {} bytes", bytes.len());
    println!("read, checked, identified  {whole:>9.2?}  {:.3} GB/s", rate(whole));
    println!("serde_json, borrowed       {bare:>9.2?}  {:.3} GB/s", rate(bare));
    println!("{:.0} % of the bare parse", 100.0 * bare.as_secs_f64() / whole.as_secs_f64());
}
