CREATE TABLE events (
    session_id varchar NOT NULL,
    user_id varchar,
    amount int,
    price numeric(10, 2),
    tags jsonb,
    event_ts timestamptz
);

CREATE MATERIALIZED VIEW per_session AS
SELECT
    sesion_id,
    COUNT(*) AS n
FROM events
GROUP BY session_id;

INSERT INTO events (session_id, usr_id) VALUES ('s1', 'u1');
UPDATE events SET ammount = 1;
