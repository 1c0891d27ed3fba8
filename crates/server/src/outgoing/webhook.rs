//! Requests to the services of organisations, signed as the Standard Webhooks specification says
//! (<https://www.standardwebhooks.com>, version 1): `webhook-id`, `webhook-timestamp` and `webhook-signature`, which is
//! `v1,` and the base64 of HMAC-SHA256 over `id.timestamp.body`.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use forewarn_core::notice::Outcome;
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use sha2::Sha256;
use url::{Host, Url};
use uuid::Uuid;

use super::addresses::is_public;
use super::{Caller, Sending, Sent};

/// The one body there is.
pub const BODY: &str = r#"{"type":"notice.waiting","data":{}}"#;
/// Longest that one request may take, the connection included.
const LONGEST: Duration = Duration::from_secs(10);
/// Longest that connecting may take.
const CONNECT: Duration = Duration::from_secs(5);

/// A request, ready to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Where to.
    pub url: String,
    /// Value of `webhook-id`: the same whenever the same message is tried again.
    pub id: String,
    /// Value of `webhook-timestamp`: seconds since the Unix epoch, at this attempt.
    pub timestamp: i64,
    /// Value of `webhook-signature`.
    pub signature: String,
    /// The body.
    pub body: &'static str,
}

/// Writes the request.
pub fn waiting(url: &str, secret: &[u8], id: Uuid, at: Timestamp) -> Request {
    let id = format!("msg_{}", id.simple());
    let timestamp = at.as_second();
    let signature = signature(secret, &id, timestamp, BODY);
    Request { url: url.to_owned(), id, timestamp, signature, body: BODY }
}

/// The signature of a body under one secret.
pub fn signature(secret: &[u8], id: &str, timestamp: i64, body: &str) -> String {
    let signed = authenticated(secret, &[format!("{id}.{timestamp}.").as_bytes(), body.as_bytes()]);
    format!("v1,{}", STANDARD.encode(signed))
}

/// The signing secret that `name` names: derived from the service's key, so that it lies in no database. An organisation
/// that wants another gets another name.
pub fn secret(key: &[u8; 32], name: Uuid) -> [u8; 32] {
    authenticated(key, &[b"forewarn webhook secret 1\n", name.as_bytes()])
}

/// A secret as its holder writes it down.
pub fn written(secret: &[u8]) -> String {
    format!("whsec_{}", STANDARD.encode(secret))
}

fn authenticated(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    // HMAC takes a key of any length; the error cannot occur.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return [0; 32] };
    parts.iter().for_each(|part| mac.update(part));
    mac.finalize().into_bytes().into()
}

/// Where names are looked up.
pub trait Lookup: Send + Sync {
    /// Addresses of a host.
    fn lookup(
        &self,
        host: String,
    ) -> futures_util::future::BoxFuture<'static, std::io::Result<Vec<SocketAddr>>>;
}

/// The machine's own way.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemLookup;

impl Lookup for SystemLookup {
    fn lookup(
        &self,
        host: String,
    ) -> futures_util::future::BoxFuture<'static, std::io::Result<Vec<SocketAddr>>> {
        Box::pin(async move { Ok(tokio::net::lookup_host((host, 0)).await?.collect()) })
    }
}

/// The HTTP client for webhooks. It connects to addresses that were checked, never to a name that is looked up again;
/// it follows no redirects, uses no proxy, and does not read what is answered.
pub struct Webhooks {
    client: reqwest::Client,
    inside: bool,
}

/// An address the service does not connect to.
#[derive(Debug, thiserror::Error)]
#[error("the address is not one of the public internet")]
struct Blocked;

struct Checked {
    lookup: Arc<dyn Lookup>,
    inside: bool,
}

impl Resolve for Checked {
    fn resolve(&self, name: Name) -> Resolving {
        let (found, inside) = (self.lookup.lookup(name.as_str().to_owned()), self.inside);
        Box::pin(async move {
            let found = found.await?.into_iter().filter(|address| inside || is_public(address.ip()));
            let good: Vec<SocketAddr> = found.collect();
            if good.is_empty() { Err(Blocked.into()) } else { Ok(Box::new(good.into_iter()) as Addrs) }
        })
    }
}

impl Webhooks {
    /// A client. `inside` allows addresses that are not public, and plain HTTP; for tests and closed networks.
    ///
    /// # Errors
    /// When TLS cannot be set up.
    pub fn new(inside: bool, lookup: Arc<dyn Lookup>) -> Result<Self, reqwest::Error> {
        let client = reqwest::Client::builder()
            .user_agent(concat!("forewarn/", env!("CARGO_PKG_VERSION")))
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .dns_resolver(Arc::new(Checked { lookup, inside }))
            .connect_timeout(CONNECT)
            .timeout(LONGEST)
            .pool_max_idle_per_host(0)
            .build()?;
        Ok(Self { client, inside })
    }

    /// The URL, if requests may go there. Names are checked when they are looked up.
    fn allowed(&self, url: &str) -> Option<Url> {
        let url = Url::parse(url).ok()?;
        let scheme = url.scheme() == "https" || (self.inside && url.scheme() == "http");
        let bare = url.username().is_empty() && url.password().is_none();
        let host = match url.host()? {
            Host::Domain(_) => true,
            Host::Ipv4(address) => self.inside || is_public(address.into()),
            Host::Ipv6(address) => self.inside || is_public(address.into()),
        };
        (scheme && bare && host).then_some(url)
    }

    async fn call(&self, request: &Request) -> Sent {
        let Some(url) = self.allowed(&request.url) else {
            return Sent { outcome: Outcome::Blocked, code: None };
        };
        let sent = self
            .client
            .post(url)
            .header("content-type", "application/json")
            .header("webhook-id", &request.id)
            .header("webhook-timestamp", request.timestamp)
            .header("webhook-signature", &request.signature)
            .body(request.body)
            .send();
        match tokio::time::timeout(LONGEST, sent).await {
            // The body of the answer is not read: dropping it closes the connection.
            Ok(Ok(response)) => judged(response.status().as_u16()),
            Ok(Err(error)) if is_blocked(&error) => Sent { outcome: Outcome::Blocked, code: None },
            Ok(Err(_)) | Err(_) => Sent { outcome: Outcome::Unreachable, code: None },
        }
    }
}

/// 2xx is taken; 410 means that the endpoint is gone for good; anything else may be better later.
fn judged(status: u16) -> Sent {
    let outcome = match status {
        200..=299 => Outcome::Accepted,
        410 => Outcome::Refused,
        _ => Outcome::Deferred,
    };
    Sent { outcome, code: Some(status) }
}

fn is_blocked(error: &reqwest::Error) -> bool {
    let mut cause: Option<&dyn std::error::Error> = Some(error);
    while let Some(inner) = cause {
        if inner.is::<Blocked>() {
            return true;
        }
        cause = inner.source();
    }
    false
}

impl Caller for Webhooks {
    fn send<'a>(&'a self, request: &'a Request) -> Sending<'a> {
        Box::pin(self.call(request))
    }
}
