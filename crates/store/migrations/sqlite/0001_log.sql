-- One row. The update of it is the first write of every commit: it puts commits in order.
CREATE TABLE head (
    id INTEGER PRIMARY KEY,
    seq BIGINT NOT NULL,
    job BIGINT NOT NULL
);
INSERT INTO head (id, seq, job) VALUES (1, 0, 0);

CREATE TABLE events (
    seq INTEGER PRIMARY KEY,
    category TEXT NOT NULL,
    stream TEXT NOT NULL,
    version BIGINT NOT NULL,
    kind TEXT NOT NULL,
    bytes BLOB NOT NULL,
    salt BLOB NOT NULL,
    commitment BLOB NOT NULL,
    at BIGINT NOT NULL
);
CREATE UNIQUE INDEX events_stream ON events (category, stream, version);

CREATE TABLE documents (
    category TEXT NOT NULL,
    id TEXT NOT NULL,
    version BIGINT NOT NULL,
    state TEXT NOT NULL,
    sort_at BIGINT NOT NULL,
    public BIGINT NOT NULL,
    facets BLOB NOT NULL,
    doc BLOB NOT NULL,
    PRIMARY KEY (category, id)
);
CREATE INDEX documents_order ON documents (category, sort_at, id);

CREATE TABLE relations (
    category TEXT NOT NULL,
    org TEXT NOT NULL,
    relation TEXT NOT NULL,
    id TEXT NOT NULL,
    PRIMARY KEY (category, org, relation, id)
) WITHOUT ROWID;

CREATE TABLE keys (
    category TEXT NOT NULL,
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    is_unique BIGINT NOT NULL,
    id TEXT NOT NULL,
    PRIMARY KEY (category, name, value, is_unique, id)
) WITHOUT ROWID;
CREATE UNIQUE INDEX keys_unique ON keys (category, name, value) WHERE is_unique = 1;

CREATE TABLE jobs (
    id INTEGER PRIMARY KEY,
    topic TEXT NOT NULL,
    due_at BIGINT NOT NULL,
    leased_until BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    body BLOB NOT NULL
);
CREATE INDEX jobs_due ON jobs (topic, due_at, id);

CREATE TABLE replays (
    principal TEXT NOT NULL,
    idempotency_key TEXT NOT NULL,
    request BLOB NOT NULL,
    status BIGINT NOT NULL,
    response BLOB NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (principal, idempotency_key)
);
CREATE INDEX replays_at ON replays (at);

CREATE TABLE blobs (
    sha256 BLOB PRIMARY KEY,
    bytes BLOB NOT NULL
);

CREATE TABLE settings (
    name TEXT PRIMARY KEY,
    value BLOB NOT NULL
);
