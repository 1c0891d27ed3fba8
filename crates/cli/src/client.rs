//! The API as a client sees it.

use std::time::Duration;

use anyhow::Context;
use clap::Args;
use forewarn_core::inert::inert_value;
use forewarn_server::ambient::{Ambient, Machine};
use forewarn_server::app::views::Page;
use forewarn_server::http::Problem;
use reqwest::{Method, RequestBuilder, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::bad_input::BadInput;
use crate::pending::Pending;
use sha2::{Digest, Sha256};

/// Which service, and as whom.
#[derive(Args, Clone, Debug)]
pub struct ServerArguments {
    /// Address of the service.
    #[arg(long, env = "FOREWARN_SERVER", default_value = "http://127.0.0.1:8080", value_name = "URL")]
    pub server: String,
    /// API token, from `forewarn admin token`.
    #[arg(long, env = "FOREWARN_TOKEN", hide_env_values = true, default_value = "")]
    pub token: String,
}

/// The service said no.
#[derive(Debug, thiserror::Error)]
#[error("{}{}", .0.detail, .0.place.as_ref().map(|place| format!(" (at {place})")).unwrap_or_default())]
pub struct Refused(pub Problem);

/// An answer, be it yes or no.
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// When to ask again, if the service says.
    pub retry_after: Option<Duration>,
    /// Body.
    pub body: Vec<u8>,
}

/// A client with a token.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    server: String,
    token: String,
}

impl Client {
    /// A client of the service at `server`.
    ///
    /// # Errors
    /// When the address is not one.
    pub fn new(server: &str, token: &str) -> anyhow::Result<Self> {
        let http = reqwest::Client::builder()
            .user_agent(concat!("forewarn/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(Duration::from_secs(10))
            .timeout(Duration::from_secs(300))
            .build()
            .context("the HTTP client cannot be made")?;
        reqwest::Url::parse(server).map_err(|_| BadInput::new(format!("{server} is not a URL")))?;
        Ok(Self { http, server: server.trim_end_matches('/').to_owned(), token: token.to_owned() })
    }

    /// A client as the command line says.
    ///
    /// # Errors
    /// As [`Client::new`].
    pub fn from_arguments(arguments: &ServerArguments) -> anyhow::Result<Self> {
        Self::new(&arguments.server, &arguments.token)
    }

    /// Address of the service.
    pub fn server(&self) -> &str {
        &self.server
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.server));
        if self.token.is_empty() { request } else { request.bearer_auth(&self.token) }
    }

    /// Reads a thing.
    ///
    /// # Errors
    /// [`Refused`], or when the service cannot be reached or its answer not read.
    pub async fn get<T: DeserializeOwned>(&self, path: &str) -> anyhow::Result<T> {
        understood(&self.bytes(path).await?)
    }

    /// Reads bytes.
    ///
    /// # Errors
    /// As [`Client::get`].
    pub async fn bytes(&self, path: &str) -> anyhow::Result<Vec<u8>> {
        let response = self.request(Method::GET, path).send().await.with_context(|| self.unreachable())?;
        Ok(accepted(response).await?.bytes().await?.to_vec())
    }

    /// Reads bytes that are kept: `None` when they still are those whose entity tag is `known`.
    ///
    /// # Errors
    /// As [`Client::get`].
    pub async fn bytes_unless(&self, path: &str, known: Option<&str>) -> anyhow::Result<Option<Vec<u8>>> {
        let request = self.request(Method::GET, path);
        let request = match known {
            Some(tag) => request.header("if-none-match", format!("\"{tag}\"")),
            None => request,
        };
        let response = request.send().await.with_context(|| self.unreachable())?;
        if response.status() == reqwest::StatusCode::NOT_MODIFIED {
            return Ok(None);
        }
        let bytes = accepted(response).await?.bytes().await.with_context(|| self.unreachable())?;
        Ok(Some(bytes.to_vec()))
    }

    /// Reads a thing with one more header.
    ///
    /// # Errors
    /// As [`Client::get`].
    pub async fn get_with<T: DeserializeOwned>(
        &self,
        path: &str,
        name: &str,
        value: &str,
    ) -> anyhow::Result<T> {
        let request = self.request(Method::GET, path).header(name, value);
        let response = request.send().await.with_context(|| self.unreachable())?;
        understood(&accepted(response).await?.bytes().await?)
    }

    /// Sends lines of JSON that are compressed, and gives whatever is answered.
    ///
    /// # Errors
    /// When the service cannot be reached, or its answer ends too early.
    pub async fn post_gzip(&self, path: &str, key: &str, body: Vec<u8>) -> anyhow::Result<Reply> {
        let request = self.request(Method::POST, path).header("idempotency-key", key);
        let request =
            request.header("content-type", "application/x-ndjson").header("content-encoding", "gzip");
        let response = request.body(body).send().await.with_context(|| self.unreachable())?;
        let seconds =
            response.headers().get("retry-after").and_then(|value| value.to_str().ok()?.parse().ok());
        let status = response.status().as_u16();
        let body = response.bytes().await.with_context(|| self.unreachable())?.to_vec();
        Ok(Reply { status, retry_after: seconds.map(Duration::from_secs), body })
    }

