CREATE TABLE events (
    session_id varchar NOT NULL,
    user_id varchar,
    amount int,
    price numeric(10, 2),
    tags jsonb,
    event_ts timestamptz
);

CREATE MATERIALIZED VIEW very_very_very_very_very_very_very_very_very_very_very_very_very_long AS
SELECT * FROM events;
