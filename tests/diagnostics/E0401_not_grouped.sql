CREATE TABLE events (
    session_id varchar NOT NULL,
    user_id varchar,
    amount int,
    price numeric(10, 2),
    tags jsonb,
    event_ts timestamptz
);

CREATE MATERIALIZED VIEW v AS
SELECT user_id, amount, count(*) AS n
FROM events
GROUP BY user_id;

CREATE MATERIALIZED VIEW w AS SELECT user_id, max(amount) AS m FROM events;
