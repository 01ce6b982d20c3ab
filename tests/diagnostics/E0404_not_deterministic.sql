CREATE TABLE events (
    session_id varchar NOT NULL,
    user_id varchar,
    amount int,
    price numeric(10, 2),
    tags jsonb,
    event_ts timestamptz
);

CREATE MATERIALIZED VIEW recent AS
SELECT * FROM events
WHERE event_ts > now() - INTERVAL '1 hour' AND random() < 0.5;
