"""Spark Structured Streaming: four queries in one session over files of 100,000 events, each file a micro-batch.

Imported by `run` for what it says about itself; started by the Python of its virtual environment to do the work.
"""
import argparse
import csv
import pathlib
import shutil
import tempfile

TITLE = "Spark Structured Streaming"
MODE = "kept up to date"
PACKAGES = ("pyspark",)
VARIANTS = {"local[2], state in memory": "memory", "local[2], state in RocksDB": "rocksdb"}
EVENTS = 600_000
WARM_EVENTS = 200_000
CHECK_EVENTS = 200_000
BATCH = 100_000
GUIDE = "https://spark.apache.org/docs/latest/streaming/"
SETTINGS = (
    ("local[2], spark.sql.shuffle.partitions = 2: as many state stores as cores",
     GUIDE + "additional-information.html"),
    (f"Files of {BATCH:,} events, maxFilesPerTrigger = 1, trigger availableNow: a micro-batch for each file",
     GUIDE + "apis-on-dataframes-and-datasets.html#input-sources"),
    ("State store in memory (HDFSBackedStateStoreProvider, the default) or RocksDB with changelog checkpoints; the checkpoint "
     "on the local disk, which Structured Streaming demands",
     GUIDE + "apis-on-dataframes-and-datasets.html#state-store"),
    ("Schema given; spark.sql.adaptive.enabled = false, as streaming with state does not use it; UI off",
     "https://spark.apache.org/docs/latest/sql-performance-tuning.html#adaptive-query-execution"),
    ("Update mode into the sink noop", GUIDE + "apis-on-dataframes-and-datasets.html#output-modes"),
)
NOTES = (
    "The four views are four queries: each reads and parses the files by itself, since a query has one sink.",
    "Two aggregations one above the other are not allowed in update mode. The funnel is session_flags in complete mode, and "
    "its seven counts are computed in foreachBatch over all sessions after each micro-batch.",
    "COUNT(DISTINCT) is not allowed in streaming: page_traffic is size(collect_set(…)), which is exact.",
    "Update mode never says that a row left: conversion_metrics emits `purchased` too, and who reads drops such rows.",
)
SESSION_KEY = "session_id, user_id, device_type, country"
QUERIES = {
    "click_mv_session_summary": f"""
        SELECT {SESSION_KEY}, min(event_ts) AS session_start, max(event_ts) AS session_end,
               CAST((unix_millis(max(event_ts)) - unix_millis(min(event_ts))) AS DECIMAL(20, 3)) / 1000 AS duration_seconds,
               count(*) AS total_events, count_if(event_type = 'page_view') AS page_views,
               count_if(event_type = 'add_to_cart') AS add_to_carts, count_if(event_type = 'purchase') AS purchases
        FROM click_events GROUP BY {SESSION_KEY}""",
    "click_mv_funnel_analysis": """
        SELECT session_id, bool_or(page_url = '/home') AS saw_home, bool_or(page_url = '/products') AS saw_products,
               bool_or(page_url LIKE '/products/%' AND page_url <> '/products') AS saw_product_detail,
               bool_or(event_type = 'add_to_cart') AS added_to_cart, bool_or(page_url = '/checkout') AS reached_checkout,
               bool_or(event_type = 'purchase') AS converted
        FROM click_events GROUP BY session_id""",
    "click_mv_page_traffic": """
        SELECT page_url, count(*) AS total_views, size(collect_set(user_id)) AS unique_users,
               size(collect_set(session_id)) AS unique_sessions
        FROM click_events WHERE event_type = 'page_view' GROUP BY page_url""",
    "click_mv_conversion_metrics": f"""
        SELECT {SESSION_KEY},
               CASE WHEN purchased THEN 'converted' WHEN added_to_cart AND NOT purchased THEN 'cart_abandonment'
                    WHEN last_page_viewed = '/checkout' AND NOT added_to_cart THEN 'checkout_abandonment'
                    ELSE 'browse_abandonment' END AS outcome, purchased
        FROM (SELECT {SESSION_KEY}, bool_or(event_type = 'add_to_cart') AS added_to_cart,
                     bool_or(event_type = 'purchase') AS purchased,
                     max(CASE WHEN event_type = 'page_view' THEN page_url END) AS last_page_viewed
              FROM click_events GROUP BY {SESSION_KEY})""",
}
KEYS = {"click_mv_session_summary": 4, "click_mv_page_traffic": 1, "click_mv_conversion_metrics": 4}
FUNNEL = ["count(*) AS total_sessions"] + [f"count_if({flag}) AS {name}" for flag, name in (
    ("saw_home", "step_home"), ("saw_products", "step_products"), ("saw_product_detail", "step_product_detail"),
    ("added_to_cart", "step_add_to_cart"), ("reached_checkout", "step_checkout"), ("converted", "step_purchase"))]
