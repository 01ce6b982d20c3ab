"""The pipeline of these tests, what goes into it, and its views after all that."""
import json
import pathlib
import random

HERE = pathlib.Path(__file__).resolve().parent
SQL = (HERE / 'recovery.sql').read_text()
# The same with other states under some of the views.
OTHER_SQL = (SQL.replace('count(DISTINCT country) AS countries', 'max(user_id) AS last_user').replace('max(amount) AS most, count(DISTINCT amount) AS amounts',
                                                                                                 'sum(amount) AS amount')
             .replace('sum(balance) AS balance, min(balance)', 'avg(balance) AS balance, min(balance)'))
VIEWS = ['sessions', 'session_users', 'pages', 'lengths', 'whole', 'owners', 'cities', 'all_names', 'accounts', 'notes']
POINTS = [line.split('(')[1].split(')')[0] for line in (HERE.parents[1] / 'runtime/base/kill_points.def').read_text().splitlines()
          if line.startswith('SQLMILL_KILL_POINT(')]


# Those that only an exactly-once sink passes, with a broker.
SINK_POINTS = [point for point in POINTS if point.startswith('transaction_')]
# Those that only a program with other SQL than the directory's passes.
REBUILD_POINTS = [point for point in POINTS if point.startswith('rebuild_')]
# Those that only a run with --state-copy passes.
COPY_POINTS = [point for point in POINTS if point.startswith('copy_')]


def clicks(count, seed=1, of=None):
    """`of`: of as many sessions and users as so many clicks have."""
    of = of or count
    chance = random.Random(seed)
    pages = ['/home', '/buy', '/a page with a long name', 'seite/ä', None]
    for i in range(count):
        session = chance.randrange(of // 8 + 1)
        yield json.dumps({
            'id': i, 'user_id': f'user {chance.randrange(of // 16 + 1):08}', 'session_id': f'a session with a long name {session}',
            'page': chance.choice(pages + [f'/product/{chance.randrange(40)}']), 'country': chance.choice(['DE', 'FR', None]),
            'amount': chance.choice([None, '1.50', '-3', '12345678901234567890123.456', 7]), 'price': chance.choice([None, 0.1, 1e30, -2.5]),
            'at': f'2026-01-{1 + chance.randrange(28):02}T00:00:{chance.randrange(60):02}Z'})


def accounts(count, seed=1, of=None):
    """Most of them overwrite an earlier one, so groups come and go."""
    chance = random.Random(seed)
    for _ in range(count):
        yield json.dumps({'id': chance.randrange((of or count) // 4 + 1), 'owner': chance.choice(['ann', 'bob', 'an owner with a long name', None]),
                          'city': chance.choice(['Rome', 'Oslo', 'a city with a long name', None]),
                          'balance': chance.choice([0, '5.00', '11.5', -1, None])})


def expected(pipeline, folder, click_lines, account_lines):
    """The views after a run that nothing interrupts: view → its rows in any order."""
    inputs = []
    for relation, lines in (('clicks', click_lines), ('accounts', account_lines)):
        path = folder / f'{relation}.expected.jsonl'
        path.write_text(''.join(line + '\n' for line in lines))
        inputs.append((relation, path))
    return rows_of(pipeline.replay(*inputs, print=VIEWS))


def rows_of(replayed):
    return {view: sorted(rows, key=repr) for view, (_, rows) in replayed.tables().items()}


def latest(messages):
    """key → value of a sink's messages, in the order of each key; without those that are gone."""
    last = {}
    for key, value in messages:
        last[key] = value
    return {key: value for key, value in last.items() if value is not None}
