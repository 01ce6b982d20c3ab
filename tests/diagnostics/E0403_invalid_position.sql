CREATE TABLE events (
    session_id varchar NOT NULL,
    user_id varchar,
    amount int,
    price numeric(10, 2),
    tags jsonb,
    event_ts timestamptz
);

CREATE MATERIALIZED VIEW v AS SELECT user_id, count(*) AS n FROM events GROUP BY 3;
CREATE MATERIALIZED VIEW w AS SELECT user_id FROM events ORDER BY 0;
CREATE MATERIALIZED VIEW x AS SELECT DISTINCT user_id FROM events ORDER BY amount;
CREATE MATERIALIZED VIEW y AS SELECT user_id FROM events UNION ALL SELECT session_id FROM events ORDER BY amount + 1;
