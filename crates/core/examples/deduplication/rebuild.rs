//! What it costs to build the index anew from the log, as a process does when it starts; without reading the store.

use forewarn_core::Secret;
use forewarn_core::deduplication::{Features, Index};
use forewarn_core::finding::Event;
use forewarn_core::ids::{FindingId, OrgId};
use uuid::Uuid;

use super::bugs::Style;
use super::families::World;

/// Prints the time for a report: to decode its event, to read its features, to file it.
pub fn run(count: usize, clock: impl Fn() -> u64) {
    let world = World::new(20_261, count, Style::TUNED);
    let mut index: Index<FindingId> = Index::default();
    let (mut decoding, mut reading, mut filing, mut bytes) = (0, 0, 0, 0);
    for at in 0..count {
        let id = FindingId(Uuid::from_u128(at as u128));
        let event = Event::FindingReceived {
            finding: id,
            submitter: OrgId(Uuid::nil()),
            report: Box::new(Secret::new(world.report(at).report)),
            document_sha256: String::new(),
            part: 0,
            opening: None,
            receipt: None,
        };
        let Ok(text) = serde_json::to_vec(&event) else { continue };
        bytes += text.len();
        let started = clock();
        let event: Option<Event> = serde_json::from_slice(&text).ok();
        let decoded = clock();
        let Some(Event::FindingReceived { report, .. }) = event else { continue };
        let features = Features::of(report.expose());
        let read = clock();
        index.take(id, features);
        filing += clock() - read;
        reading += read - decoded;
        decoding += decoded - started;
    }
    let each = |nanos: u64| nanos as f64 / count as f64 / 1e3;
    println!(
        "{count} events of {} bytes: decoding {:.1} us, features {:.1} us, filing {:.1} us, in all {:.0} s",
        bytes / count.max(1),
        each(decoding),
        each(reading),
        each(filing),
        (decoding + reading + filing) as f64 / 1e9
    );
}
