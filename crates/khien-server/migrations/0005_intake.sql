-- How far alerts were made of what the lake has: the highest number of a row that was told, by source.
CREATE TABLE told (
    source TEXT PRIMARY KEY,
    upto   INTEGER NOT NULL
) STRICT;
