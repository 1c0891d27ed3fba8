//! A clearinghouse in this process.

use std::hash::{Hash, Hasher};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicU32;

use axum::Router;
use axum::body::Body;
use axum::http::{Method, Request};
use forewarn_core::Policy;
use forewarn_core::policy::DEFAULT_PROFILE;
use forewarn_server::app::{App, Settings};
use forewarn_server::outgoing::Outgoing;
use forewarn_server::rehearsal::Rehearsal;
use forewarn_server::{http, workers};
use forewarn_store::{EventStore, MemoryStore, Vault};
use http_body_util::BodyExt;
use jiff::{SignedDuration, Timestamp};
use tower::ServiceExt;

use crate::{Answer, Wire};

/// A clearinghouse with its clock.
pub struct Site {
    /// The clearinghouse.
    pub app: Arc<App>,
    /// Its clock and ids.
    pub clock: Arc<Rehearsal>,
    /// Where its mails and requests end, unless it was given other means.
    pub wire: Arc<Wire>,
    /// What it keeps.
    pub store: Arc<dyn EventStore>,
    router: Router,
    /// Credentials issued so far.
    pub(crate) issued: AtomicU32,
}

/// A short idempotency key for what `text` says.
pub fn key(text: &str) -> String {
    let mut hasher = std::hash::DefaultHasher::new();
    text.hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}

/// A request.
#[derive(Clone, Debug)]
pub struct Ask {
    method: Method,
    path: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Ask {
    /// Reads a path.
    pub fn get(path: &str) -> Self {
        Self { method: Method::GET, path: path.into(), headers: vec![], body: vec![] }
    }

    /// Posts JSON under a key.
    pub fn post(path: &str, key: &str, body: &impl serde::Serialize) -> Self {
        Self::send(path, key, serde_json::to_vec(body).unwrap())
    }

    /// Posts bytes under a key.
    pub fn send(path: &str, key: &str, body: Vec<u8>) -> Self {
        let ask = Self { method: Method::POST, path: path.into(), headers: vec![], body };
        if key.is_empty() { ask } else { ask.header("idempotency-key", key) }
    }

    /// With another method.
    pub fn method(mut self, method: Method) -> Self {
        self.method = method;
        self
    }

    /// To another path.
    pub fn moved(mut self, path: &str) -> Self {
        self.path = path.into();
        self
    }

    /// With a header, in place of the one of that name.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.retain(|(other, _)| other != name);
        self.headers.push((name.into(), value.into()));
        self
    }

    /// With a token.
    pub fn bearer(self, token: &str) -> Self {
        self.header("authorization", &format!("Bearer {token}"))
    }
}

impl Site {
    /// A site in memory, from the same seed and moment each time.
    pub async fn new() -> Self {
        Self::on(Arc::new(MemoryStore::default()), [7; 32]).await
    }

    /// A site in memory under another policy profile.
    pub async fn under(profile: &str) -> Self {
        Self::made(Arc::new(MemoryStore::default()), [7; 32], profile, (None, None), |wire| wire.outgoing())
            .await
    }

    /// A site on a store, with ids from a seed.
    pub async fn on(store: Arc<dyn EventStore>, seed: [u8; 32]) -> Self {
        Self::saving(store, seed, None).await
    }

    /// The same with a file for its exposure index.
    pub async fn saving(store: Arc<dyn EventStore>, seed: [u8; 32], index_file: Option<PathBuf>) -> Self {
        Self::sealed(store, seed, index_file, None).await
    }

    /// The same with what seals that file.
    pub async fn sealed(
        store: Arc<dyn EventStore>,
        seed: [u8; 32],
        index_file: Option<PathBuf>,
        vault: Option<Arc<Vault>>,
    ) -> Self {
        Self::made(store, seed, DEFAULT_PROFILE, (index_file, vault), |wire| wire.outgoing()).await
    }

    /// A site on a store, with ids from a seed and means to reach somebody outside.
    pub async fn with(
        store: Arc<dyn EventStore>,
        seed: [u8; 32],
        outgoing: impl FnOnce(&Arc<Wire>) -> Outgoing,
    ) -> Self {
        Self::made(store, seed, DEFAULT_PROFILE, (None, None), outgoing).await
    }

    async fn made(
        store: Arc<dyn EventStore>,
        seed: [u8; 32],
        profile: &str,
        (index_file, vault): (Option<PathBuf>, Option<Arc<Vault>>),
        outgoing: impl FnOnce(&Arc<Wire>) -> Outgoing,
    ) -> Self {
        let wire = Arc::new(Wire::default());
        let start: Timestamp = "2026-07-01T08:00:00Z".parse().unwrap();
        let clock = Arc::new(Rehearsal::new(seed, start));
        let settings = Settings {
            policy: Policy::parse(profile).unwrap(),
            log_origin: "test.example/log".into(),
            log_key: [9; 32],
            log_seconds: 600,
            secure_cookies: true,
            behind_proxy: true,
            index_file,
            vault,
            outgoing: outgoing(&wire),
        };
        let app = App::open(Arc::clone(&store), settings, Arc::<Rehearsal>::clone(&clock)).await.unwrap();
        let router = http::router(Arc::clone(&app));
        Self { app, clock, wire, store, router, issued: AtomicU32::new(0) }
    }

    /// The service, to be served over a real connection.
    pub fn router(&self) -> Router {
        self.router.clone()
    }

    /// Asks and waits for the whole answer.
    pub async fn ask(&self, ask: Ask) -> Answer {
        let mut request = Request::builder().method(ask.method).uri(&ask.path);
        for (name, value) in &ask.headers {
            request = request.header(name, value);
        }
        self.call(request.body(Body::from(ask.body)).unwrap()).await
    }

    /// Sends a request as it is.
    pub async fn call(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes().to_vec();
        Answer { status: parts.status, headers: parts.headers, body }
    }

    /// Lets time pass.
    pub fn wait(&self, by: SignedDuration) {
        self.clock.advance(by);
    }

    /// Runs the workers until nothing is due.
    pub async fn work(&self) {
        workers::drain(&self.app).await.unwrap();
        workers::expire(&self.app).await.unwrap();
    }
}
