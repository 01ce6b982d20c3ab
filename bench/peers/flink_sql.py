"""Apache Flink SQL in streaming mode: the SQL client with a cluster in its own process, one job with the four views.

The jars are those of the PyPI package apache-flink-libraries, which is the Flink distribution. Python only starts Java here.
"""
import pathlib
import re
import shutil

TITLE = "Flink SQL"
MODE = "kept up to date"
PACKAGES = ("--no-deps", "apache-flink-libraries==1.20.3")
JARS = ("org.apache.flink:flink-sql-gateway:1.20.3",)
VARIANTS = {"parallelism 1": 1, "parallelism 2": 2}
EVENTS = 2_000_000
WARM_EVENTS = 500_000
CHECK_EVENTS = 200_000
TUNING = "https://nightlies.apache.org/flink/flink-docs-release-1.20/docs/dev/table/tuning/"
CONFIG = "https://nightlies.apache.org/flink/flink-docs-release-1.20/docs/dev/table/config/"
OPTIONS = {
    "execution.target": "local",
    "execution.runtime-mode": "streaming",
    "table.dml-sync": "true",
    "table.local-time-zone": "UTC",
    "state.backend.type": "hashmap",
    "pipeline.object-reuse": "true",
    "table.exec.mini-batch.enabled": "true",
    "table.exec.mini-batch.allow-latency": "5 s",
    "table.exec.mini-batch.size": "5000",
    "table.optimizer.agg-phase-strategy": "TWO_PHASE",
}
SETTINGS = (
    ("Mini-batches of 5000 records or 5 s, aggregation in two phases (local and global)", TUNING),
    ("One STATEMENT SET: one job, the file is read and parsed once",
     "https://nightlies.apache.org/flink/flink-docs-release-1.20/docs/dev/table/sql/insert/"),
    ("state.backend.type = hashmap: state as objects on the heap; no checkpoints",
     "https://nightlies.apache.org/flink/flink-docs-release-1.20/docs/ops/state/state_backends/"),
    ("pipeline.object-reuse = true",
     "https://nightlies.apache.org/flink/flink-docs-release-1.20/docs/deployment/config/#pipeline-object-reuse"),
    ("Sinks: blackhole with primary keys, which need no retractions; for the comparison print, with all changes",
     "https://nightlies.apache.org/flink/flink-docs-release-1.20/docs/connectors/table/blackhole/"),
    ("Java heap at most 4 GiB; what is not named here is the default", CONFIG),
)
NOTES = (
    "bool_or is written as MAX(CASE … THEN 1 ELSE 0 END), which Flink documents no function for.",
    "Flink's JSON format reads TIMESTAMP_LTZ with 'Z' and not with '+00': the file for Flink has 'Z' there (made beforehand, "
    "not counted).",
)
COLUMNS = {
    "click_mv_session_summary": "session_id STRING, user_id STRING, device_type STRING, country STRING, session_start "
                                "TIMESTAMP_LTZ(3), session_end TIMESTAMP_LTZ(3), duration_seconds DECIMAL(26, 6), total_events "
                                "BIGINT, page_views BIGINT, add_to_carts BIGINT, purchases BIGINT",
    "click_mv_funnel_analysis": "total_sessions BIGINT, step_home BIGINT, step_products BIGINT, step_product_detail BIGINT, "
                                "step_add_to_cart BIGINT, step_checkout BIGINT, step_purchase BIGINT",
    "click_mv_page_traffic": "page_url STRING, total_views BIGINT, unique_users BIGINT, unique_sessions BIGINT",
    "click_mv_conversion_metrics": "session_id STRING, user_id STRING, device_type STRING, country STRING, outcome STRING",
}
KEYS = {
    "click_mv_session_summary": "session_id, user_id, device_type, country",
    "click_mv_funnel_analysis": None,
    "click_mv_page_traffic": "page_url",
    "click_mv_conversion_metrics": "session_id, user_id, device_type, country",
}
VIEWS = {
    "click_mv_session_summary": """
        SELECT session_id, user_id, device_type, country, MIN(event_ts), MAX(event_ts),
               CAST((TIMESTAMPDIFF(SECOND, MIN(event_ts), MAX(event_ts)) * 1000
                     + MOD(EXTRACT(MILLISECOND FROM CAST(MAX(event_ts) AS TIMESTAMP(3)))
                           - EXTRACT(MILLISECOND FROM CAST(MIN(event_ts) AS TIMESTAMP(3))) + 1000, 1000)) AS DECIMAL(20, 3)) / 1000,
               COUNT(*), COUNT(*) FILTER (WHERE event_type = 'page_view'),
               COUNT(*) FILTER (WHERE event_type = 'add_to_cart'), COUNT(*) FILTER (WHERE event_type = 'purchase')
        FROM click_events GROUP BY session_id, user_id, device_type, country""",
    "click_mv_funnel_analysis": """
        SELECT COUNT(*), COUNT(*) FILTER (WHERE saw_home = 1), COUNT(*) FILTER (WHERE saw_products = 1),
               COUNT(*) FILTER (WHERE saw_product_detail = 1), COUNT(*) FILTER (WHERE added_to_cart = 1),
               COUNT(*) FILTER (WHERE reached_checkout = 1), COUNT(*) FILTER (WHERE converted = 1)
        FROM (SELECT session_id,
                     MAX(CASE WHEN page_url = '/home' THEN 1 ELSE 0 END) AS saw_home,
                     MAX(CASE WHEN page_url = '/products' THEN 1 ELSE 0 END) AS saw_products,
                     MAX(CASE WHEN page_url LIKE '/products/%' AND page_url <> '/products' THEN 1 ELSE 0 END)
                         AS saw_product_detail,
                     MAX(CASE WHEN event_type = 'add_to_cart' THEN 1 ELSE 0 END) AS added_to_cart,
                     MAX(CASE WHEN page_url = '/checkout' THEN 1 ELSE 0 END) AS reached_checkout,
                     MAX(CASE WHEN event_type = 'purchase' THEN 1 ELSE 0 END) AS converted
              FROM click_events GROUP BY session_id)""",
    "click_mv_page_traffic": """
        SELECT page_url, COUNT(*), COUNT(DISTINCT user_id), COUNT(DISTINCT session_id)
        FROM click_events WHERE event_type = 'page_view' GROUP BY page_url""",
    "click_mv_conversion_metrics": """
        SELECT session_id, user_id, device_type, country,
               CASE WHEN purchased = 1 THEN 'converted'
                    WHEN added_to_cart = 1 AND NOT purchased = 1 THEN 'cart_abandonment'
                    WHEN last_page_viewed = '/checkout' AND NOT added_to_cart = 1 THEN 'checkout_abandonment'
                    ELSE 'browse_abandonment' END
        FROM (SELECT session_id, user_id, device_type, country,
                     MAX(CASE WHEN event_type = 'add_to_cart' THEN 1 ELSE 0 END) AS added_to_cart,
                     MAX(CASE WHEN event_type = 'purchase' THEN 1 ELSE 0 END) AS purchased,
                     MAX(CASE WHEN event_type = 'page_view' THEN page_url END) AS last_page_viewed
              FROM click_events GROUP BY session_id, user_id, device_type, country)
        WHERE NOT purchased = 1""",
}
CONFIG_YAML = """jobmanager.rpc.address: localhost
taskmanager.numberOfTaskSlots: 2
taskmanager.memory.network.max: 128mb
"""
ADD_OPENS = ("java.util", "java.lang", "java.net", "java.io", "java.nio", "java.lang.reflect", "java.text", "java.time",
             "java.util.concurrent", "java.util.concurrent.atomic", "java.util.concurrent.locks")
