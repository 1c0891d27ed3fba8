//! A witness (C2SP tlog-witness): it cosigns checkpoints of logs that only ever grow, so that a log cannot show one tree
//! to one reader and another to the next, nor say later that its tree was another.
//!
//! For each log it keeps one file with the checkpoint that it cosigned last, written before the cosignature is given
//! away. What proves that a log misbehaved is kept beside it.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use forewarn_tlog::{Checkpoint, Cosigner, Refused, Submission, Verifier};
use sha2::{Digest, Sha256};

use crate::ambient::Ambient;

/// Largest request: a checkpoint with many signatures and a proof.
const LARGEST: usize = 64 << 10;
/// Most files that prove that a log misbehaved, for all logs together.
const MOST_PROOFS: usize = 100;

/// A witness.
pub struct Witness {
    cosigner: Cosigner,
    logs: Vec<Verifier>,
    folder: PathBuf,
    ambient: Arc<dyn Ambient>,
    /// Comparing with the last checkpoint and storing the new one is one act.
    turn: tokio::sync::Mutex<()>,
}

/// Why a checkpoint was not cosigned.
#[derive(Debug, thiserror::Error)]
pub enum WitnessError {
    /// By a rule of the protocol.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// The folder cannot be read or written.
    #[error("the witness cannot keep its checkpoints: {0}")]
    Folder(#[from] io::Error),
    /// The file of the last checkpoint is not one that the log signed.
    #[error("the checkpoint that was cosigned last cannot be read back")]
    Stored,
}

impl Witness {
    /// A witness of these logs that keeps its checkpoints in `folder`, which is there.
    pub fn new(cosigner: Cosigner, logs: Vec<Verifier>, folder: PathBuf, ambient: Arc<dyn Ambient>) -> Self {
        Self { cosigner, logs, folder, ambient, turn: tokio::sync::Mutex::default() }
    }

    /// Its interface: `POST /add-checkpoint`, and `GET /` with its key.
    pub fn router(self: Arc<Self>) -> Router {
        Router::new()
            .route("/", get(key))
            .route("/add-checkpoint", post(add_checkpoint))
            .layer(DefaultBodyLimit::max(LARGEST))
            .with_state(self)
    }

    /// Cosigns a checkpoint, if it extends the one cosigned last. Returns the signature line.
    ///
    /// # Errors
    /// [`WitnessError`].
    pub async fn cosign(&self, body: &str) -> Result<String, WitnessError> {
        let submission = Submission::parse(body)?;
        let _turn = self.turn.lock().await;
        let last = self.last(submission.origin())?;
        let checkpoint = match submission.check(&self.logs, last.as_ref()) {
            Ok(checkpoint) => checkpoint,
            Err(refused) => {
                if matches!(refused, Refused::Forked { .. } | Refused::NotConsistent) {
                    self.keep_proof(&submission, body)?;
                }
                return Err(refused.into());
            }
        };
        write(&self.file_of(&checkpoint.origin), &submission.note.to_string())?;
        let moment = u64::try_from(self.ambient.now().as_second()).unwrap_or(0);
        Ok(format!("{}\n", self.cosigner.cosign(&submission.note, moment)))
    }

    /// The checkpoint cosigned last of a log, believed only with the log's signature.
    fn last(&self, origin: &str) -> Result<Option<Checkpoint>, WitnessError> {
        let known = self.logs.iter().filter(|log| log.name() == origin);
        let text = match fs::read_to_string(self.file_of(origin)) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let read = known.into_iter().find_map(|log| Checkpoint::open(&text, log).ok());
        // A log whose key was taken away is not known any more, and is refused as such.
        let followed = self.logs.iter().any(|log| log.name() == origin);
        if read.is_none() && followed { Err(WitnessError::Stored) } else { Ok(read) }
    }

    fn file_of(&self, origin: &str) -> PathBuf {
        self.folder.join(format!("{}.checkpoint", named(origin)))
    }

    /// Keeps a request that the log signed and that does not extend what it showed before.
    fn keep_proof(&self, submission: &Submission, body: &str) -> io::Result<()> {
        let kept = fs::read_dir(&self.folder)?.filter_map(Result::ok);
        let proofs = kept.filter(|entry| entry.path().extension().is_some_and(|end| end == "misbehaviour"));
        if proofs.count() >= MOST_PROOFS {
            return Ok(());
        }
        tracing::error!(
            "a log showed a tree that does not extend the one it showed before; the request is kept"
        );
        let name = format!("{}-{}.misbehaviour", named(submission.origin()), named(body));
        write(&self.folder.join(name), body)
    }
}

/// A name for a file that says nothing and holds nothing a file system could trip over.
fn named(text: &str) -> String {
    hex::encode(&Sha256::digest(text)[..16])
}

/// Writes a file whole, or leaves what was.
fn write(path: &Path, text: &str) -> io::Result<()> {
    let beside = path.with_extension("new");
    let mut file = File::create(&beside)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(&beside, path)?;
    path.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
}

async fn key(State(witness): State<Arc<Witness>>) -> String {
    format!("{}\n", witness.cosigner.witness())
}

async fn add_checkpoint(State(witness): State<Arc<Witness>>, body: Bytes) -> Response {
    let plain = |status: StatusCode, text: String| (status, text).into_response();
    let Ok(text) = std::str::from_utf8(&body) else {
        return plain(StatusCode::BAD_REQUEST, format!("{}\n", Refused::Malformed));
    };
    match witness.cosign(text).await {
        Ok(line) => plain(StatusCode::OK, line),
        Err(WitnessError::Refused(refused)) => answer(&refused),
        Err(error) => {
            tracing::error!(%error, "a checkpoint was not cosigned");
            plain(StatusCode::INTERNAL_SERVER_ERROR, "the witness cannot keep its checkpoints\n".into())
        }
    }
}

/// The statuses of C2SP tlog-witness.
fn answer(refused: &Refused) -> Response {
    let status = match refused {
        Refused::Malformed => StatusCode::BAD_REQUEST,
        Refused::UnknownLog => StatusCode::NOT_FOUND,
        Refused::Untrusted => StatusCode::FORBIDDEN,
        Refused::Size { .. } | Refused::Forked { .. } => StatusCode::CONFLICT,
        Refused::NotConsistent => StatusCode::UNPROCESSABLE_ENTITY,
    };
    match refused {
        Refused::Size { size } => {
            (status, [(header::CONTENT_TYPE, "text/x.tlog.size")], format!("{size}\n")).into_response()
        }
        _ => (status, format!("{refused}\n")).into_response(),
    }
}
