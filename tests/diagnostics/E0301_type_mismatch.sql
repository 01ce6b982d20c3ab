CREATE TABLE events (
    session_id varchar NOT NULL,
    user_id varchar,
    amount int,
    price numeric(10, 2),
    tags jsonb,
    event_ts timestamptz
);

CREATE MATERIALIZED VIEW v AS
SELECT CASE WHEN amount > 1 THEN amount ELSE user_id END AS a
FROM events
WHERE amount;

INSERT INTO events (session_id, amount) VALUES ('s1', date '2026-04-01');