# Somewhere in a line: the first change can stand behind the client's prompt.
CHANGE = re.compile(r"(click_mv_\w+)(?::\d+)?> ([+-])[IUD]\[(.*)\]$")


def prepare(peer, events):
    """The events with 'Z' in place of '+00'."""
    path = peer.folder / events.name
    if not path.exists() or path.stat().st_mtime < events.stat().st_mtime:
        with open(events) as source, open(path.with_suffix(".tmp"), "w") as target:
            target.writelines(line.replace('+00"', 'Z"') for line in source)
        path.with_suffix(".tmp").rename(path)
    return path


def script(parallelism, events, has_results):
    lines = [f"SET '{key}' = '{value}';" for key, value in OPTIONS.items()]
    lines.append(f"SET 'parallelism.default' = '{parallelism}';")
    names = "event_id user_id session_id event_type page_url referrer_url device_type country".split()
    lines.append(f"CREATE TABLE click_events ({', '.join(name + ' STRING' for name in names)}, event_ts TIMESTAMP_LTZ(3)) WITH "
                 f"('connector' = 'filesystem', 'path' = 'file://{events}', 'format' = 'json', "
                 "'json.timestamp-format.standard' = 'SQL');")
    for name, columns in COLUMNS.items():
        key = f", PRIMARY KEY ({KEYS[name]}) NOT ENFORCED" if KEYS[name] and not has_results else ""
        connector = f"'print', 'print-identifier' = '{name}'" if has_results else "'blackhole'"
        lines.append(f"CREATE TABLE {name} ({columns}{key}) WITH ('connector' = {connector});")
    lines += ["BEGIN STATEMENT SET;", *(f"INSERT INTO {name} {query};" for name, query in VIEWS.items()), "END;"]
    return "\n".join(lines) + "\n"


def command(peer, variant, events, results):
    flink = next((peer.folder / "venv").glob("lib/python*/site-packages/pyflink"))
    events = prepare(peer, events)
    configuration = peer.folder / "conf"
    configuration.mkdir(exist_ok=True)
    (configuration / "config.yaml").write_text(CONFIG_YAML)
    file = configuration / "views.sql"
    file.write_text(script(VARIANTS[variant], events, bool(results)))
    opens = [f"--add-opens=java.base/{package}=ALL-UNNAMED" for package in ADD_OPENS]
    return ["env", f"FLINK_CONF_DIR={configuration}", shutil.which("java") or "java", "-Xmx4g", *opens, "-cp",
            f"{flink}/lib/*:{flink}/opt/*:{peer.folder}/jars/*", "org.apache.flink.table.client.SqlClient",
            "embedded", "-f", file]


def failed(output):
    """The SQL client ends with 0 after an error too."""
    return "[ERROR]" in output


def collect(output, results):
    """Folds the printed changes into views."""
    views = {name: {} for name in COLUMNS}
    for line in output.splitlines():
        if change := CHANGE.search(line):
            name, sign, row = change.groups()
            views[name][row] = views[name].get(row, 0) + (1 if sign == "+" else -1)
    for name, rows in views.items():
        header = ",".join(column.split()[0] for column in re.sub(r"\(26, 6\)", "", COLUMNS[name]).split(", "))
        lines = [row.replace(", ", ",") for row, count in rows.items() for _ in range(count)]
        pathlib.Path(results / f"{name}.csv").write_text("\n".join([header, *lines]) + "\n")
