//! The store on SQLite and PostgreSQL: one text of SQL, two sets of migrations.

mod append;
mod count;
mod error;
mod filter;
mod migrate;
mod outbox;
mod read;
mod rebuild;
mod rows;
mod sealing;
mod shred;
mod statement;
mod writer;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use forewarn_core::aggregate::Category;
use forewarn_core::event::{Recorded, StreamId};
use forewarn_seal::KekId;
use sqlx::any::{AnyConnectOptions, AnyPoolOptions};
use sqlx::{Any, AnyConnection, AnyPool, AssertSqlSafe, ConnectOptions, Connection, Executor, Transaction};
use tokio::sync::{Mutex, MutexGuard};

pub use sealing::{Sealing, Vault};

use sealing::Opener;

use crate::types::{Commit, Committed, Document, Job, Query, Replay, StoreError};
use crate::{Answer, EventStore};

/// Connections of one process.
const CONNECTIONS: u32 = 8;
/// How long to wait for a connection or for a lock another process holds.
const PATIENCE: Duration = Duration::from_secs(10);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Engine {
    Sqlite,
    Postgres,
}

impl Engine {
    /// How a writing transaction begins: on SQLite with the write lock, so that it cannot fail later for want of it.
    fn begin(self) -> &'static str {
        match self {
            Engine::Sqlite => "BEGIN IMMEDIATE",
            Engine::Postgres => "BEGIN",
        }
    }

    /// What makes an acknowledged commit a durable one, and a stuck lock an error.
    fn session(self) -> &'static str {
        match self {
            Engine::Sqlite => {
                "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = 10000; \
                 PRAGMA foreign_keys = ON"
            }
            Engine::Postgres => {
                "SET lock_timeout = '10s'; SELECT set_config('synchronous_commit', 'on', false) \
                 WHERE current_setting('synchronous_commit') = 'off'"
            }
        }
    }
}

/// What the store and its writer share.
struct Shared {
    pool: AnyPool,
    engine: Engine,
    /// SQLite has one writer at a time. Within the process they queue here, where waiting is fair and free, and not
    /// at the file, where it is polling.
    turn: Mutex<()>,
    /// `None` where nothing is sealed.
    vault: Option<Arc<Vault>>,
}

impl Shared {
    fn vault(&self) -> Option<&Vault> {
        self.vault.as_deref()
    }

    fn opener(&self) -> Opener<'_> {
        Opener::new(self.vault())
    }

    /// The bytes of a row that belongs to the instance.
    fn opened(&self, key: i64, table: &str, row: &[&[u8]], stored: Vec<u8>) -> Result<Vec<u8>, StoreError> {
        match (key, self.vault()) {
            (0, _) => Ok(stored),
            (_, Some(vault)) => vault.instance().open(table, row, &stored),
            (_, None) => Err(StoreError::Unavailable("it is sealed, and no key is at hand".into())),
        }
    }

    async fn turn(&self) -> Option<MutexGuard<'_, ()>> {
        match self.engine {
            Engine::Sqlite => Some(self.turn.lock().await),
            Engine::Postgres => None,
        }
    }

    async fn begin(&self) -> Result<Transaction<'static, Any>, StoreError> {
        self.pool.begin_with(self.engine.begin()).await.map_err(error::reading)
    }
}

/// The store on SQLite or PostgreSQL. Commits that wait at the same time are written in one transaction.
pub struct SqlStore {
    shared: Arc<Shared>,
    writer: writer::Writer,
}

impl std::fmt::Debug for SqlStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SqlStore").field("engine", &self.shared.engine).finish_non_exhaustive()
    }
}

/// A database that is open, before it is known under which key its rows are sealed.
pub struct Locked {
    shared: Shared,
}

impl std::fmt::Debug for Locked {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Locked").field("engine", &self.shared.engine).finish_non_exhaustive()
    }
}

impl Locked {
    /// Opens the SQLite database at `path`, creating it if there is none, and brings its tables up to date.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when the file cannot be opened, [`StoreError::Corrupt`] when a newer program wrote
    /// its tables.
    pub async fn sqlite(path: &Path) -> Result<Self, StoreError> {
        let path = path.to_str().ok_or_else(|| StoreError::Unavailable("the path is not UTF-8".into()))?;
        // An address: what has a meaning in one is written as an escape.
        let mut address = String::from("sqlite://");
        for byte in path.bytes() {
            match byte {
                b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'/' | b'.' | b'_' | b'-' => {
                    address.push(byte.into())
                }
                _ => address.push_str(&format!("%{byte:02X}")),
            }
        }
        Self::open(Engine::Sqlite, &(address + "?mode=rwc")).await
    }

