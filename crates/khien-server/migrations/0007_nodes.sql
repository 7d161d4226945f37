-- Hosts that run osquery and have enrolled. Of their keys the hash is kept.
CREATE TABLE node (
    id              TEXT PRIMARY KEY,
    host_identifier TEXT NOT NULL UNIQUE,
    hostname        TEXT NOT NULL,
    platform        TEXT NOT NULL,
    os              TEXT NOT NULL,
    version         TEXT NOT NULL,
    hash            BLOB NOT NULL,
    -- The name of the token that it enrolled with.
    token           TEXT NOT NULL,
    enrolled        INTEGER NOT NULL,
    seen            INTEGER NOT NULL,
    address         TEXT NOT NULL,
    -- When it was last asked for an inventory, and when it last sent one.
    asked           INTEGER,
    answered        INTEGER,
    revoked         INTEGER
) STRICT;
CREATE INDEX node_hostname ON node (hostname, id);
CREATE INDEX node_seen ON node (seen, id);
CREATE INDEX node_enrolled ON node (enrolled, id);
