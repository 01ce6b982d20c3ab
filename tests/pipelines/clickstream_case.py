"""The clickstream pipeline with each way in, its events, and the tables that the tutorial prints."""
import json
import pathlib
import re

HERE = pathlib.Path(__file__).parent
PIPELINE = HERE.parents[1] / 'pipelines' / 'clickstream'
EVENTS = PIPELINE / 'data' / 'events.ndjson'
LATE_EVENTS = PIPELINE / 'data' / 'late_events.ndjson'
VIEWS = ['click_mv_session_summary', 'click_mv_funnel_analysis', 'click_mv_page_traffic', 'click_mv_conversion_metrics',
         'device_conversion']
SINK = 'cart_abandonment_alerts'

_CREATE_TABLE, _VIEWS = re.split(r'(?=^CREATE MATERIALIZED VIEW)', (PIPELINE / 'clickstream.sql').read_text(), maxsplit=1,
                                 flags=re.M)
_COLUMNS = re.search(r'\(.*\)', _CREATE_TABLE, re.S)[0]

_VIEWS += '''
CREATE MATERIALIZED VIEW device_conversion AS
SELECT
    device_type,
    COUNT(*)                                             AS total_sessions,
    COUNT(*) FILTER (WHERE purchases > 0)               AS converted_sessions,
    ROUND(
        COUNT(*) FILTER (WHERE purchases > 0) * 100.0
        / COUNT(*),
        1
    )                                                    AS conversion_rate_pct
FROM click_mv_session_summary
GROUP BY device_type
ORDER BY total_sessions DESC;

CREATE SINK cart_abandonment_alerts AS
SELECT session_id, user_id, device_type, country, outcome
FROM click_mv_conversion_metrics
WHERE outcome = 'cart_abandonment'
WITH (connector = 'stdout', primary_key = 'session_id, user_id, device_type, country') FORMAT UPSERT ENCODE JSON;
'''

TABLE = _CREATE_TABLE + _VIEWS

SOURCE = f'''CREATE SOURCE click_events {_COLUMNS} WITH (
    connector = 'kafka',
    topic = 'clickstream-events',
    properties.bootstrap.server = 'your-kafka-broker:9092',
    scan.startup.mode = 'earliest'
) FORMAT PLAIN ENCODE JSON;
''' + _VIEWS

PRODUCTION_SOURCE = f'''CREATE SOURCE click_events {_COLUMNS} WITH (
    connector = 'kafka',
    topic = 'clickstream-events',
    properties.bootstrap.server = 'broker1:9092,broker2:9092',
    scan.startup.mode = 'latest',
    properties.sasl.mechanism = 'PLAIN',
    properties.security.protocol = 'SASL_SSL',
    properties.sasl.username = 'your-api-key',
    properties.sasl.password = 'your-api-secret'
) FORMAT PLAIN ENCODE JSON;
''' + _VIEWS


def events(path=EVENTS):
    return [json.loads(line) for line in path.read_text().splitlines()]


def insert_statement(rows):
    def literal(value):
        return 'NULL' if value is None else "'" + value.replace("'", "''") + "'"
    return 'INSERT INTO click_events VALUES\n' + ',\n'.join(
        '(' + ', '.join(literal(value) for value in row.values()) + ')' for row in rows) + ';\n'


def table_with_inserts():
    """The 25 events as one statement, the two late ones as a second."""
    return TABLE + insert_statement(events()) + insert_statement(events(LATE_EVENTS))


def cells(table):
    """A table as psql prints it → (column names, rows)."""
    lines = [line for line in table.splitlines() if line.strip() and not set(line) <= set('-+')]
    header, *rows = ([cell.strip() for cell in line.split('|')] for line in lines if not line.startswith('('))
    return tuple(header), [tuple(row) for row in rows]


def tutorial_tables():
    """(view, 'before' or 'after') → the printed table."""
    parts = re.split(r'^== (\S+) (\S+)\n', (HERE / 'tutorial_tables.txt').read_text(), flags=re.M)
    return {(parts[i], parts[i + 1]): parts[i + 2].strip('\n') for i in range(1, len(parts), 3)}
