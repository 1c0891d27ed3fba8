//! The same world without the case, and what one of its members sees in each.
//!
//! Both worlds draw ids from the same seed and have the same clock, so whatever differs in a member's view differs
//! because of the case.

use std::fmt::Write as _;
use std::sync::Arc;

use forewarn_server::http;
use forewarn_server::instance::{Instance, Place};
use forewarn_server::rehearsal::Rehearsal;
use sha2::{Digest, Sha256};
use tokio::net::TcpListener;

use super::world::{Person, World};

/// What a member asks for; in `{case}` and `{notice}` the ids of the other world's case and of a notice of it are
/// tried, as somebody would who guessed them.
const QUESTIONS: &[(&str, &str)] = &[
    ("/", "text/html"),
    ("/notices", "text/html"),
    ("/notices/{notice}", "text/html"),
    ("/inventories", "text/html"),
    ("/cases", "text/html"),
    ("/cases/{case}", "text/html"),
    ("/advisories", "text/html"),
    ("/advisories/{number}", "text/html"),
    ("/api/v1/me", "application/json"),
    ("/api/v1/notices", "application/json"),
    ("/api/v1/notices?limit=1", "application/json"),
    ("/api/v1/notices/{notice}", "application/json"),
    ("/api/v1/inventories", "application/json"),
    ("/api/v1/organisations", "application/json"),
    ("/api/v1/findings", "application/json"),
    ("/api/v1/cases", "application/json"),
    ("/api/v1/cases/{case}", "application/json"),
    ("/api/v1/cases/{case}/timeline", "application/json"),
    ("/api/v1/cases/{case}/evidence", "application/json"),
    ("/api/v1/advisories", "application/json"),
    ("/api/v1/advisories/{number}", "application/json"),
    ("/.well-known/csaf/white/2026/{number}.json", "application/json"),
    ("/log/checkpoint", "text/plain"),
    ("/metrics", "text/plain"),
    ("/readyz", "text/plain"),
];

/// Ids of the case that only one world has.
pub struct Guesses {
    /// Case.
    pub case: String,
    /// Its number.
    pub number: String,
    /// A notice of it.
    pub notice: String,
}

/// What a member sees.
pub struct View {
    /// Every answer, with its question.
    pub answers: Vec<u8>,
    /// Number of questions.
    pub questions: usize,
}

impl View {
    /// Asks everything as `someone`.
    ///
    /// # Errors
    /// When the service cannot be reached.
    pub async fn of(someone: &Person, guesses: &Guesses) -> anyhow::Result<Self> {
        let mut answers = Vec::new();
        for (path, accept) in QUESTIONS {
            let path = path
                .replace("{case}", &guesses.case)
                .replace("{notice}", &guesses.notice)
                .replace("{number}", &guesses.number);
            let (status, kind, body) = someone.client.raw(&path, accept).await?;
            answers.extend(format!("{path} {status} {kind} {}\n", body.len()).into_bytes());
            answers.extend(body);
            answers.push(b'\n');
        }
        Ok(Self { answers, questions: QUESTIONS.len() })
    }

    /// SHA-256 of it, in hex.
    pub fn digest(&self) -> String {
        Sha256::digest(&self.answers).iter().fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
    }
}

/// The world without the case, served on a port of its own until it is dropped.
pub struct Twin {
    /// Who is in it.
    pub world: World,
    /// Its clock.
    pub clock: Arc<Rehearsal>,
    serving: tokio::task::JoinHandle<()>,
}

impl Twin {
    /// Sets it up like the other one.
    ///
    /// # Errors
    /// When it cannot be served.
    pub async fn new(instance: &Instance, clock: Rehearsal) -> anyhow::Result<Self> {
        let clock = Arc::new(clock);
        let instance = Instance { place: Place::Memory, ..instance.clone() };
        let app = instance.open(Arc::<Rehearsal>::clone(&clock)).await?;
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let server = format!("http://{}", listener.local_addr()?);
        let router = http::router(Arc::clone(&app));
        let serving = tokio::spawn(async move {
            let _ = axum::serve(listener, router).await;
        });
        let world = World::set_up(&app, &server).await?;
        Ok(Self { world, clock, serving })
    }
}

impl Drop for Twin {
    fn drop(&mut self) {
        self.serving.abort();
    }
}
