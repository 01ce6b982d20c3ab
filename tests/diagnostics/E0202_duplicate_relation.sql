CREATE TABLE events (
    session_id varchar NOT NULL,
    user_id varchar,
    amount int,
    price numeric(10, 2),
    tags jsonb,
    event_ts timestamptz
);

CREATE VIEW events AS SELECT 1 AS one FROM events;

CREATE TABLE sqlmill_errors (a int);