    /// Copies a long answer as it arrives.
    ///
    /// # Errors
    /// As [`Client::get`], and when the answer stops in the middle or cannot be written.
    pub async fn stream(&self, path: &str, into: &mut impl std::io::Write) -> anyhow::Result<()> {
        let request = self.request(Method::GET, path).timeout(Duration::from_secs(4 * 3600));
        let mut response = accepted(request.send().await.with_context(|| self.unreachable())?).await?;
        while let Some(part) =
            response.chunk().await.context("the answer stopped in the middle; ask again")?
        {
            into.write_all(&part).context("the answer cannot be written")?;
        }
        into.flush().context("the answer cannot be written")
    }

    /// Whatever the service answers: status, content type and body.
    ///
    /// # Errors
    /// When the service cannot be reached.
    pub async fn raw(&self, path: &str, accept: &str) -> anyhow::Result<(u16, String, Vec<u8>)> {
        let request = self.request(Method::GET, path).header("accept", accept);
        let response = request.send().await.with_context(|| self.unreachable())?;
        let kind = response.headers().get("content-type").and_then(|v| v.to_str().ok()).unwrap_or_default();
        let (status, kind) = (response.status().as_u16(), kind.to_owned());
        Ok((status, kind, response.bytes().await?.to_vec()))
    }

    /// Id of the organisation that the token stands for.
    ///
    /// # Errors
    /// When the service cannot be reached or does not know the token.
    pub async fn own_org(&self) -> anyhow::Result<String> {
        let me: serde_json::Value = self.get("/api/v1/me").await?;
        me["org"].as_str().map(str::to_owned).context("the service does not say who you are")
    }

    /// Every item of a list that is answered in pages; `path` may have a query of its own.
    ///
    /// # Errors
    /// As [`Client::get`], or what `show` fails with.
    pub async fn each<T: DeserializeOwned>(
        &self,
        path: &str,
        mut show: impl FnMut(T) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let first = format!("{path}{}limit=200", if path.contains('?') { '&' } else { '?' });
        let mut here = first.clone();
        loop {
            let page: Page<T> = self.get(&here).await?;
            page.items.into_iter().try_for_each(&mut show)?;
            match page.next {
                Some(next) => here = format!("{first}&after={next}"),
                None => return Ok(()),
            }
        }
    }

    /// Acts on a thing once: a command that is repeated because its answer was lost is the same act, while one that is
    /// given again after it was answered is another.
    ///
    /// # Errors
    /// As [`Client::get`].
    pub async fn act<T: DeserializeOwned>(
        &self,
        kind: &str,
        id: &str,
        act: &impl Serialize,
    ) -> anyhow::Result<T> {
        let path = format!("/api/v1/{kind}/{}", escaped(id));
        let path = format!("{path}/acts");
        let body = serde_json::to_vec(act)?;
        let pending = Pending::of(&[self.server.as_bytes(), self.token.as_bytes(), path.as_bytes(), &body]);
        let answered = self.send(&path, pending.key(), "application/json", body).await;
        if answered.as_ref().map_or_else(is_settled, |_| true) {
            pending.answered();
        }
        answered
    }

    /// Asks for a change under an idempotency key.
    ///
    /// # Errors
    /// As [`Client::get`].
    pub async fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        key: &str,
        body: &impl Serialize,
    ) -> anyhow::Result<T> {
        self.send(path, key, "application/json", serde_json::to_vec(body)?).await
    }

    /// Sends a document under an idempotency key.
    ///
    /// # Errors
    /// As [`Client::get`].
    pub async fn send<T: DeserializeOwned>(
        &self,
        path: &str,
        key: &str,
        kind: &str,
        body: Vec<u8>,
    ) -> anyhow::Result<T> {
        let request = self.request(Method::POST, path).header("idempotency-key", key);
        let sent = request.header("content-type", kind).body(body).send().await;
        understood(&accepted(sent.with_context(|| self.unreachable())?).await?.bytes().await?)
    }

    fn unreachable(&self) -> String {
        format!("{} does not answer; is `forewarn serve` running there? See --server", self.server)
    }
}

/// An answer, with its texts fit for a terminal; what has to stay byte for byte is read with [`Client::bytes`].
fn understood<T: DeserializeOwned>(bytes: &[u8]) -> anyhow::Result<T> {
    let strange = "the answer of the service is not understood";
    let mut value = serde_json::from_slice(bytes).context(strange)?;
    inert_value(&mut value);
    serde_json::from_value(value).context(strange)
}

async fn accepted(response: Response) -> anyhow::Result<Response> {
    if response.status().is_success() {
        return Ok(response);
    }
    let status = response.status();
    let body = response.bytes().await?;
    match serde_json::from_slice::<Problem>(&body) {
        Ok(problem) => Err(Refused(problem).into()),
        Err(_) => anyhow::bail!("the service answered {status}"),
    }
}

/// Whether an error is the service's answer to the act, so that a repeated command would be another one.
fn is_settled(error: &anyhow::Error) -> bool {
    let status = error.downcast_ref::<Refused>().map(|refused| refused.0.status);
    status.is_some_and(|status| status < 500 && !matches!(status, 408 | 425 | 429))
}

/// A key that is the same whenever the same is asked: repeating a command does nothing twice.
pub fn key_of(parts: &[&[u8]]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hex::encode(&hash.finalize()[..16])
}

/// A key for an act that follows from nothing else: what is asked a second time is asked anew.
pub fn fresh_key(parts: &[&[u8]]) -> String {
    let now = Machine.now().to_string();
    let mut all = parts.to_vec();
    all.push(now.as_bytes());
    key_of(&all)
}

/// A part of a path or query.
pub fn escaped(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}