    /// Opens the PostgreSQL database at `url` (`postgres://user:password@host:port/database`) and brings its tables
    /// up to date.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when it cannot be reached or the address is not one, [`StoreError::Corrupt`] when
    /// a newer program wrote its tables.
    pub async fn url(url: &str) -> Result<Self, StoreError> {
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            Self::open(Engine::Postgres, url).await
        } else {
            Err(StoreError::Unavailable("the address is not one of postgres://".into()))
        }
    }

    async fn open(engine: Engine, url: &str) -> Result<Self, StoreError> {
        sqlx::any::install_default_drivers();
        let options: AnyConnectOptions = url.parse().map_err(error::reading)?;
        // The pool would try again and again, and then only say that it took too long.
        let mut probe = AnyConnection::connect_with(&options).await.map_err(error::reading)?;
        probe.execute(AssertSqlSafe(engine.session())).await.map_err(error::reading)?;
        probe.close().await.map_err(error::reading)?;
        let pool = AnyPoolOptions::new()
            .max_connections(CONNECTIONS)
            .acquire_timeout(PATIENCE)
            .after_connect(move |connection, _| {
                Box::pin(async move { connection.execute(AssertSqlSafe(engine.session())).await.map(|_| ()) })
            })
            .connect_with(options.disable_statement_logging())
            .await
            .map_err(error::reading)?;
        let shared = Shared { pool, engine, turn: Mutex::new(()), vault: None };
        migrate::run(&shared).await?;
        Ok(Self { shared })
    }

    /// The key that it is sealed under; `None` when nothing in it is sealed.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn sealed_under(&self) -> Result<Option<KekId>, StoreError> {
        sealing::sealed_under(&self.shared).await
    }

    /// Opens its rows, and seals those that were written before it was sealed. Must be called within a Tokio runtime,
    /// which then runs the writer.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when the key is not at hand, [`StoreError::Corrupt`] when it does not open.
    pub async fn unlock(mut self, sealing: Sealing) -> Result<SqlStore, StoreError> {
        self.shared.vault = Some(Arc::new(sealing::unlock(&self.shared, sealing).await?));
        sealing::seal_existing(&self.shared).await?;
        Ok(SqlStore::start(self.shared))
    }

    /// Leaves it as it is: rows are not sealed. For tests and measurements. Must be called within a Tokio runtime, which
    /// then runs the writer.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when it is sealed.
    pub async fn plain(self) -> Result<SqlStore, StoreError> {
        match self.sealed_under().await? {
            None => Ok(SqlStore::start(self.shared)),
            Some(key) => Err(StoreError::Unavailable(format!("it is sealed under key {key}"))),
        }
    }
}

impl SqlStore {
    fn start(shared: Shared) -> Self {
        let shared = Arc::new(shared);
        let writer = writer::Writer::start(Arc::clone(&shared));
        Self { shared, writer }
    }

    /// Opens a SQLite database whose rows are not sealed: see [`Locked::sqlite`] and [`Locked::plain`].
    ///
    /// # Errors
    /// Theirs.
    pub async fn open_sqlite(path: &Path) -> Result<Self, StoreError> {
        Locked::sqlite(path).await?.plain().await
    }

    /// Opens a PostgreSQL database whose rows are not sealed: see [`Locked::url`] and [`Locked::plain`].
    ///
    /// # Errors
    /// Theirs.
    pub async fn open_url(url: &str) -> Result<Self, StoreError> {
        Locked::url(url).await?.plain().await
    }

    /// What seals its rows, for files that belong to the same data.
    pub fn vault(&self) -> Option<Arc<Vault>> {
        self.shared.vault.clone()
    }

    /// Wraps every data key under the first key of the ring and says how many were under another. It can be stopped and
    /// called again; other processes go on meanwhile.
    ///
    /// # Errors
    /// When a key is not at hand or the database does not answer.
    pub async fn rotate(&self) -> Result<u64, StoreError> {
        sealing::rotate(&self.shared).await
    }

