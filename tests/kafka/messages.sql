CREATE TABLE messages (
    id     BIGINT,
    name   VARCHAR,
    amount NUMERIC,
    small  SMALLINT,
    at     TIMESTAMPTZ,
    gone   BOOLEAN
) APPEND ONLY
INCLUDE key AS k
INCLUDE header 'n' AS missing_header
INCLUDE partition AS p
INCLUDE offset AS o
INCLUDE timestamp AS ts
INCLUDE header 'trace' AS trace
INCLUDE header 'trace' VARCHAR AS trace_text
WITH (
    connector = 'kafka',
    topic = '${TOPIC}',
    properties.bootstrap.server = '${BROKERS}'
) FORMAT PLAIN ENCODE JSON;

CREATE MATERIALIZED VIEW seen AS
SELECT id, name, amount, small, at, k, missing_header, p, o, ts, trace, trace_text FROM messages;

CREATE MATERIALIZED VIEW open_names AS
SELECT name, count(*) AS messages, sum(amount) AS amount, max(length(name)) AS letters
FROM messages
GROUP BY name
HAVING NOT bool_or(coalesce(gone, false));

CREATE SINK plain_out FROM open_names
WITH (connector = 'kafka', topic = '${TOPIC}-plain', properties.bootstrap.server = '${BROKERS}', force_append_only = 'true')
FORMAT PLAIN ENCODE JSON;

CREATE SINK upsert_out FROM open_names
WITH (connector = 'kafka', topic = '${TOPIC}-upsert', properties.bootstrap.server = '${BROKERS}', primary_key = 'name')
FORMAT UPSERT ENCODE JSON;

CREATE SINK debezium_out FROM open_names
WITH (connector = 'kafka', topic = '${TOPIC}-debezium', properties.bootstrap.server = '${BROKERS}', primary_key = 'name')
FORMAT DEBEZIUM ENCODE JSON;

CREATE SINK file_out FROM open_names
WITH (connector = 'file', path = '${FILE}', force_append_only = 'true')
FORMAT PLAIN ENCODE JSON;

CREATE SINK stdout_out FROM open_names
WITH (connector = 'stdout', primary_key = 'name')
FORMAT UPSERT ENCODE JSON;
