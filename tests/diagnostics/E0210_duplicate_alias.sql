CREATE TABLE events (
    session_id varchar NOT NULL,
    user_id varchar,
    amount int,
    price numeric(10, 2),
    tags jsonb,
    event_ts timestamptz
);

CREATE MATERIALIZED VIEW v AS
WITH a AS (SELECT user_id FROM events), a AS (SELECT amount FROM events)
SELECT * FROM a;
