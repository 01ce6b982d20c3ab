"""Append-only sources, whose texts are words, whose records hang below each other and whose distinct values are lists: the views are
what PostgreSQL computes of the same events, cut and divided in any way, with few values of a column and with more than a dictionary
takes (65,534)."""
import json
import random

import pytest

from support import normalise

COLUMNS = ['event_id', 'user_id', 'session_id', 'event_type', 'page_url', 'device', 'event_ts', 'amount']
TYPES = {'event_ts': 'timestamptz', 'amount': 'int'}
DECLARED = ', '.join(f'{c} {TYPES.get(c, "varchar")}' for c in COLUMNS)
SOURCE = f"""CREATE SOURCE events ({DECLARED})
  WITH (connector = 'file', path = '/dev/null') FORMAT PLAIN ENCODE JSON;
"""

VIEWS = {
    'sessions': 'SELECT session_id, count(*) AS c, bool_or(event_type = \'purchase\') AS bought, count(DISTINCT page_url) AS pages, '
                'min(page_url) AS first, count(DISTINCT event_type) FILTER (WHERE device = \'mobile\') AS kinds FROM events GROUP BY session_id',
    'session_users': 'SELECT session_id, user_id, device, min(event_ts) AS a, max(event_ts) AS b, '
                     'max(CASE WHEN event_type = \'view\' THEN page_url END) AS last, count(DISTINCT page_url) AS pages '
                     'FROM events GROUP BY session_id, user_id, device',
    'viewing_sessions': 'SELECT device, session_id, sum(amount) AS s FROM events WHERE event_type = \'view\' GROUP BY session_id, device',
    'pages': 'SELECT page_url, count(*) AS c, count(DISTINCT user_id) AS users, count(DISTINCT session_id) AS sessions, '
             'count(DISTINCT user_id) FILTER (WHERE device = \'mobile\') AS mobile_users, count(DISTINCT device) AS devices '
             'FROM events WHERE event_type IN (\'view\', \'cart\') GROUP BY page_url',
    'page_kinds': 'SELECT substr(page_url, 1, 3) AS kind, length(page_url) > 20 AS is_long, count(*) AS c, max(upper(event_type)) AS m, '
                  # Facts whose only name is a word of C++.
                  'max(coalesce(device, \'new\')) AS d, bool_or(event_type IN (\'class\', \'int\')) AS i, bool_or(device IS NULL) AS n '
                  'FROM events WHERE page_url LIKE \'/p%\' OR page_url IS NULL GROUP BY 1, 2',
    'types': 'SELECT event_type, device, count(*) AS c, count(DISTINCT page_url) AS pages FROM events GROUP BY event_type, device',
    'busy': 'SELECT users, count(*) AS pages FROM pages GROUP BY users',
    'whole': 'SELECT count(DISTINCT page_url) AS pages, count(DISTINCT user_id) AS users, max(page_url) AS last FROM events',
    'purchases': 'SELECT event_id, upper(device) AS device, page_url = \'/home\' AS home FROM events WHERE event_type = \'purchase\'',
}


def value(chance, choices):
    return None if chance.random() < 0.03 else chance.choice(choices)


def make_events(seed, count, pages):
    chance = random.Random(seed)
    for i in range(count):
        session = chance.randint(1, 200)
        # A session mostly has one user and one device.
        user = session % 60 if chance.random() < 0.9 else chance.randint(1, 60)
        yield {
            'event_id': f'e{i}',
            'user_id': None if chance.random() < 0.02 else f'user {user}' + ' with a long name' * (user % 3 == 0),
            'session_id': None if chance.random() < 0.02 else f's{session}',
            'event_type': value(chance, ['view', 'view', 'view', 'cart', 'purchase', '']),
            'page_url': value(chance, ['/home', '/products', f'/products/{chance.randint(1, pages)}', f'/p/{chance.randint(1, 30)}' + 'x' * 20]),
            'device': value(chance, ['mobile', 'desktop']),
            'event_ts': value(chance, ['2026-04-01 09:00:00+00', '2026-04-01 10:30:00.5+00', f'2025-01-{chance.randint(10, 28)} 00:00:00+00',
                                       'infinity', '-infinity', '0044-03-15 12:00:00+00 BC']),
            'amount': value(chance, [1, 2, 30]),
        }


def expected(postgres, events):
    with postgres.schema() as session:
        session.execute(f'CREATE TABLE events ({DECLARED})')
        for begin in range(0, len(events), 1000):
            rows = session.cursor.mogrify(','.join(['%s'] * len(events[begin:begin + 1000])),
                                          [tuple(e[c] for c in COLUMNS) for e in events[begin:begin + 1000]])
            session.cursor.execute(b'INSERT INTO events VALUES ' + rows)
        for name, query in VIEWS.items():
            session.execute(f'CREATE TABLE {name} AS {query}')
        return {name: normalise.in_any_order(normalise.rows(session.rows(f'SELECT * FROM {name}'))) for name in VIEWS}


@pytest.fixture(scope='module')
def pipeline(build):
    return build(SOURCE + ''.join(f'CREATE MATERIALIZED VIEW {name} AS {query};\n' for name, query in VIEWS.items()), 'words')


# The third has more URLs than a dictionary, so some of its groups are by word and others are not.
@pytest.mark.parametrize('seed, count, pages', [(1, 3000, 20), (2, 3000, 2000), (3, 120_000, 10_000_000)])
def test_views_of_a_source_are_what_postgresql_computes(pipeline, postgres, tmp_path, seed, count, pages):
    events = list(make_events(seed, count, pages))
    path = tmp_path / 'events.ndjson'
    path.write_text(''.join(json.dumps(event) + '\n' for event in events))
    wanted = expected(postgres, events)
    for workers, epoch_rows in ((1, 1024), (1, 7), (2, 100), (5, 1000)):
        if count > 10_000 and epoch_rows < 1000:
            continue
        result = pipeline.replay(('events', path), print=list(VIEWS), epoch_rows=epoch_rows, workers=workers)
        assert result.summary.errors == 0
        for name in VIEWS:
            ours = normalise.in_any_order(normalise.rows(result.rows(name)))
            assert ours == wanted[name], f'{name}: {workers} workers, {epoch_rows} rows an epoch'


def test_changes_of_a_source_add_up(pipeline, postgres, tmp_path):
    events = list(make_events(4, 400, 50))
    path = tmp_path / 'events.ndjson'
    path.write_text(''.join(json.dumps(event) + '\n' for event in events))
    wanted = expected(postgres, events)
    for workers in (1, 3):
        changes = pipeline.replay(('events', path), print=list(VIEWS), changes=True, epoch_rows=5, workers=workers).changes()
        for name in VIEWS:
            state = {}
            for epoch in sorted(changes[name]):
                for row, weight in changes[name][epoch].items():
                    state[row] = state.get(row, 0) + weight
                assert min(state.values()) >= 0, f'{name}, epoch {epoch}'
            rows = [row for row, weight in state.items() for _ in range(weight)]
            assert normalise.in_any_order(normalise.rows(rows)) == wanted[name], f'{name}: {workers} workers'
