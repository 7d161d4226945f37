-- What people work on. An actor is JSON, as in the answers; times are milliseconds since 1970.
CREATE TABLE case_year (
    year INTEGER PRIMARY KEY,
    last INTEGER NOT NULL
) STRICT;

CREATE TABLE case_file (
    id           TEXT PRIMARY KEY,
    number       TEXT NOT NULL UNIQUE,
    title        TEXT NOT NULL,
    summary      TEXT NOT NULL,
    -- 0 informational to 4 critical.
    severity     INTEGER NOT NULL CHECK (severity BETWEEN 0 AND 4),
    state        TEXT NOT NULL CHECK (state IN ('closed', 'contained', 'open')),
    resolution   TEXT CHECK (resolution IN ('benign', 'confirmed', 'duplicate', 'false_positive')),
    owner        TEXT,
    origin_kind  TEXT NOT NULL CHECK (origin_kind IN ('advisory', 'alert', 'manual', 'update')),
    origin_id    TEXT NOT NULL,
    origin_title TEXT NOT NULL,
    -- The six times, as in the answers.
    times        TEXT NOT NULL,
    -- The nearest deadline; the greatest number where there is none, so that lists can be sorted by it.
    next_due     INTEGER NOT NULL,
    version      INTEGER NOT NULL,
    created      INTEGER NOT NULL,
    updated      INTEGER NOT NULL
) STRICT;
CREATE INDEX case_file_updated ON case_file (updated, id);
CREATE INDEX case_file_state ON case_file (state, updated);

-- Alerts in cases. An alert may go when there are too many; its copy stays.
CREATE TABLE case_alert (
    case_id  TEXT NOT NULL REFERENCES case_file (id) ON DELETE CASCADE,
    alert_id TEXT NOT NULL,
    -- What cases are compared by; empty where the alert has none.
    rule     TEXT NOT NULL,
    product  TEXT NOT NULL,
    first    INTEGER NOT NULL,
    raised   INTEGER NOT NULL,
    attached INTEGER NOT NULL,
    actor    TEXT NOT NULL,
    PRIMARY KEY (case_id, alert_id)
) STRICT;
CREATE INDEX case_alert_alert ON case_alert (alert_id);
CREATE INDEX case_alert_rule ON case_alert (rule);
CREATE INDEX case_alert_product ON case_alert (product);

CREATE TABLE case_host (
    case_id TEXT NOT NULL REFERENCES case_file (id) ON DELETE CASCADE,
    -- In lower case.
    host    TEXT NOT NULL,
    shown   TEXT NOT NULL,
    verdict TEXT NOT NULL CHECK (verdict IN ('clear', 'hit', 'not_applicable', 'unknown')),
    note    TEXT NOT NULL,
    -- Whether a person said something of it; then it stays when the alerts that named it go.
    told    INTEGER NOT NULL CHECK (told IN (0, 1)),
    PRIMARY KEY (case_id, host)
) STRICT;
CREATE INDEX case_host_host ON case_host (host);

-- Which alert names which host.
CREATE TABLE case_sighting (
    case_id  TEXT NOT NULL REFERENCES case_file (id) ON DELETE CASCADE,
    alert_id TEXT NOT NULL,
    host     TEXT NOT NULL,
    first    INTEGER NOT NULL,
    last     INTEGER NOT NULL,
    PRIMARY KEY (case_id, alert_id, host)
) STRICT;

CREATE TABLE case_evidence (
    id       TEXT PRIMARY KEY,
    case_id  TEXT NOT NULL REFERENCES case_file (id) ON DELETE CASCADE,
    name     TEXT NOT NULL,
    sha256   TEXT NOT NULL,
    location TEXT NOT NULL,
    note     TEXT NOT NULL,
    alert    TEXT,
    -- The alert with its evidence as it was, byte for byte what the hash is over.
    copy     TEXT,
    added    INTEGER NOT NULL,
    actor    TEXT NOT NULL
) STRICT;
CREATE INDEX case_evidence_case ON case_evidence (case_id, added);

CREATE TABLE case_task (
    id      TEXT PRIMARY KEY,
    case_id TEXT NOT NULL REFERENCES case_file (id) ON DELETE CASCADE,
    text    TEXT NOT NULL,
    owner   TEXT,
    due     INTEGER,
    done    INTEGER,
    done_by TEXT,
    created INTEGER NOT NULL,
    actor   TEXT NOT NULL
) STRICT;
CREATE INDEX case_task_case ON case_task (case_id, created);

CREATE TABLE case_entry (
    id      TEXT PRIMARY KEY,
    case_id TEXT NOT NULL REFERENCES case_file (id) ON DELETE CASCADE,
    kind    TEXT NOT NULL CHECK (kind IN ('event', 'found', 'intel', 'note', 'ours')),
    what    TEXT NOT NULL,
    detail  TEXT NOT NULL,
    text    TEXT NOT NULL,
    at      INTEGER NOT NULL,
    noted   INTEGER NOT NULL,
    actor   TEXT NOT NULL,
    alert   TEXT,
    host    TEXT
) STRICT;
CREATE INDEX case_entry_case ON case_entry (case_id, at);

-- What people said of an obligation: sent, or why it does not apply.
CREATE TABLE case_duty (
    case_id TEXT NOT NULL REFERENCES case_file (id) ON DELETE CASCADE,
    duty    TEXT NOT NULL,
    sent    INTEGER,
    sent_as TEXT NOT NULL,
    reason  TEXT NOT NULL,
    actor   TEXT NOT NULL,
    PRIMARY KEY (case_id, duty)
) STRICT;
