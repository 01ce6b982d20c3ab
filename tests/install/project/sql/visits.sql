CREATE TABLE visits (page text) APPEND ONLY;
INSERT INTO visits VALUES ('/home'), ('/home'), ('/cart');
CREATE MATERIALIZED VIEW pages AS SELECT page, count(*) AS visits FROM visits GROUP BY page;
