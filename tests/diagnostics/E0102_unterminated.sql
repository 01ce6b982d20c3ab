CREATE TABLE events (
    session_id varchar NOT NULL,
    user_id varchar,
    amount int,
    price numeric(10, 2),
    tags jsonb,
    event_ts timestamptz
);

CREATE MATERIALIZED VIEW checkouts AS
SELECT * FROM events WHERE user_id = 'tom;
