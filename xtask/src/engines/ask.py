"""Asks engines the questions that the lake answered, and compares rows. Arguments: lake, questions."""

import datetime
import decimal
import json
import math
import os
import re
import subprocess
import sys
import sysconfig
import time

LAKE, QUESTIONS = sys.argv[1:3]
ASKED = json.load(open(QUESTIONS))
TABLES = ["events", "sightings", "behaviour", "coverage", "reach"]
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")


def plain(value):
    """A value in one form, whatever an engine calls it."""
    if isinstance(value, str) and TIME.match(value):
        value = datetime.datetime.fromisoformat(value.replace("Z", "+00:00"))
    if isinstance(value, datetime.datetime):
        if value.tzinfo is None:
            value = value.replace(tzinfo=datetime.timezone.utc)
        return value.astimezone(datetime.timezone.utc).isoformat(timespec="microseconds")
    if isinstance(value, (int, decimal.Decimal)) and not isinstance(value, bool):
        return int(value)
    if isinstance(value, float):
        return None if math.isnan(value) else int(value) if value.is_integer() else value
    return value


def expected(question):
    # Fields without a value are left out of the rows of JSON: the question's columns say which.
    rows = question["rows"]
    columns = []
    for row in rows:
        columns += [name for name in row if name not in columns]
    return columns, [{name: plain(value) for name, value in row.items()} for row in rows]


def compare(engine, ask):
    wrong = 0
    for question in ASKED["questions"]:
        try:
            names, rows = ask(question["sql"])
        except Exception as error:  # whatever an engine raises is its answer
            print(f"{engine}: {question['name']}: {type(error).__name__}: {str(error)[:400]}")
            wrong += 1
            continue
        got = [{n: plain(v) for n, v in zip(names, row) if plain(v) is not None} for row in rows]
        _, want = expected(question)
        # Engines place nulls differently in an order; what is asked for is equal rows.
        key = lambda row: json.dumps(row, sort_keys=True, ensure_ascii=False)
        if sorted(got, key=key) != sorted(want, key=key):
            wrong += 1
            print(f"{engine}: {question['name']}: {len(got)} rows, {len(want)} expected, and they differ")
            for one, other in zip(sorted(got, key=key), sorted(want, key=key)):
                if one != other:
                    print(f"  {one}\n  {other}")
                    break
    total = len(ASKED["questions"])
    print(f"{engine}: {total - wrong} of {total} answers are equal")
    return wrong


def duckdb():
    import duckdb
    from deltalake import DeltaTable

    base = duckdb.connect()
    base.execute("SET TimeZone = 'UTC'")
    for table in TABLES:
        files = DeltaTable(os.path.join(LAKE, table)).file_uris()
        base.execute(
            f"CREATE VIEW {table} AS SELECT * FROM read_parquet({files!r}, hive_partitioning = true, "
            "hive_types = {'month': 'VARCHAR'}, union_by_name = true)"
            if table == "events"
            else f"CREATE VIEW {table} AS SELECT * FROM read_parquet({files!r})"
        )
    for _, definition in ASKED["views"]:
        base.execute(definition)

    def ask(sql):
        answer = base.execute(sql)
        return [column[0] for column in answer.description], answer.fetchall()

    return ask, lambda: None


def chdb():
    from chdb import session

    base = session.Session()
    base.query("CREATE DATABASE lake")
    base.query("USE lake")
    for table in TABLES:
        base.query(f"CREATE VIEW {table} AS SELECT * FROM deltaLakeLocal('{os.path.join(LAKE, table)}')")
    for _, definition in ASKED["views"]:
        base.query(definition)

    def ask(sql):
        # Times come as text without a zone; the tables are in UTC.
        answer = json.loads(str(base.query(sql + " SETTINGS output_format_json_quote_64bit_integers = 0", "JSONCompact")))
        kinds = [("DateTime" in column["type"]) for column in answer["meta"]]
        row = lambda row: [
            datetime.datetime.fromisoformat(cell) if kind and cell else cell for kind, cell in zip(kinds, row)
        ]
        return [column["name"] for column in answer["meta"]], [row(r) for r in answer["data"]]

    return ask, lambda: None


def sail():
    port = 50_051
    program = os.path.join(sysconfig.get_path("scripts"), "sail")
    environment = {**os.environ, "SAIL_MODE": "local-cluster", "SPARK_CONNECT_MODE_ENABLED": "1", "TZ": "UTC"}
    server = subprocess.Popen(
        [program, "spark", "server", "--ip", "127.0.0.1", "--port", str(port)],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.environ["TZ"] = "UTC"
    time.tzset()
    from pyspark.sql import SparkSession

    for attempt in range(30):
        try:
            base = SparkSession.builder.remote(f"sc://127.0.0.1:{port}").getOrCreate()
            base.sql("select 1").collect()
            break
        except Exception:
            if attempt == 29:
                server.kill()
                raise
            time.sleep(1)
    base.conf.set("spark.sql.session.timeZone", "UTC")
    for table in TABLES:
        base.sql(f"CREATE TABLE {table} USING delta LOCATION '{os.path.join(LAKE, table)}'")
    for _, definition in ASKED["views"]:
        # In Spark's words a double quote begins a text.
        base.sql(definition.replace('"', "`").replace("CREATE VIEW", "CREATE TEMPORARY VIEW"))

    def ask(sql):
        frame = base.sql(sql)
        return frame.columns, [list(row) for row in frame.collect()]

    return ask, server.kill


failed = 0
for name, start in [("DuckDB", duckdb), ("chDB", chdb), ("Sail, a cluster on this machine", sail)]:
    ask, end = start()
    try:
        failed += compare(name, ask)
    finally:
        end()
sys.stdout.flush()
# Engines leave threads behind that do not end by themselves.
os._exit(1 if failed else 0)
