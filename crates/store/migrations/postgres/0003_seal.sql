-- Data keys, one for each scope, wrapped by a key that is never in the database. Rows name the key they are sealed under;
-- 0 stands for rows that are not sealed. What a destroyed key sealed has no row here.
CREATE TABLE data_keys (
    id BIGINT PRIMARY KEY,
    scope TEXT COLLATE "C" NOT NULL UNIQUE,
    kek TEXT COLLATE "C" NOT NULL,
    wrapped BYTEA NOT NULL
);
INSERT INTO data_keys (id, scope, kek, wrapped) VALUES (0, '', '', '');

ALTER TABLE events ADD COLUMN key_id BIGINT NOT NULL DEFAULT 0;
ALTER TABLE documents ADD COLUMN key_id BIGINT NOT NULL DEFAULT 0;
ALTER TABLE jobs ADD COLUMN key_id BIGINT NOT NULL DEFAULT 0;
ALTER TABLE replays ADD COLUMN key_id BIGINT NOT NULL DEFAULT 0;
ALTER TABLE blobs ADD COLUMN key_id BIGINT NOT NULL DEFAULT 0;
ALTER TABLE settings ADD COLUMN key_id BIGINT NOT NULL DEFAULT 0;

-- What is still to be sealed; empty once all is.
CREATE INDEX documents_plain ON documents (category, id) WHERE key_id = 0;
CREATE INDEX jobs_plain ON jobs (id) WHERE key_id = 0;
CREATE INDEX replays_plain ON replays (principal, idempotency_key) WHERE key_id = 0;
CREATE INDEX blobs_plain ON blobs (sha256) WHERE key_id = 0;
CREATE INDEX settings_plain ON settings (name) WHERE key_id = 0;
