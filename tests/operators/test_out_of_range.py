"""A result that is out of range takes its row from its own view, not from views over the same groups, and is told."""

SQL = '''CREATE TABLE t (k int, f double precision);
CREATE MATERIALIZED VIEW sums AS SELECT k, sum(f) AS s FROM t GROUP BY k;
CREATE MATERIALIZED VIEW counts AS SELECT k, count(*) AS n FROM t GROUP BY k;
INSERT INTO t VALUES (1, 1e308), (1, 1e308), (2, 1);
'''


def test_a_sum_out_of_range_is_told_and_stays_alone(build):
    done = build(SQL, 'out_of_range').replay(print=['sums', 'counts', 'sqlmill_errors'])
    assert done.rows('sums') == [('2', '1')]
    assert done.rows('counts') == [('1', '2'), ('2', '1')]
    errors = done.rows('sqlmill_errors')
    assert [(row[1], row[5]) for row in errors] == [('sums', 'value out of range: overflow')]