CONFIGURATION = {
    "spark.sql.shuffle.partitions": "2",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.session.timeZone": "UTC",
    "spark.ui.enabled": "false",
    "spark.driver.memory": "4g",
}
ROCKSDB = {
    "spark.sql.streaming.stateStore.providerClass":
        "org.apache.spark.sql.execution.streaming.state.RocksDBStateStoreProvider",
    "spark.sql.streaming.stateStore.rocksdb.changelogCheckpointing.enabled": "true",
}


def prepare(peer, events):
    """A folder with the events in files of one micro-batch each."""
    folder = peer.folder / events.stem
    if folder.exists() and folder.stat().st_mtime >= events.stat().st_mtime:
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    temporary = folder.with_suffix(".tmp")
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir(parents=True)
    part = None
    with open(events, "rb") as source:
        for number, line in enumerate(source):
            if number % BATCH == 0:
                part = open(temporary / f"part-{number // BATCH:05}.json", "wb")
            part.write(line)
    part.close()
    temporary.rename(folder)
    return folder


def command(peer, variant, events, results):
    return [peer.python, __file__, VARIANTS[variant], prepare(peer, events), *([results] if results else [])]


class Latest:
    """The last row of each key in update mode, or all rows in complete mode, as a reader of the sink would keep them."""

    def __init__(self, name):
        self.name = name
        self.rows = {}
        self.header = []

    def take(self, frame, _):
        self.header = frame.columns
        for row in frame.collect():
            values = tuple(row)
            self.rows[values[:KEYS.get(self.name, 0)]] = values

    def write(self, results):
        rows, header = self.rows.values(), self.header
        if header[-1] == "purchased":
            rows, header = [row[:-1] for row in rows if not row[-1]], header[:-1]
        with open(results / f"{self.name}.csv", "w", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows([header, *rows])


def start(spark, name, checkpoint, latest):
    writer = spark.sql(QUERIES[name]).writeStream.queryName(name).trigger(availableNow=True)
    writer = writer.option("checkpointLocation", f"{checkpoint}/{name}")
    if name == "click_mv_funnel_analysis":
        def count_steps(frame, batch):
            counts = frame.selectExpr(*FUNNEL)
            if latest:
                latest.take(counts, batch)
            else:
                counts.write.format("noop").mode("overwrite").save()
        return writer.outputMode("complete").foreachBatch(count_steps).start()
    writer = writer.outputMode("update")
    return (writer.foreachBatch(latest.take) if latest else writer.format("noop")).start()


def main():
    from pyspark.sql import SparkSession
    parser = argparse.ArgumentParser()
    parser.add_argument("store", choices=VARIANTS.values())
    parser.add_argument("events")
    parser.add_argument("results", nargs="?", type=pathlib.Path)
    arguments = parser.parse_args()
    builder = SparkSession.builder.master("local[2]").appName("peers")
    for key, value in {**CONFIGURATION, **(ROCKSDB if arguments.store == "rocksdb" else {})}.items():
        builder = builder.config(key, value)
    spark = builder.getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    names = "event_id user_id session_id event_type page_url referrer_url device_type country".split()
    schema = ", ".join(name + " STRING" for name in names) + ", event_ts TIMESTAMP"
    events = spark.readStream.schema(schema).option("maxFilesPerTrigger", 1).option(
        "timestampFormat", "yyyy-MM-dd HH:mm:ss[.SSS]X").json(arguments.events)
    events.createOrReplaceTempView("click_events")
    latest = {name: Latest(name) if arguments.results else None for name in QUERIES}
    with tempfile.TemporaryDirectory(dir=pathlib.Path(arguments.events).parent) as checkpoint:
        queries = [start(spark, name, checkpoint, latest[name]) for name in QUERIES]
        for query in queries:
            query.awaitTermination()
        batches = [(query.lastProgress or {}).get("batchId", -1) + 1 for query in queries]
        spark.stop()
    print(f"micro-batches: {batches}")
    if arguments.results:
        for rows in latest.values():
            rows.write(arguments.results)


if __name__ == "__main__":
    main()
