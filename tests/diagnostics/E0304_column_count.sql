CREATE TABLE events (
    session_id varchar NOT NULL,
    user_id varchar,
    amount int,
    price numeric(10, 2),
    tags jsonb,
    event_ts timestamptz
);

CREATE VIEW a (x, y, z) AS SELECT user_id, amount FROM events;
CREATE MATERIALIZED VIEW b AS SELECT user_id FROM events UNION ALL SELECT user_id, amount FROM events;
CREATE MATERIALIZED VIEW c AS SELECT nullif(amount) AS x FROM events;
CREATE MATERIALIZED VIEW d AS SELECT x FROM (SELECT user_id FROM events) AS e (x, y);
CREATE MATERIALIZED VIEW e AS WITH f (x, y) AS (SELECT user_id FROM events) SELECT x FROM f;
CREATE TABLE empty ();
INSERT INTO events VALUES ('s1', 'u1', 1, 2.5, '{}', '2026-04-01', 'too much');
INSERT INTO events (session_id, user_id) VALUES ('s1');
