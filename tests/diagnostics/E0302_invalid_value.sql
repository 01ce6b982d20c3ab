CREATE TABLE events (
    session_id varchar NOT NULL,
    user_id varchar,
    amount int,
    price numeric(10, 2),
    tags jsonb,
    event_ts timestamptz
);

CREATE MATERIALIZED VIEW v AS
SELECT * FROM events
WHERE amount = 'ten' AND event_ts > '2026-13-01' AND tags = '{"a":}';

INSERT INTO events (session_id, amount) VALUES ('s1', 1 / 0), ('s2', 3000000000);
