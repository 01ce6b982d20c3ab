"""Aggregates over aggregates of a source, whose rows change with every event, and expressions that are computed once a value, once a
group or not at all: the views are what PostgreSQL computes of the same events, however they are cut into epochs and divided."""
import json
import random

import pytest

from support import normalise

COLUMNS = ['user_id', 'device', 'kind', 'url', 'at', 'amount']
TYPES = {'at': 'timestamptz', 'amount': 'int'}
DECLARED = ', '.join(f'{c} {TYPES.get(c, "varchar")}' for c in COLUMNS)
SOURCE = f"""CREATE SOURCE events ({DECLARED})
  WITH (connector = 'file', path = '/dev/null') FORMAT PLAIN ENCODE JSON;
"""

VIEWS = {
    # Its groups are those of the next ones, or parts of them.
    'visitors': 'SELECT user_id, device, count(*) AS events, count(*) FILTER (WHERE kind = \'buy\') AS bought, min(at) AS first, max(at) AS last, '
                'sum(amount) AS amount, bool_or(kind = \'buy\') AS buyer FROM events GROUP BY user_id, device',
    'variants': 'SELECT CASE WHEN right(user_id, 1) IN (\'0\', \'2\', \'4\') THEN \'even\' ELSE \'odd\' END AS variant, device, count(*) AS visitors, '
                'count(*) FILTER (WHERE buyer) AS buyers, sum(bought) AS bought, max(events) AS most, min(events) AS fewest, min(first) AS first, '
                'max(last) AS last, count(DISTINCT events) AS kinds FROM visitors GROUP BY 1, 2',
    'some_variants': 'SELECT device, count(amount) AS c, sum(amount) AS s, max(amount) AS m FROM visitors WHERE length(user_id) > 2 GROUP BY device',
    'late_variants': 'SELECT device, count(*) AS c, max(bought) AS m FROM visitors WHERE events > 3 GROUP BY device',
    'uplift': 'SELECT sum(visitors) FILTER (WHERE variant = \'odd\') AS odd, sum(buyers) AS buyers, max(most) AS most, min(device) AS least FROM variants',
    # A row leaves its group with every event.
    'sizes': 'SELECT events, count(*) AS c, avg(amount) AS average, min(age) AS shortest, max(age) AS longest, max(device) AS d FROM '
             '(SELECT events, amount, last - first AS age, device FROM visitors) AS v GROUP BY events',
    'size_classes': 'SELECT events <= 5 AS few, sum(c) AS c, sum(c * events) AS s, min(events) AS smallest, max(longest) AS longest FROM sizes GROUP BY 1',
    # What one column decides, also where the function could fail, and not for these constants.
    'urls': 'SELECT split_part(split_part(url, \'source=\', 2), \'&\', 1) AS source, substr(url, 1, 3) AS start, count(*) AS c, '
            'count(*) FILTER (WHERE url LIKE \'%utm_source=%\') AS from_campaign, max(split_part(url, \'/\', -1)) AS last '
            'FROM events GROUP BY 1, 2',
    'hours': 'SELECT extract(hour FROM at) AS hour, date_trunc(\'hour\', at) AS begin, count(*) AS c, sum(amount % 7) AS rest, sum(amount / 3) AS third '
             'FROM events GROUP BY 1, 2',
    # Read only where it does not fail.
    'numbers': 'SELECT kind, sum(CASE WHEN kind = \'number\' THEN url::int ELSE amount END) AS s FROM events GROUP BY kind',
    # Arguments that can fail, with and without NULLs between them.
    'touches': 'SELECT user_id, min((extract(epoch FROM at) * 1000)::bigint::text || \' \' || device || \' \' || split_part(url, \'/\', 2)) AS first, '
               'max(amount::text || upper(kind) || user_id) AS most, count(device || \'!\') AS c, sum(amount + 1) FILTER (WHERE kind = \'buy\') AS s '
               'FROM events GROUP BY user_id',
    'first_touches': 'SELECT split_part(first, \' \', 2) AS device, count(*) AS c, max(c) AS m FROM touches GROUP BY 1',
}


