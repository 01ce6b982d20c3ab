-- Each statement has its own errors; none hides another's and none causes more.
CREATE TABLE clicks (
    user_id  varchr,
    page     text,
    n        int,
    n        int,
    ts       timestamptz
);

CREATE MATERIALIZED VIEW by_user AS
SELECT user_id, lower(pge) AS page, SUM(n) + 'x' AS total, count(*) FILTER (WHERE n) AS c
FROM clicks
WHERE ts > 'yesterday-ish' AND uper(page) = 'A'
GROUP BY user_id
HAVING cnt > 1
ORDER BY nothing;

CREATE MATERIALIZED VIEW fine AS SELECT page, count(*) AS c FROM clicks GROUP BY page;

CREATE MATERIALIZED VIEW late AS SELECT page FROM fin WHERE c = 'many';

INSERT INTO clicks (user_id, page) VALUES ('u1', 'p'), ('u2'), (3, 4, 5);
INSERT INTO clicks (page, nn) VALUES ('p', 1);
UPDATE clicks SET page = page + 1 WHERE whatever = 2;
