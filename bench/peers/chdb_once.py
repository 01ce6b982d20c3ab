"""chDB, which is ClickHouse as a library: the file is read into a table, then the four queries are computed from it once.

Imported by `run` for what it says about itself; started by the Python of its virtual environment to do the work.
"""
import functools

import once
from once import EVENTS, MODE, VARIANTS  # noqa: F401: `run` reads them here.

TITLE = "chDB (ClickHouse)"
PACKAGES = ("chdb",)
SETTINGS = (
    ("max_threads: the number of the variant", "https://clickhouse.com/docs/operations/settings/settings#max_threads"),
    ("Engine Memory, file() with an explicit structure", "https://clickhouse.com/docs/sql-reference/table-functions/file"),
    ("Columns are not Nullable, as is advised; the events have no NULL",
     "https://clickhouse.com/docs/optimize/avoid-nullable-columns"),
    ("Columns of few values are LowCardinality",
     "https://clickhouse.com/docs/sql-reference/data-types/lowcardinality"),
    ("date_time_input_format = 'best_effort', for the offset in event_ts",
     "https://clickhouse.com/docs/operations/settings/formats#date_time_input_format"),
)
NOTES = ("bool_or is written as max of the comparison, EXTRACT(EPOCH FROM interval) as dateDiff.",)
STRUCTURE = ("event_id String, user_id String, session_id String, event_type LowCardinality(String), page_url String, "
             "referrer_url String, device_type LowCardinality(String), country LowCardinality(String), "
             "event_ts DateTime64(3, 'UTC')")
VIEWS = {
    "click_mv_session_summary": """
        SELECT session_id, user_id, device_type, country, min(event_ts) AS session_start, max(event_ts) AS session_end,
               dateDiff('millisecond', min(event_ts), max(event_ts)) / 1000 AS duration_seconds, count() AS total_events,
               countIf(event_type = 'page_view') AS page_views, countIf(event_type = 'add_to_cart') AS add_to_carts,
               countIf(event_type = 'purchase') AS purchases
        FROM click_events GROUP BY session_id, user_id, device_type, country""",
    "click_mv_funnel_analysis": """
        WITH session_flags AS (
            SELECT session_id, max(page_url = '/home') AS saw_home, max(page_url = '/products') AS saw_products,
                   max(page_url LIKE '/products/%' AND page_url <> '/products') AS saw_product_detail,
                   max(event_type = 'add_to_cart') AS added_to_cart, max(page_url = '/checkout') AS reached_checkout,
                   max(event_type = 'purchase') AS converted
            FROM click_events GROUP BY session_id)
        SELECT count() AS total_sessions, countIf(saw_home) AS step_home, countIf(saw_products) AS step_products,
               countIf(saw_product_detail) AS step_product_detail, countIf(added_to_cart) AS step_add_to_cart,
               countIf(reached_checkout) AS step_checkout, countIf(converted) AS step_purchase
        FROM session_flags""",
    "click_mv_page_traffic": """
        SELECT page_url, count() AS total_views, uniqExact(user_id) AS unique_users, uniqExact(session_id) AS unique_sessions
        FROM click_events WHERE event_type = 'page_view' GROUP BY page_url ORDER BY total_views DESC""",
    "click_mv_conversion_metrics": """
        WITH base AS (
            SELECT session_id, user_id, device_type, country, max(event_type = 'add_to_cart') AS added_to_cart,
                   max(event_type = 'purchase') AS purchased, maxIf(page_url, event_type = 'page_view') AS last_page_viewed
            FROM click_events GROUP BY session_id, user_id, device_type, country)
        SELECT session_id, user_id, device_type, country,
               multiIf(purchased, 'converted', added_to_cart AND NOT purchased, 'cart_abandonment',
                       last_page_viewed = '/checkout' AND NOT added_to_cart, 'checkout_abandonment',
                       'browse_abandonment') AS outcome
        FROM base WHERE NOT purchased""",
}


command = functools.partial(once.command, __file__)


def main():
    from chdb import session
    arguments = once.arguments()
    database = session.Session()
    database.query(f"SET max_threads = {arguments.threads}, max_insert_threads = {arguments.threads}, "
                   "date_time_input_format = 'best_effort'")
    database.query("CREATE DATABASE peers")
    database.query("USE peers")
    database.query(f"CREATE TABLE click_events ({STRUCTURE}) ENGINE = Memory")
    database.query(f"INSERT INTO click_events SELECT * FROM file('{arguments.events}', 'JSONEachRow', $${STRUCTURE}$$)")
    with once.queries():
        for name, query in VIEWS.items():
            database.query(f"CREATE TABLE {name} ENGINE = Memory AS {query}")
    if arguments.results:
        for name in VIEWS:
            (arguments.results / f"{name}.csv").write_bytes(database.query(f"SELECT * FROM {name}", "CSVWithNames").bytes())


if __name__ == "__main__":
    main()
