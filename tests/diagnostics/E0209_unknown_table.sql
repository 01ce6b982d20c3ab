CREATE TABLE events (
    session_id varchar NOT NULL,
    user_id varchar,
    amount int,
    price numeric(10, 2),
    tags jsonb,
    event_ts timestamptz
);

CREATE MATERIALIZED VIEW v AS SELECT event.user_id, e.amount FROM events;
CREATE MATERIALIZED VIEW w AS SELECT events.user_id, f.* FROM events AS e;
