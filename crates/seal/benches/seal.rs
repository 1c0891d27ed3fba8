//! Notices sealed for 10,000 recipients, beside the bare key encapsulations of the same run.
//!
//! `cargo bench --workspace --bench seal`. One thread; medians of five runs, taken in turns.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::hint::black_box;
use std::time::{Duration, Instant};

use ed25519_dalek::SigningKey;
use forewarn_seal::{Attested, DataKey, Identity, Random, Recipient, Source, seal_notice};
use hpke::Kem;
use hpke::kem::XWing;

const RECIPIENTS: usize = 10_000;
const RUNS: usize = 5;
/// A notice's text: an advisory of usual length.
const TEXT: usize = 4096;

/// The system's randomness, a buffer at a time.
struct System(std::io::BufReader<std::fs::File>);

impl Random for System {
    fn fill(&mut self, bytes: &mut [u8]) {
        std::io::Read::read_exact(&mut self.0, bytes).unwrap();
    }
}

#[allow(clippy::disallowed_methods, reason = "a measurement")]
fn timed(work: impl FnOnce()) -> Duration {
    let start = Instant::now();
    work();
    start.elapsed()
}

fn median(mut times: Vec<Duration>) -> f64 {
    times.sort();
    times[times.len() / 2].as_secs_f64()
}

fn main() {
    let mut random = System(std::io::BufReader::new(std::fs::File::open("/dev/urandom").unwrap()));
    let key = SigningKey::from_bytes(DataKey::draw(&mut random).expose());
    let recipients: Vec<Recipient> =
        (0..RECIPIENTS).map(|_| Identity::draw(&mut random).to_recipient().unwrap()).collect();
    let public: Vec<_> =
        (0..RECIPIENTS).map(|_| XWing::derive_keypair(DataKey::draw(&mut random).expose()).1).collect();
    let text = vec![b'a'; TEXT];
    let (mut bare, mut sealed) = (Vec::new(), Vec::new());
    for _ in 0..RUNS {
        bare.push(timed(|| {
            for to in &public {
                let mut source = Source(&mut random);
                black_box(hpke::setup_sender_with_rng::<
                    hpke::aead::ChaCha20Poly1305,
                    hpke::kdf::HkdfSha256,
                    XWing,
                >(&hpke::OpModeS::Base, to, b"info", &mut source)
                .unwrap());
            }
        }));
        sealed.push(timed(|| {
            for (number, to) in recipients.iter().enumerate() {
                let attested = Attested {
                    notice: format!("notice-{number}"),
                    revision: 1,
                    recipient: format!("organisation-{number}"),
                    approval: [7; 32],
                };
                black_box(seal_notice(&mut random, &key, &attested, &[to], &text).unwrap());
            }
        }));
    }
    let (bare, sealed) = (median(bare), median(sealed));
    println!("{RECIPIENTS} recipients, one key each, {TEXT} bytes of text; median of {RUNS}");
    println!("bare encapsulation and key schedule {bare:.2} s, signed and sealed notices {sealed:.2} s");
    println!("ratio {:.2}", sealed / bare);
}
