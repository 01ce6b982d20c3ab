CREATE TABLE events (
    session_id varchar NOT NULL,
    user_id varchar,
    amount int,
    price numeric(10, 2),
    tags jsonb,
    event_ts timestamptz
);

CREATE MATERIALIZED VIEW pairs AS
SELECT a.user_id, b.amount
FROM events a JOIN events b ON a.session_id = b.session_id;
