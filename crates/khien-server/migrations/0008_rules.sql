-- Rules that people added, one document each; those that ship with the program are in the program.
CREATE TABLE rule (
    id       TEXT PRIMARY KEY,
    -- What alerts call it: no two have the same.
    key      TEXT NOT NULL UNIQUE,
    title    TEXT NOT NULL,
    -- As somebody wrote it: it is read anew each time, so that a better reader sees more.
    text     TEXT NOT NULL,
    bytes    INTEGER NOT NULL,
    added    INTEGER NOT NULL,
    added_by TEXT NOT NULL
) STRICT;

-- Rules that are off, wherever they are from. One whose time is over counts as if it were not here.
CREATE TABLE rule_switch (
    rule   TEXT PRIMARY KEY,
    reason TEXT NOT NULL,
    until  INTEGER,
    since  INTEGER NOT NULL,
    person TEXT NOT NULL
) STRICT;

-- What was done to each rule. The number of the last is the version that a change has to name.
CREATE TABLE rule_change (
    rule   TEXT NOT NULL,
    n      INTEGER NOT NULL,
    time   INTEGER NOT NULL,
    person TEXT NOT NULL,
    act    TEXT NOT NULL CHECK (act IN ('added', 'removed', 'replaced', 'turned_off', 'turned_on')),
    reason TEXT NOT NULL,
    until  INTEGER,
    PRIMARY KEY (rule, n)
) STRICT;

-- Goes up with each change of any rule: by it the server knows that what it has read is still so.
CREATE TABLE rule_head (
    one      INTEGER PRIMARY KEY CHECK (one = 1),
    revision INTEGER NOT NULL
) STRICT;
INSERT INTO rule_head (one, revision) VALUES (1, 0);

-- Rules and texts that were tried on what is stored, and what came of it.
CREATE TABLE rule_test (
    id     TEXT PRIMARY KEY,
    rule   TEXT,
    text   TEXT,
    days   INTEGER NOT NULL,
    job    TEXT,
    result TEXT
) STRICT;
CREATE INDEX rule_test_rule ON rule_test (rule, id);

-- How often each rule hit is read from this index alone.
CREATE INDEX alert_rule ON alert (kind, rule, state, last);