    /// How many data keys are wrapped under each key-encryption key.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn keys_in_use(&self) -> Result<Vec<(String, u64)>, StoreError> {
        sealing::used(&self.shared).await
    }

    /// Closes the connections. Commits under way are finished first.
    pub async fn close(self) {
        self.writer.stop().await;
        self.shared.pool.close().await;
    }
}

impl EventStore for SqlStore {
    fn commit(&self, commit: Commit) -> Answer<'_, Committed> {
        Box::pin(self.writer.commit(commit))
    }

    fn get<'a>(&'a self, category: Category, id: &'a str) -> Answer<'a, Option<Document>> {
        Box::pin(read::get(&self.shared, category, id))
    }

    fn list<'a>(&'a self, query: &'a Query) -> Answer<'a, Vec<Document>> {
        Box::pin(read::list(&self.shared, query))
    }

    fn holders<'a>(
        &'a self,
        category: Category,
        name: &'a str,
        values: &'a [String],
    ) -> Answer<'a, Vec<(String, Document)>> {
        Box::pin(read::holders(&self.shared, category, name, values))
    }

    fn count<'a>(&'a self, query: &'a Query) -> Answer<'a, u64> {
        Box::pin(read::count(&self.shared, query))
    }

    fn stream<'a>(&'a self, stream: &'a StreamId) -> Answer<'a, Vec<Recorded>> {
        Box::pin(read::stream(&self.shared, stream))
    }

    fn events_after(&self, seq: u64, limit: u32, category: Option<Category>) -> Answer<'_, Vec<Recorded>> {
        Box::pin(read::events_after(&self.shared, seq, limit, category))
    }

    fn commitments(&self, from_seq: u64, limit: u32) -> Answer<'_, Vec<[u8; 32]>> {
        Box::pin(read::commitments(&self.shared, from_seq, limit))
    }

    fn head(&self) -> Answer<'_, u64> {
        Box::pin(read::head(&self.shared))
    }

    fn blob<'a>(&'a self, owner: &'a StreamId, sha256: &'a [u8; 32]) -> Answer<'a, Option<Vec<u8>>> {
        Box::pin(read::blob(&self.shared, owner, sha256))
    }

    fn counted<'a>(&'a self, name: &'a str, start: i64) -> Answer<'a, u64> {
        Box::pin(count::counted(&self.shared, name, start))
    }

    fn replay<'a>(&'a self, principal: &'a str, key: &'a str) -> Answer<'a, Option<Replay>> {
        Box::pin(outbox::replay(&self.shared, principal, key))
    }

    fn forget_replays(&self, before: i64) -> Answer<'_, u64> {
        Box::pin(outbox::forget_replays(&self.shared, before))
    }

    fn lease<'a>(&'a self, topic: &'a str, now: i64, until: i64, limit: u32) -> Answer<'a, Vec<Job>> {
        Box::pin(outbox::lease(&self.shared, topic, now, until, limit))
    }

    fn finish<'a>(&'a self, job: &'a Job) -> Answer<'a, ()> {
        Box::pin(outbox::finish(&self.shared, job))
    }

    fn retry<'a>(&'a self, job: &'a Job, due_at: i64) -> Answer<'a, ()> {
        Box::pin(outbox::retry(&self.shared, job, due_at))
    }

    fn shred<'a>(&'a self, streams: &'a [StreamId], blobs: &'a [(StreamId, [u8; 32])]) -> Answer<'a, u64> {
        Box::pin(shred::shred(&self.shared, streams, blobs))
    }

    fn rebuild(&self) -> Answer<'_, u64> {
        Box::pin(rebuild::rebuild(&self.shared))
    }

    fn read_models(&self) -> Answer<'_, Vec<String>> {
        Box::pin(rebuild::read_models(&self.shared))
    }

    fn setting<'a>(&'a self, name: &'a str) -> Answer<'a, Option<Vec<u8>>> {
        Box::pin(outbox::setting(&self.shared, name))
    }

    fn setting_or<'a>(&'a self, name: &'a str, value: &'a [u8]) -> Answer<'a, Vec<u8>> {
        Box::pin(outbox::setting_or(&self.shared, name, value))
    }

    fn put_setting<'a>(&'a self, name: &'a str, value: &'a [u8]) -> Answer<'a, ()> {
        Box::pin(outbox::put_setting(&self.shared, name, value))
    }
}
