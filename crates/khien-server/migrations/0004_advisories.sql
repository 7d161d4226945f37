-- Advisories that people added; those that ship with the program are in the program.
CREATE TABLE advisory (
    id         TEXT PRIMARY KEY,
    title      TEXT NOT NULL,
    source     TEXT NOT NULL,
    tlp        TEXT CHECK (tlp IN ('amber', 'amber+strict', 'clear', 'green', 'red')),
    form       TEXT NOT NULL,
    published  INTEGER,
    indicators INTEGER NOT NULL,
    usable     INTEGER NOT NULL,
    products   INTEGER NOT NULL,
    -- As it was published: it is read anew each time, so that a better reader sees more.
    text       TEXT NOT NULL,
    bytes      INTEGER NOT NULL,
    added      INTEGER NOT NULL,
    added_by   TEXT NOT NULL
) STRICT;

-- The last answer to "are we hit?" of each advisory, those that ship with the program included.
CREATE TABLE advisory_check (
    advisory       TEXT PRIMARY KEY,
    checked        INTEGER NOT NULL,
    took           INTEGER NOT NULL,
    verdict        TEXT NOT NULL CHECK (verdict IN ('clear', 'hit', 'not_applicable', 'unknown')),
    hit            INTEGER NOT NULL,
    clear          INTEGER NOT NULL,
    unknown        INTEGER NOT NULL,
    not_applicable INTEGER NOT NULL,
    answer         TEXT NOT NULL
) STRICT;

-- The same host by host.
CREATE TABLE advisory_host (
    advisory TEXT NOT NULL REFERENCES advisory_check (advisory) ON DELETE CASCADE,
    -- Hits first, then what is unknown.
    rank     INTEGER NOT NULL,
    id       TEXT NOT NULL,
    host     TEXT NOT NULL,
    org      TEXT NOT NULL,
    verdict  TEXT NOT NULL CHECK (verdict IN ('clear', 'hit', 'not_applicable', 'unknown')),
    detail   TEXT NOT NULL,
    PRIMARY KEY (advisory, rank)
) STRICT;
