"""A result that is out of range takes its row from those who read it, not from others over the same groups, and is told."""

import json

SQL = '''CREATE TABLE t (k int, f double precision);
CREATE MATERIALIZED VIEW sums AS SELECT k, sum(f) AS s FROM t GROUP BY k;
CREATE MATERIALIZED VIEW counts AS SELECT k, count(*) AS n FROM t GROUP BY k;
CREATE MATERIALIZED VIEW averages AS SELECT k, avg(f) AS a, count(*) AS n FROM t GROUP BY k HAVING count(*) > 0;
CREATE MATERIALIZED VIEW total AS SELECT count(*) AS groups, max(s) AS greatest FROM (SELECT k, sum(f) AS s FROM t GROUP BY k) g;
CREATE MATERIALIZED VIEW small AS SELECT k FROM (SELECT k, sum(f) AS s FROM t GROUP BY k) g WHERE s < 10;
INSERT INTO t VALUES (1, 1e308), (1, 1e308), (2, 1);
'''
BACK_IN_RANGE = "DELETE FROM t WHERE k = 1;\nINSERT INTO t VALUES (1, 2);\n"
OUT_AGAIN = "INSERT INTO t VALUES (1, 1.5e308), (1, 1.5e308);\n"


def views(build, statements):
    return build(SQL + statements, 'out_of_range').replay(print=['sums', 'counts', 'averages', 'total', 'small', 'sqlmill_errors'])


def test_a_sum_out_of_range_is_told_and_stays_alone(build):
    done = views(build, '')
    assert done.rows('sums') == [('2', '1')]
    assert done.rows('counts') == [('1', '2'), ('2', '1')]
    assert done.rows('total') == [('1', '1')]
    assert done.rows('small') == [('2',)]
    errors = done.rows('sqlmill_errors')
    assert {(row[1], row[5]) for row in errors} == {(view, 'value out of range: overflow')
                                                    for view in ('sums', 'averages', 'total', 'small')}


def test_a_sum_that_is_in_range_again_is_back(build):
    done = views(build, BACK_IN_RANGE)
    assert done.rows('sums') == [('1', '2'), ('2', '1')]
    assert done.rows('averages') == [('1', '2', '1'), ('2', '1', '1')]
    assert done.rows('total') == [('2', '2')]
    assert done.rows('small') == [('1',), ('2',)]
    done = views(build, BACK_IN_RANGE + OUT_AGAIN)
    assert done.rows('sums') == [('2', '1')]
    assert done.rows('counts') == [('1', '3'), ('2', '1')]
    assert done.rows('total') == [('1', '1')]
    assert done.rows('small') == [('2',)]


def test_views_that_may_fail_share_their_groups(build):
    done = views(build, '')
    operators = [line.split('|')[0].strip() for line in done.stderr.splitlines() if '|' in line]
    assert operators.count('sums') == 2  # As a view and as the one operator by k.
    assert 'averages' in operators and operators.count('averages') == 1


READINGS = '''CREATE SOURCE readings (session_id text, x bigint) WITH (connector = 'file', path = 'unused') FORMAT PLAIN ENCODE JSON;
CREATE MATERIALIZED VIEW narrow AS SELECT session_id, sum(x)::bigint::smallint AS s FROM readings GROUP BY session_id;
'''


def readings(build, tmp_path, rows, **options):
    path = tmp_path / 'readings.ndjson'
    path.write_text(''.join(json.dumps({'session_id': session, 'x': x}) + '\n' for session, x in rows))
    done = build(READINGS, 'readings').replay(('readings', path), print=['narrow', 'sqlmill_errors'], **options)
    return done.rows('narrow'), [(row[1], row[5]) for row in done.rows('sqlmill_errors')]


def test_what_a_group_passes_through_in_an_epoch_is_no_error(build, tmp_path):
    rows, errors = readings(build, tmp_path, [('a', 40000), ('b', 1), ('a', -40000)])
    assert rows == [('a', '0'), ('b', '1')] and errors == []


def test_a_group_that_stays_out_of_range_is_told_once_an_epoch(build, tmp_path):
    events = [('a', 40000), ('b', 1), ('a', 1), ('a', 1), ('b', 40000)]
    rows, errors = readings(build, tmp_path, events)
    assert rows == [] and errors == [('narrow', 'smallint out of range')] * 2
    rows, errors = readings(build, tmp_path, events, epoch_rows=2)
    assert rows == [] and errors == [('narrow', 'smallint out of range')] * 3
