"""The same hunt in DuckDB and chDB, on the same Parquet files: over events, and over a key-sorted table.

Prints CPU seconds of this process for each, the median of three.
"""
import glob
import os
import resource
import statistics
import sys

FOLDER = sys.argv[1]
LIST = os.path.join(FOLDER, "indicators.tsv")


def current(table):
    """Data files of the table's current version."""
    from deltalake import DeltaTable

    return DeltaTable(os.path.join(FOLDER, table)).file_uris()


def cpu(run):
    def once():
        before = resource.getrusage(resource.RUSAGE_SELF)
        rows = run()
        after = resource.getrusage(resource.RUSAGE_SELF)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, rows

    runs = [once() for _ in range(3)]
    return statistics.median(seconds for seconds, _ in runs), runs[0][1]


COLUMNS = [("hash", "sha256"), ("domain", "domain"), ("ip", "dst_ip")]


def duckdb_peer():
    import duckdb

    base = duckdb.connect()
    base.execute("SET threads = 2")
    base.execute(
        "CREATE TABLE asked AS SELECT * FROM read_csv(?, delim='\t', header=false, names=['kind', 'value'])", [LIST]
    )
    events, sightings = current("events"), current("sightings")
    parts = " UNION ALL ".join(
        f"SELECT '{kind}' AS kind, {column} AS value, host, time FROM read_parquet({events!r}) "
        f"WHERE {column} IN (SELECT value FROM asked WHERE kind = '{kind}')"
        for kind, column in COLUMNS
    )
    text = f"SELECT kind, value, host, min(time), max(time), count(*) FROM ({parts}) GROUP BY 1, 2, 3"
    print("duckdb over events      %.2f CPU-s, %d rows" % cpu(lambda: len(base.execute(text).fetchall())))
    base.execute(f"CREATE TABLE keyed AS SELECT * FROM read_parquet({sightings!r}) ORDER BY kind, value")
    text = (
        "SELECT kind, value, host, min(first), max(last), sum(count) FROM keyed "
        "JOIN asked USING (kind, value) GROUP BY 1, 2, 3"
    )
    print("duckdb over its keys    %.2f CPU-s, %d rows" % cpu(lambda: len(base.execute(text).fetchall())))


def chdb_peer():
    from chdb import session

    base = session.Session()
    base.query("CREATE DATABASE b")
    base.query("CREATE TABLE b.asked (kind String, value String) ENGINE = Memory")
    base.query(f"INSERT INTO b.asked SELECT * FROM file('{LIST}', TSV, 'kind String, value String')")
    events = os.path.join(FOLDER, "events")
    where = " UNION ALL ".join(
        f"SELECT '{kind}' AS kind, assumeNotNull({column}) AS value, host, time FROM deltaLakeLocal('{events}') "
        f"WHERE {column} IN (SELECT value FROM b.asked WHERE kind = '{kind}')"
        for kind, column in COLUMNS
    )
    text = f"SELECT kind, value, host, min(time), max(time), count() FROM ({where}) GROUP BY 1, 2, 3 FORMAT TSV"
    rows = lambda text: len(str(base.query(text)).splitlines())
    print("chdb over events        %.2f CPU-s, %d rows" % cpu(lambda: rows(text)))
    sightings = os.path.join(FOLDER, "sightings")
    base.query(
        "CREATE TABLE b.keyed (kind String, value String, host String, first DateTime64(6), last DateTime64(6), "
        "count Int64) ENGINE = MergeTree ORDER BY (kind, value)"
    )
    base.query(
        "INSERT INTO b.keyed SELECT assumeNotNull(kind), assumeNotNull(value), assumeNotNull(host), first, last, count "
        f"FROM deltaLakeLocal('{sightings}')"
    )
    text = (
        "SELECT kind, value, host, min(first), max(last), sum(count) FROM b.keyed "
        "WHERE (kind, value) IN (SELECT kind, value FROM b.asked) GROUP BY 1, 2, 3 FORMAT TSV"
    )
    print("chdb over its keys      %.2f CPU-s, %d rows" % cpu(lambda: rows(text)))


failed = False
for peer in (duckdb_peer, chdb_peer):
    try:
        peer()
    except ImportError as error:
        print(f"{peer.__name__}: {error}")
        failed = True
sys.exit(1 if failed else 0)
