//! Asking witnesses to cosign the log's checkpoints (C2SP tlog-witness, the log's side).

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use forewarn_tlog::WitnessKey;
use url::Url;

/// Longest that one request may take.
const LONGEST: Duration = Duration::from_secs(10);
/// Largest answer read, in bytes.
const LARGEST: usize = 16 << 10;

/// What a witness answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Signature lines; which of them are right is to be checked.
    Lines(String),
    /// It cosigned a checkpoint of another size last: the proof must begin there.
    From(u64),
    /// It did not cosign, with the HTTP status, or did not answer.
    No(Option<u16>),
}

/// An answer under way. It ends in bounded time.
pub type Asking<'a> = Pin<Box<dyn Future<Output = Answer> + Send + 'a>>;

/// A witness as the log knows it.
pub trait AsksWitness: Send + Sync {
    /// Its key.
    fn key(&self) -> &WitnessKey;
    /// Submits a checkpoint.
    fn ask(&self, body: String) -> Asking<'_>;
}

/// A witness behind a URL.
pub struct AtUrl {
    key: WitnessKey,
    url: Url,
    client: reqwest::Client,
}

/// A witness that cannot be asked.
#[derive(Debug, thiserror::Error)]
pub enum Unusable {
    /// Not of the form `KEY@URL`.
    #[error(
        "give a witness as KEY@URL, with its key as `forewarn witness` prints it and an http or https URL"
    )]
    Form,
    /// The HTTP client cannot be made.
    #[error("the HTTP client cannot be made: {0}")]
    Client(#[from] reqwest::Error),
}

impl AtUrl {
    /// Reads `KEY@URL`. The URL is the submission prefix.
    ///
    /// # Errors
    /// [`Unusable`].
    pub fn parse(text: &str) -> Result<Self, Unusable> {
        let (key, url) = text.find("@http").and_then(|at| text.split_at_checked(at)).ok_or(Unusable::Form)?;
        let url = url.trim_start_matches('@');
        let key = WitnessKey::parse(key).map_err(|_| Unusable::Form)?;
        let url = Url::parse(&format!("{}/add-checkpoint", url.trim_end_matches('/')));
        let web = |url: &Url| matches!(url.scheme(), "http" | "https") && url.has_host();
        let url = url.ok().filter(web).ok_or(Unusable::Form)?;
        let client = reqwest::Client::builder()
            .timeout(LONGEST)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()?;
        Ok(Self { key, url, client })
    }

    async fn answer(&self, body: String) -> Result<Answer, reqwest::Error> {
        let mut answer = self.client.post(self.url.clone()).body(body).send().await?;
        let status = answer.status().as_u16();
        let mut bytes = Vec::new();
        while let Some(chunk) = answer.chunk().await? {
            bytes.extend_from_slice(&chunk);
            if bytes.len() > LARGEST {
                return Ok(Answer::No(Some(status)));
            }
        }
        let text = String::from_utf8(bytes).unwrap_or_default();
        Ok(match status {
            200 => Answer::Lines(text),
            409 => text.trim_end().parse().map_or(Answer::No(Some(status)), Answer::From),
            _ => Answer::No(Some(status)),
        })
    }
}

impl AsksWitness for AtUrl {
    fn key(&self) -> &WitnessKey {
        &self.key
    }

    fn ask(&self, body: String) -> Asking<'_> {
        Box::pin(async move { self.answer(body).await.unwrap_or(Answer::No(None)) })
    }
}
