"""DuckDB: the file is read into a table, then the four queries are computed from it once.

Imported by `run` for what it says about itself; started by the Python of its virtual environment to do the work.
"""
import functools
import pathlib

import once
from once import EVENTS, MODE, VARIANTS  # noqa: F401: `run` reads them here.

TITLE = "DuckDB"
PACKAGES = ("duckdb",)
SETTINGS = (
    ("threads: the number of the variant; a database in memory",
     "https://duckdb.org/docs/stable/configuration/overview"),
    ("read_json with explicit columns and format = 'newline_delimited', so that nothing is guessed",
     "https://duckdb.org/docs/stable/data/json/loading_json"),
    ("preserve_insertion_order = false", "https://duckdb.org/docs/stable/guides/performance/how_to_tune_workloads"),
)
NOTES = ("The text of the pipeline as it is, with CREATE TABLE AS in place of CREATE MATERIALIZED VIEW.",)
ROOT = pathlib.Path(__file__).resolve().parents[2]
command = functools.partial(once.command, __file__)


def statements():
    """The four queries of the pipeline, each as CREATE TABLE AS."""
    text = (ROOT / "pipelines/clickstream/clickstream.sql").read_text()
    return ["CREATE TABLE " + part for part in text.split("CREATE MATERIALIZED VIEW ")[1:]]


def main():
    import duckdb
    arguments = once.arguments()
    database = duckdb.connect(config={"threads": arguments.threads})
    database.execute("SET TimeZone = 'UTC'; SET preserve_insertion_order = false")
    names = "event_id user_id session_id event_type page_url referrer_url device_type country".split()
    columns = {**{name: "VARCHAR" for name in names}, "event_ts": "TIMESTAMPTZ"}
    database.execute(f"CREATE TABLE click_events AS FROM read_json('{arguments.events}', format = 'newline_delimited', "
                     f"columns = {columns})")
    with once.queries():
        for statement in statements():
            database.execute(statement)
    if arguments.results:
        for (name,) in database.execute("SELECT table_name FROM duckdb_tables() WHERE table_name LIKE 'click_mv_%'").fetchall():
            database.execute(f"COPY {name} TO '{arguments.results / name}.csv' (HEADER)")


if __name__ == "__main__":
    main()
