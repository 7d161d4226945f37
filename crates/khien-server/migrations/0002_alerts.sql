-- What was found. Events stay in the lake; here is what people have to do with it.
CREATE TABLE alert (
    id         TEXT PRIMARY KEY,
    -- What makes two findings the same alert: kind, rule and host; of a departure its own name.
    mark       TEXT NOT NULL,
    kind       TEXT NOT NULL CHECK (kind IN ('correlation', 'departure', 'indicator', 'rule')),
    rule       TEXT NOT NULL,
    title      TEXT NOT NULL,
    -- 0 informational to 4 critical.
    severity   INTEGER NOT NULL CHECK (severity BETWEEN 0 AND 4),
    -- A JSON list of the first hosts.
    hosts      TEXT NOT NULL,
    host_count INTEGER NOT NULL,
    first      INTEGER NOT NULL,
    last       INTEGER NOT NULL,
    count      INTEGER NOT NULL,
    state      TEXT NOT NULL CHECK (state IN ('acknowledged', 'closed', 'open', 'withdrawn')),
    resolution TEXT CHECK (resolution IN ('benign', 'confirmed', 'duplicate', 'false_positive')),
    owner      TEXT,
    note       TEXT,
    subject    TEXT,
    evidence   TEXT NOT NULL,
    created    INTEGER NOT NULL,
    updated    INTEGER NOT NULL
) STRICT;
-- What comes again after an alert was closed is another alert; a departure stays the one it is.
CREATE UNIQUE INDEX alert_mark ON alert (mark) WHERE state <> 'closed' OR kind = 'departure';
CREATE INDEX alert_last ON alert (last, id);
CREATE INDEX alert_state ON alert (state, last);
