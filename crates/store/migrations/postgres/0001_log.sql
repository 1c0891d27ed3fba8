-- Texts compare by their bytes ("C"), as on SQLite and in memory, whatever the locale of the database.
-- One row. The update of it is the first write of every commit: it puts commits in order.
CREATE TABLE head (
    id BIGINT PRIMARY KEY,
    seq BIGINT NOT NULL,
    job BIGINT NOT NULL
);
INSERT INTO head (id, seq, job) VALUES (1, 0, 0);

CREATE TABLE events (
    seq BIGINT PRIMARY KEY,
    category TEXT COLLATE "C" NOT NULL,
    stream TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    bytes BYTEA NOT NULL,
    salt BYTEA NOT NULL,
    commitment BYTEA NOT NULL,
    at BIGINT NOT NULL
);
CREATE UNIQUE INDEX events_stream ON events (category, stream, version);

CREATE TABLE documents (
    category TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL,
    state TEXT COLLATE "C" NOT NULL,
    sort_at BIGINT NOT NULL,
    public BIGINT NOT NULL,
    facets BYTEA NOT NULL,
    doc BYTEA NOT NULL,
    PRIMARY KEY (category, id)
);
CREATE INDEX documents_order ON documents (category, sort_at, id);

CREATE TABLE relations (
    category TEXT COLLATE "C" NOT NULL,
    org TEXT COLLATE "C" NOT NULL,
    relation TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (category, org, relation, id)
);

CREATE TABLE keys (
    category TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    value TEXT COLLATE "C" NOT NULL,
    is_unique BIGINT NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (category, name, value, is_unique, id)
);
CREATE UNIQUE INDEX keys_unique ON keys (category, name, value) WHERE is_unique = 1;

CREATE TABLE jobs (
    id BIGINT PRIMARY KEY,
    topic TEXT COLLATE "C" NOT NULL,
    due_at BIGINT NOT NULL,
    leased_until BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    body BYTEA NOT NULL
);
CREATE INDEX jobs_due ON jobs (topic, due_at, id);

CREATE TABLE replays (
    principal TEXT COLLATE "C" NOT NULL,
    idempotency_key TEXT COLLATE "C" NOT NULL,
    request BYTEA NOT NULL,
    status BIGINT NOT NULL,
    response BYTEA NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (principal, idempotency_key)
);
CREATE INDEX replays_at ON replays (at);

CREATE TABLE blobs (
    sha256 BYTEA PRIMARY KEY,
    bytes BYTEA NOT NULL
);

CREATE TABLE settings (
    name TEXT COLLATE "C" PRIMARY KEY,
    value BYTEA NOT NULL
);
