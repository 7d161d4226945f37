-- What people and the server itself change. Times are milliseconds since 1970.
CREATE TABLE account (
    id           TEXT PRIMARY KEY,
    name         TEXT NOT NULL UNIQUE,
    display_name TEXT NOT NULL,
    role         TEXT NOT NULL CHECK (role IN ('viewer', 'analyst', 'responder', 'approver', 'admin')),
    locale       TEXT NOT NULL CHECK (locale IN ('en', 'vi')),
    theme        TEXT NOT NULL CHECK (theme IN ('auto', 'dark', 'high_contrast', 'light')),
    -- Argon2id as a PHC string; null until the owner has set one.
    password     TEXT,
    totp_secret  BLOB,
    -- A new secret that waits to be confirmed.
    totp_pending BLOB,
    -- The last step of time of which a code was taken: each is taken once.
    totp_step    INTEGER NOT NULL DEFAULT 0,
    disabled     INTEGER NOT NULL DEFAULT 0 CHECK (disabled IN (0, 1)),
    created      INTEGER NOT NULL,
    last_login   INTEGER
) STRICT;

-- Only hashes of secrets are kept. An empty account means: make the first one.
CREATE TABLE setup_link (
    hash    BLOB PRIMARY KEY,
    account TEXT REFERENCES account (id) ON DELETE CASCADE,
    expires INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX setup_link_account ON setup_link (coalesce(account, ''));

CREATE TABLE session (
    hash    BLOB PRIMARY KEY,
    account TEXT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    created INTEGER NOT NULL,
    seen    INTEGER NOT NULL,
    source  TEXT NOT NULL
) STRICT;
CREATE INDEX session_account ON session (account, created);

CREATE TABLE token (
    id         TEXT PRIMARY KEY,
    name       TEXT NOT NULL,
    hash       BLOB NOT NULL,
    -- Words with a space between.
    scopes     TEXT NOT NULL,
    created    INTEGER NOT NULL,
    created_by TEXT NOT NULL,
    expires    INTEGER,
    last_used  INTEGER,
    revoked    INTEGER
) STRICT;

CREATE TABLE audit (
    n           INTEGER PRIMARY KEY,
    time        INTEGER NOT NULL,
    actor_kind  TEXT NOT NULL,
    actor_id    TEXT NOT NULL,
    actor_name  TEXT NOT NULL,
    source      TEXT NOT NULL,
    action      TEXT NOT NULL,
    target_kind TEXT NOT NULL,
    target_id   TEXT NOT NULL,
    detail      TEXT NOT NULL,
    previous    BLOB NOT NULL,
    hash        BLOB NOT NULL
) STRICT;
CREATE INDEX audit_time ON audit (time);

-- The number and hash of the last entry, so that cutting off the end of the log alone is seen.
CREATE TABLE audit_head (
    one  INTEGER PRIMARY KEY CHECK (one = 1),
    n    INTEGER NOT NULL,
    hash BLOB NOT NULL
) STRICT;
INSERT INTO audit_head (one, n, hash) VALUES (1, 0, zeroblob(32));

-- Against mistakes of ours; who writes to the file itself is found by the hashes.
CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit
BEGIN SELECT raise(ABORT, 'the audit log is only appended to'); END;
CREATE TRIGGER audit_is_not_removed BEFORE DELETE ON audit
BEGIN SELECT raise(ABORT, 'the audit log is only appended to'); END;

CREATE TABLE job (
    id              TEXT PRIMARY KEY,
    kind            TEXT NOT NULL,
    input           TEXT NOT NULL,
    state           TEXT NOT NULL CHECK (state IN ('cancelled', 'done', 'failed', 'queued', 'running')),
    done            INTEGER NOT NULL DEFAULT 0,
    total           INTEGER,
    created         INTEGER NOT NULL,
    actor_kind      TEXT NOT NULL,
    actor_id        TEXT NOT NULL,
    actor_name      TEXT NOT NULL,
    started         INTEGER,
    finished        INTEGER,
    attempts        INTEGER NOT NULL DEFAULT 0,
    cancel          INTEGER NOT NULL DEFAULT 0 CHECK (cancel IN (0, 1)),
    reason          TEXT,
    result          TEXT
) STRICT;
CREATE INDEX job_state ON job (state, created);
CREATE INDEX job_kind ON job (kind, created);

CREATE TABLE setting (
    key   TEXT PRIMARY KEY,
    value BLOB NOT NULL
) STRICT;
