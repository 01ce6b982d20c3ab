-- Two views whose sums always agree, over a source and a table: what consistency_test.cpp reads while both change.
CREATE SOURCE transfers (id bigint, sender varchar, receiver varchar, amount bigint) WITH (connector = 'kafka', topic = 'transfers', properties.bootstrap.server = 'localhost:9092') FORMAT PLAIN ENCODE JSON;
CREATE TABLE rates (id bigint PRIMARY KEY, page varchar, amount bigint);
CREATE MATERIALIZED VIEW by_sender AS SELECT sender, sum(amount) AS total, count(*) AS transfers FROM transfers GROUP BY sender;
CREATE MATERIALIZED VIEW by_receiver AS SELECT receiver, sum(amount) AS total, count(*) AS transfers FROM transfers GROUP BY receiver;
CREATE MATERIALIZED VIEW by_page AS SELECT page, sum(amount) AS total FROM rates GROUP BY page;
CREATE MATERIALIZED VIEW in_all AS SELECT sum(amount) AS total FROM rates;
