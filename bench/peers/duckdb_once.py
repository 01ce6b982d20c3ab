"""DuckDB: the file is read into a table, then the four queries are computed from it once.

Imported by `run` for what it says about itself; started by the Python of its virtual environment to do the work.
"""
import argparse
import pathlib
import resource
import time

TITLE = "DuckDB"
MODE = "computed once"
PACKAGES = ("duckdb",)
VARIANTS = {"1 thread": 1, "2 threads": 2}
EVENTS = 1_000_000
SETTINGS = (
    ("threads: the number of the variant; a database in memory",
     "https://duckdb.org/docs/stable/configuration/overview"),
    ("read_json with explicit columns and format = 'newline_delimited', so that nothing is guessed",
     "https://duckdb.org/docs/stable/data/json/loading_json"),
    ("preserve_insertion_order = false", "https://duckdb.org/docs/stable/guides/performance/how_to_tune_workloads"),
)
NOTES = ("The text of the pipeline as it is, with CREATE TABLE AS in place of CREATE MATERIALIZED VIEW.",)
ROOT = pathlib.Path(__file__).resolve().parents[2]


def command(peer, variant, events, results):
    return [peer.python, __file__, VARIANTS[variant], events, *([results] if results else [])]


def statements():
    """The four queries of the pipeline, each as CREATE TABLE AS."""
    text = (ROOT / "pipelines/clickstream/clickstream.sql").read_text()
    return ["CREATE TABLE " + part for part in text.split("CREATE MATERIALIZED VIEW ")[1:]]


def used():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime, time.monotonic()


def main():
    import duckdb
    parser = argparse.ArgumentParser()
    parser.add_argument("threads", type=int)
    parser.add_argument("events")
    parser.add_argument("results", nargs="?", type=pathlib.Path)
    arguments = parser.parse_args()
    database = duckdb.connect(config={"threads": arguments.threads})
    database.execute("SET TimeZone = 'UTC'; SET preserve_insertion_order = false")
    names = "event_id user_id session_id event_type page_url referrer_url device_type country".split()
    columns = {**{name: "VARCHAR" for name in names}, "event_ts": "TIMESTAMPTZ"}
    database.execute(f"CREATE TABLE click_events AS FROM read_json('{arguments.events}', format = 'newline_delimited', "
                     f"columns = {columns})")
    before = used()
    for statement in statements():
        database.execute(statement)
    after = used()
    print(f"queries: {after[0] - before[0]:.3f} CPU s, {after[1] - before[1]:.3f} s")
    if arguments.results:
        for (name,) in database.execute("SELECT table_name FROM duckdb_tables() WHERE table_name LIKE 'click_mv_%'").fetchall():
            database.execute(f"COPY {name} TO '{arguments.results / name}.csv' (HEADER)")


if __name__ == "__main__":
    main()
