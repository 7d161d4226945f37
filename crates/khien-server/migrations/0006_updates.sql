-- Updates under review. An actor is JSON, as in the answers; times are milliseconds since 1970.
CREATE TABLE update_file (
    id           TEXT PRIMARY KEY,
    -- The name that it came under; never a path.
    name         TEXT NOT NULL,
    sha256       TEXT NOT NULL UNIQUE,
    size         INTEGER NOT NULL,
    -- The product as whoever sent it says; empty where nobody said.
    given        TEXT NOT NULL,
    -- That, else what it states of itself; empty before it was read.
    product      TEXT NOT NULL,
    version      TEXT,
    publisher    TEXT,
    arrived      INTEGER NOT NULL,
    actor        TEXT NOT NULL,
    origin       TEXT NOT NULL CHECK (origin IN ('upload', 'watch')),
    -- The job that reads it; a job that ended may be gone.
    job          TEXT,
    -- When it was read, and what came of it.
    read         INTEGER,
    verdict      TEXT CHECK (verdict IN ('block', 'hold', 'pass', 'unknown')),
    score        REAL,
    compared     TEXT,
    first_reason TEXT,
    dossier      TEXT,
    -- Whether its profile was made: only then it can be one of the trusted releases.
    readable     INTEGER NOT NULL DEFAULT 0,
    -- The last decision.
    last         INTEGER REFERENCES update_decision (n),
    -- The lineage that its profile is in now.
    lineage      TEXT,
    -- Whether its bytes are there.
    kept         INTEGER NOT NULL,
    revision     INTEGER NOT NULL
) STRICT;
CREATE INDEX update_file_arrived ON update_file (arrived, id);
CREATE INDEX update_file_product ON update_file (product, arrived);

-- Decisions, in the order in which they were taken.
CREATE TABLE update_decision (
    n        INTEGER PRIMARY KEY,
    file     TEXT NOT NULL REFERENCES update_file (id) ON DELETE CASCADE,
    decision TEXT NOT NULL CHECK (decision IN ('block', 'hold', 'pass')),
    reason   TEXT NOT NULL,
    owner    TEXT NOT NULL,
    until    INTEGER,
    actor    TEXT NOT NULL,
    at       INTEGER NOT NULL,
    verdict  TEXT CHECK (verdict IN ('block', 'hold', 'pass', 'unknown'))
) STRICT;
CREATE INDEX update_decision_file ON update_decision (file, n);

-- Files of the watched folder that were taken, as they were then.
CREATE TABLE update_watched (
    name     TEXT PRIMARY KEY,
    size     INTEGER NOT NULL,
    modified INTEGER NOT NULL
) STRICT;