def make_events(seed, count):
    chance = random.Random(seed)
    for _ in range(count):
        user = chance.randint(0, count // 12 + 3)
        kind = chance.choice(['view', 'view', 'view', 'buy', 'number', None])
        url = str(chance.randint(0, 999)) if kind == 'number' else chance.choice(
            [None, '/', '/start/é', f'/products/{chance.randint(1, 300)}', f'/x?utm_source=s{chance.randint(1, 3)}&utm_campaign=c', '/x?utmé_source=s1', 'source='])
        yield {
            'user_id': None if chance.random() < 0.02 else f'{chance.choice(["u", "user number "])}{user}',
            'device': chance.choice(['mobile', 'desktop', 'a television set', None]),
            'kind': kind,
            'url': url,
            'at': None if chance.random() < 0.05 else f'2026-04-{chance.randint(1, 28):02d} {chance.randint(0, 23):02d}:30:00.{chance.randint(0, 999999):06d}+00',
            'amount': chance.choice([None, -3, 0, 1, 2, 30]),
        }


def expected(postgres, events):
    with postgres.schema() as session:
        session.execute(f'CREATE TABLE events ({DECLARED})')
        rows = session.cursor.mogrify(','.join(['%s'] * len(events)), [tuple(e[c] for c in COLUMNS) for e in events])
        session.cursor.execute(b'INSERT INTO events VALUES ' + rows)
        for name, query in VIEWS.items():
            session.execute(f'CREATE TABLE {name} AS {query}')
        return {name: normalise.in_any_order(normalise.rows(session.rows(f'SELECT * FROM {name}'))) for name in VIEWS}


@pytest.fixture(scope='module')
def pipeline(build):
    return build(SOURCE + ''.join(f'CREATE MATERIALIZED VIEW {name} AS {query};\n' for name, query in VIEWS.items()), 'levels')


def write(path, events):
    path.write_text(''.join(json.dumps(event) + '\n' for event in events))
    return path


@pytest.mark.parametrize('seed, count', [(1, 300), (2, 4000)])
def test_levels_are_what_postgresql_computes(pipeline, postgres, tmp_path, seed, count):
    events = list(make_events(seed, count))
    path = write(tmp_path / 'events.ndjson', events)
    wanted = expected(postgres, events)
    for workers, epoch_rows in ((1, 1024), (1, 1), (1, 50), (2, 100), (3, 7)):
        result = pipeline.replay(('events', path), print=list(VIEWS), epoch_rows=epoch_rows, workers=workers)
        assert result.summary.errors == 0
        for name in VIEWS:
            ours = normalise.in_any_order(normalise.rows(result.rows(name)))
            assert ours == wanted[name], f'{name}: {workers} workers, {epoch_rows} rows an epoch'


def test_changes_add_up(pipeline, postgres, tmp_path):
    events = list(make_events(3, 400))
    path = write(tmp_path / 'events.ndjson', events)
    wanted = expected(postgres, events)
    for workers, epoch_rows in ((1, 3), (2, 20)):
        changes = pipeline.replay(('events', path), print=list(VIEWS), changes=True, epoch_rows=epoch_rows, workers=workers).changes()
        for name in VIEWS:
            state = {}
            for epoch in sorted(changes[name]):
                for row, weight in changes[name][epoch].items():
                    state[row] = state.get(row, 0) + weight
                assert min(state.values()) >= 0, f'{name}, epoch {epoch}'
            rows = [row for row, weight in state.items() for _ in range(weight)]
            assert normalise.in_any_order(normalise.rows(rows)) == wanted[name], f'{name}: {workers} workers'


def test_a_fact_fails_for_every_record_that_reads_it(build, postgres, tmp_path):
    """A value that cannot be converted is met once for each record of each view, as if it were computed for each."""
    views = {
        'per_number': 'SELECT url::int AS n, count(*) AS c FROM events GROUP BY 1',
        'sums': 'SELECT device, sum(substr(url, 1, 4 - length(url))::int) AS s, count(*) AS c FROM events GROUP BY device',
        'filtered': 'SELECT device, count(*) AS c FROM events WHERE url::int > 10 GROUP BY device',
    }
    chance = random.Random(5)
    events = [{'url': chance.choice(['7', '12', '13', '123', '/start', 'a much longer text than fits', None]), 'device': chance.choice(['a', 'b'])}
              for _ in range(500)]
    path = write(tmp_path / 'events.ndjson', events)
    source = SOURCE + ''.join(f'CREATE MATERIALIZED VIEW {name} AS {query};\n' for name, query in views.items())
    pipeline = build(source, 'failing_facts')
    with postgres.schema() as session:
        session.execute('CREATE TABLE events (url varchar, device varchar)')
        session.cursor.execute(b'INSERT INTO events VALUES ' + session.cursor.mogrify(','.join(['%s'] * len(events)),
                                                                                     [(e['url'], e['device']) for e in events]))
        session.execute("CREATE VIEW fitting AS SELECT * FROM events WHERE url ~ '^[0-9]+$'")
        wanted = {
            'per_number': session.rows('SELECT url::int, count(*) FROM events WHERE url IS NULL GROUP BY 1 UNION ALL '
                                       'SELECT url::int, count(*) FROM fitting GROUP BY 1'),
            'filtered': session.rows('SELECT device, count(*) FROM (SELECT device, url::int AS n FROM fitting OFFSET 0) AS f WHERE n > 10 GROUP BY device'),
        }
    texts = [e['url'] for e in events]
    failing = {
        'per_number': sum(t is not None and not t.isdigit() for t in texts),
        # '7' and '12' give the beginning of themselves; of three characters one is left; more fail.
        'sums': sum(t is not None and not (t.isdigit() and len(t) < 4) for t in texts),
        'filtered': sum(t is not None and not t.isdigit() for t in texts),
    }
    for workers in (1, 2):
        result = pipeline.replay(('events', path), print=list(views), epoch_rows=32, workers=workers)
        assert result.summary.errors == sum(failing.values())
        for name, rows in wanted.items():
            assert normalise.in_any_order(normalise.rows(result.rows(name))) == normalise.in_any_order(normalise.rows(rows)), name
        counted = sum(int(row[2]) for row in normalise.rows(result.rows('sums')))
        assert counted == len(events) - failing['sums']
