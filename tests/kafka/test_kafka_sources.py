"""What a running pipeline says of its Kafka sources, in SQL and to Prometheus."""
import contextlib
import json
import pathlib
import re
import sys
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'clients'))

import psycopg2  # noqa: E402
from prometheus_client.parser import text_string_to_metric_families  # noqa: E402

from kafka_run import settings  # noqa: E402
from serving import serving  # noqa: E402
from support.waiting import wait_for  # noqa: E402

SQL = """
CREATE SOURCE ev (id BIGINT) WITH (connector = 'kafka', topic = 'ev', properties.bootstrap.server = '${BROKERS}') FORMAT PLAIN ENCODE JSON;
CREATE TABLE notes (id BIGINT);
CREATE MATERIALIZED VIEW total AS SELECT count(*) AS n FROM ev;
"""


def test_partitions_offsets_and_lag(build, broker):
    topic = broker.topic(2)
    for partition, count in ((0, 30), (1, 12)):
        broker.write(topic, (('', json.dumps({'id': i})) for i in range(count)), partition=partition)
    with serving(build(SQL, 'sources').binary, '--admin', '127.0.0.1:0', *settings('ev', topic=topic),
                 environment={'BROKERS': broker.address}) as server, \
            contextlib.closing(psycopg2.connect(host=server.host, port=server.port, dbname='dev', user='kit')) as connection:
        connection.autocommit = True
        cursor = connection.cursor()

        def sources():
            cursor.execute('select name, kind, connector, rows, partition, next_offset, end_offset, lag from sqlmill_sources order by 1, 5')
            return cursor.fetchall()

        def metrics():
            url = re.search(r'metrics on (http://\S+)$', server.log(), re.M)[1]
            with urllib.request.urlopen(url + '/metrics', timeout=10) as response:
                families = text_string_to_metric_families(response.read().decode())
                return {(sample.name, *sample.labels.values()): sample.value for family in families for sample in family.samples}

        wanted = [('ev', 'source', 'kafka', 42, 0, 30, 30, 0), ('ev', 'source', 'kafka', 42, 1, 12, 12, 0),
                  ('notes', 'table', None, 0, None, None, None, None)]
        wait_for(lambda: sources() == wanted, lambda: str(sources()))
        found = metrics()
        assert found[('sqlmill_source_rows_total', 'ev')] == 42
        assert found[('sqlmill_source_next_offset', 'ev', '0')] == 30
        assert found[('sqlmill_source_lag', 'ev', '1')] == 0

        broker.write(topic, [('', json.dumps({'id': 1}))] * 5, partition=1)
        wait_for(lambda: metrics()[('sqlmill_source_next_offset', 'ev', '1')] == 17, 'the offset behind the new messages')
