"""Nothing is recomputed: one event touches one group of each operator, however large the state is."""
import json

LARGE = 20_000


def event(session, page, kind='page_view', user=None):
    return {'user_id': user or f'u{session}', 'session_id': f's{session}', 'page_url': f'/{page}', 'event_type': kind}


SQL = '''CREATE SOURCE events (user_id varchar, session_id varchar, page_url varchar, event_type varchar)
  WITH (connector = 'file', path = '/dev/null') FORMAT PLAIN ENCODE JSON;
CREATE MATERIALIZED VIEW sessions AS SELECT session_id, count(*) AS n, bool_or(event_type = 'purchase') AS bought FROM events GROUP BY session_id;
CREATE MATERIALIZED VIEW pages AS SELECT page_url, count(*) AS views, count(DISTINCT user_id) AS users FROM events GROUP BY page_url;
CREATE MATERIALIZED VIEW lengths AS SELECT n, count(*) AS sessions FROM sessions GROUP BY n;
CREATE MATERIALIZED VIEW funnel AS SELECT count(*) AS sessions, count(*) FILTER (WHERE bought) AS bought FROM sessions;
'''


def test_one_event_touches_one_group_per_operator(build, tmp_path):
    pipeline = build(SQL, 'touched')
    large, one = tmp_path / 'large.ndjson', tmp_path / 'one.ndjson'
    large.write_text(''.join(json.dumps(event(i // 2, i % 1000)) + '\n' for i in range(LARGE)))
    views = ['sessions', 'pages', 'lengths', 'funnel']

    def summary(*paths):
        return pipeline.replay(*[('events', path) for path in paths], print=views, epoch_rows=LARGE).summary

    before = summary(large)
    assert before.operator('sessions').records == LARGE // 2
    one.write_text(json.dumps(event(17, 5, 'purchase', 'somebody')) + '\n')
    after = summary(large, one)
    assert after.epochs == before.epochs + 1
    added = {op.name: op.touched - before.operator(op.name).touched for op in after.operators if op.name in views}
    assert added == {'sessions': 1, 'pages': 1, 'lengths': 2, 'funnel': 1}
    rows_out = {op.name: op.rows_out - before.operator(op.name).rows_out for op in after.operators}
    assert rows_out['sessions'] == 2  # The row before, the row after.

    # And before there is anything, as much as after.
    first = summary(one, large)
    assert {op.name: op.touched for op in summary(one).operators} == {op.name: 1 for op in first.operators}


def test_workers_touch_the_same_groups(build, tmp_path):
    pipeline = build(SQL, 'touched')
    path = tmp_path / 'events.ndjson'
    path.write_text(''.join(json.dumps(event(i * 7 % 300, i % 41)) + '\n' for i in range(3000)))
    def counted(workers):
        summary = pipeline.replay(('events', path), print=['funnel'], epoch_rows=100, workers=workers).summary
        return {op.name: (op.touched, op.records) for op in summary.operators if op.name != 'events'}
    assert counted(1) == counted(2) == counted(4)
