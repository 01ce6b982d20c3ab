CREATE TABLE events (
    session_id varchar NOT NULL,
    user_id varchar,
    amount int,
    price numeric(10, 2),
    tags jsonb,
    event_ts timestamptz
);

CREATE MATERIALIZED VIEW per_user AS SELECT user_id, count(*) AS n FROM events GROUP BY user_id;
CREATE SINK alerts FROM per_user WITH (connector = 'stdout', primary_key = 'user_id') FORMAT UPSERT ENCODE JSON;
CREATE SOURCE clicks (a int) WITH (connector = 'datagen');

INSERT INTO per_user VALUES ('u1', 1);
DELETE FROM clicks;
CREATE MATERIALIZED VIEW again AS SELECT * FROM alerts;
CREATE INDEX by_a ON clicks (a);
