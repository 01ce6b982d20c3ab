"""Events at a steady rate in a topic, and how old they are when a query first sees them."""
import contextlib
import subprocess
import time

import psycopg2

from measure import BIN

# Beside a pipeline over the topic `live`.
PROBES = """
CREATE MATERIALIZED VIEW last_probe AS SELECT max(event_id::bigint) AS sent FROM click_events WHERE event_type = 'probe';
CREATE SINK probes AS SELECT event_id FROM click_events WHERE event_type = 'probe'
WITH (connector = 'kafka', topic = 'probes', properties.bootstrap.server = '${KAFKA_BROKERS}') FORMAT PLAIN ENCODE JSON;
"""


def connect(server):
    connection = psycopg2.connect(host=server.host, port=server.port, dbname="dev", user="bench")
    connection.autocommit = True
    return connection


def percentiles(seconds):
    ordered = sorted(seconds)
    at = lambda share: 1000 * ordered[min(int(share * len(ordered)), len(ordered) - 1)]  # noqa: E731
    return f"p50 {at(0.5):.2f} ms, p99 {at(0.99):.2f} ms of {len(ordered):,}"


class Load:
    """Events at a steady rate, probes among them."""

    def __init__(self, broker, rate, seconds):
        self.command = [BIN / "kafka_load", "probe", "--brokers", broker.address, "--topic", "live", "--sink", "probes",
                        "--rate", rate, "--seconds", seconds]

    def __enter__(self):
        self.process = subprocess.Popen(list(map(str, self.command)), stdout=subprocess.PIPE, text=True)
        return self

    def __exit__(self, *_):
        self.told, _ = self.process.communicate(timeout=300)


def fresh_events(server, load):
    """Of each probe, or of the last of those that came together, the age when a query first sees it."""
    ages, last = [], None
    with contextlib.closing(connect(server)) as connection, connection.cursor() as cursor:
        while load.process.poll() is None:
            cursor.execute("SELECT sent FROM last_probe")
            sent, = cursor.fetchone()
            if sent not in (None, last):
                if last is not None:
                    ages.append((time.monotonic_ns() - sent) / 1e9)
                last = sent
    return ages
