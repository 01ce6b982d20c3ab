"""A program with other SQL on a directory that has state: what is kept is served, with events and statements, while what is new or
changed is made anew; killed meanwhile, it begins with that again. With a real Kafka."""
import contextlib
import json
import pathlib
import re
import signal
import sys
import threading
import urllib.request

import pytest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import psycopg2  # noqa: E402

from chaos import Inserts  # noqa: E402
from kafka_broker import free_ports  # noqa: E402
from kafka_run import settings, started  # noqa: E402
from recovery_case import rows_of  # noqa: E402
from support.pipeline import Replayed  # noqa: E402
from support.waiting import wait_for  # noqa: E402

WITH = "connector = 'kafka', topic = 'given', properties.bootstrap.server = '${BROKERS}'"
EVENTS = f'''
CREATE SOURCE ev (id BIGINT, page VARCHAR, kind VARCHAR, who VARCHAR, amount NUMERIC) WITH ({WITH}) FORMAT PLAIN ENCODE JSON;
CREATE TABLE notes (line VARCHAR, weight INT);
CREATE MATERIALIZED VIEW pages AS SELECT page, count(*) AS n, sum(amount) AS amount FROM ev GROUP BY page;
CREATE MATERIALIZED VIEW lengths AS SELECT n, count(*) AS pages FROM pages GROUP BY n;
CREATE MATERIALIZED VIEW weights AS SELECT weight, count(*) AS n FROM notes GROUP BY weight;
'''
SINKS = f'''
CREATE SINK every AS SELECT id FROM ev WITH ({WITH}, delivery = 'exactly_once') FORMAT PLAIN ENCODE JSON;
CREATE SINK counted AS SELECT kind, n FROM kinds WITH ({WITH}, primary_key = 'kind', delivery = 'exactly_once') FORMAT DEBEZIUM ENCODE JSON;
'''
SQL = EVENTS + f'''
CREATE TABLE latest (who VARCHAR PRIMARY KEY, id BIGINT) WITH ({WITH}) FORMAT PLAIN ENCODE JSON;
CREATE MATERIALIZED VIEW kinds AS SELECT kind, count(*) AS n FROM ev GROUP BY kind;
''' + SINKS
# A view that is another under a sink that means the same, a table whose rows overwrite each other and that has another column, and what
# is new: over the source, over that again, with rows of its own, and over what is kept.
CHANGED = EVENTS + f'''
CREATE TABLE latest (who VARCHAR PRIMARY KEY, id BIGINT, page VARCHAR) WITH ({WITH}) FORMAT PLAIN ENCODE JSON;
CREATE MATERIALIZED VIEW kinds AS SELECT kind, count(*) AS n, max(amount) AS most FROM ev GROUP BY kind;
CREATE MATERIALIZED VIEW people AS SELECT who, count(*) AS n, count(DISTINCT page) AS pages, max(id) AS last FROM ev GROUP BY who;
CREATE MATERIALIZED VIEW habits AS SELECT n, count(*) AS people, min(last) AS first FROM people GROUP BY n;
CREATE MATERIALIZED VIEW big AS SELECT id, who FROM ev WHERE amount > 990;
CREATE MATERIALIZED VIEW whole AS SELECT count(*) AS n, sum(amount) AS amount FROM ev;
CREATE MATERIALIZED VIEW last_pages AS SELECT page, count(*) AS people, max(id) AS last FROM latest GROUP BY page;
CREATE MATERIALIZED VIEW note_lines AS SELECT count(*) AS n, max(line) AS most FROM notes;
''' + SINKS
KEPT = ['pages', 'lengths', 'weights', 'notes']
UNFINISHED = ['kinds', 'people', 'habits', 'big', 'whole', 'latest', 'last_pages']
VIEWS = [*KEPT, *UNFINISHED, 'note_lines']


def events(first, count):
    for i in range(first, first + count):
        yield json.dumps({'id': i, 'page': f'/page/{i * 7 % 97}', 'kind': f'kind {i % 5}', 'who': f'somebody {i * 31 % 4001}', 'amount': i % 1000})


@pytest.fixture(scope='module')
def pipeline(build):
    return build(SQL, 'rebuild')


@pytest.fixture(scope='module')
def changed(build):
    return build(CHANGED, 'rebuild')


class Case:
    def __init__(self, broker, folder):
        self.broker, self.folder = broker, folder
        self.state = folder / 'state'
        self.ev, self.every, self.counted = broker.topic(3), broker.topic(2), broker.topic()
        self.progress = broker.topic()
        self.lock = threading.Lock()
        self.count = 0

    def write(self, count):
        with self.lock:
            # The key decides the partition, so that the order of a table's key is that of the topic.
            self.broker.write(self.ev, ((json.loads(line)['who'], line) for line in events(self.count, count)))
            self.count += count

    @property
    def arguments(self):
        return [*settings('ev', topic=self.ev), *settings('latest', topic=self.ev), *settings('every', topic=self.every, progress__topic=self.progress),
                *settings('counted', topic=self.counted, progress__topic=self.progress), '--state', self.state, '--checkpoint-interval', 5]

    def started(self, pipeline, *arguments, **env):
        return started(pipeline, *self.arguments, *arguments, BROKERS=self.broker.address, **env)

    def run(self, pipeline, *arguments, code=0, **env):
        with self.started(pipeline, '--until-end', *arguments, **env) as run:
            assert run.wait() == code, run.log
            return run

    def check(self, pipeline, notes):
        """All views are those of one run over all there is, and sinks have each change once."""
        run = self.run(pipeline, '--print', ','.join(VIEWS), '--format', 'csv')
        found = rows_of(Replayed(run.stdout, run.log, VIEWS))
        inputs = []
        lines = list(events(0, self.count))
        rows = [json.dumps({'line': line, 'weight': int(weight)}) for line, weight in found['notes']]
        for relation, messages in (('ev', lines), ('latest', lines), ('notes', rows)):
            path = self.folder / f'{relation}.jsonl'
            path.write_text(''.join(line + '\n' for line in messages))
            inputs.append((relation, path))
        expected = rows_of(pipeline.replay(*inputs, print=VIEWS))
        for view in VIEWS:
            assert found[view] == expected[view], f'{view}\n{run.log}'
        written = [line for line, _ in found['notes']]
        assert len(written) == len(set(written)) and set(notes) <= set(written), run.log
        assert sorted(m.json['id'] for m in self.broker.read(self.every)) == list(range(self.count))
        last = {}
        for message in self.broker.read(self.counted):
            change = message.json.get('payload', message.json)
            kind = (change['after'] or change['before'])['kind']
            assert change['before'] == last.get(kind), f'{change} behind {last.get(kind)}\n{run.log}'
            last[kind] = change['after']
        assert {kind: row['n'] for kind, row in last.items()} == {row[0]: int(row[1]) for row in expected['kinds']}, run.log


@pytest.fixture
def case(broker, tmp_path):
    return Case(broker, tmp_path)


class Events(threading.Thread):
    """A few at a time, until it is stopped."""

    def __init__(self, case):
        super().__init__(daemon=True)
        self.case, self.stopping = case, threading.Event()

    def run(self):
        while not self.stopping.is_set():
            self.case.write(20)


@contextlib.contextmanager
def traffic(case, port, number=0):
    """Events and INSERTs meanwhile: gives the INSERTs."""
    live, inserts = Events(case), Inserts(port, number)
    live.start()
    inserts.start()
    try:
        yield inserts
    finally:
        live.stopping.set()
        inserts.stopping = True
        live.join()
        inserts.join()


def connect(port):
    connection = psycopg2.connect(host='127.0.0.1', port=port, user='root', dbname='dev')
    connection.autocommit = True
    return connection.cursor()


def refusal(cursor, statement):
    """What is said of it; None: it runs."""
    try:
        cursor.execute(statement)
    except psycopg2.Error as error:
        assert error.pgcode == '55000', error
        return str(error).strip()
    return None


@pytest.mark.parametrize('workers', [1, 3])
def test_what_is_kept_is_served_while_the_rest_is_made_anew(pipeline, changed, case, workers):
    case.write(200_000)
    case.run(pipeline, '--workers', workers)
    plan = changed.run('state', 'plan', '--state', str(case.state)).stdout
    for view in KEPT:
        assert re.search(rf'^kept +{view}$', plan, re.M), plan
    assert re.search(r'^rebuilt +people: from all that ev has held, while the rest is served$', plan, re.M), plan
    assert re.search(r'^rebuilt +note_lines: from the rows of notes$', plan, re.M), plan
    port, admin = free_ports(1), free_ports(1)
    with case.started(changed, '--workers', workers, '--listen', f'127.0.0.1:{port}', '--admin', f'127.0.0.1:{admin}') as run:
        run.wait_for_log('listening on')
        cursor = connect(port)
        # One after the other, so that what was refused was asked while it was not done.
        said = refusal(cursor, 'SELECT * FROM people')
        assert re.fullmatch(r'"people" is being rebuilt: \d+ % of the messages of ev, \d+ % of the messages of latest', said), said
        for refused in ('SELECT n FROM habits', "SELECT * FROM latest WHERE who = 'x'", "INSERT INTO latest VALUES ('x', 1, 'y')",
                        'DELETE FROM latest', 'DECLARE c SUBSCRIPTION CURSOR FOR whole'):
            assert refusal(cursor, refused) is not None, run.log
        cursor.execute("SELECT name FROM sqlmill_views WHERE state = 'rebuilding' AND rebuilt < 1 AND progress LIKE '%messages of ev%'")
        assert {name for name, in cursor.fetchall()} == set(UNFINISHED) - {'latest'}
        ready = urllib.request.urlopen(f'http://127.0.0.1:{admin}/ready').read().decode()
        assert ready.startswith('serving\n') and 'rebuilding people: ' in ready, ready
        metrics = urllib.request.urlopen(f'http://127.0.0.1:{admin}/metrics').read().decode()
        assert re.search(r'^sqlmill_view_rebuilt_ratio{view="people"} 0\.?\d*$', metrics, re.M), metrics
        with traffic(case, port) as inserts:
            seen = 0
            while refusal(cursor, 'SELECT count(*) FROM people') is not None:
                cursor.execute('SELECT sum(n) FROM pages')
                seen_now = cursor.fetchone()[0]
                assert seen_now >= seen
                seen = seen_now
                cursor.execute('SELECT sum(n) FROM weights')
            assert seen >= 200_000
            # It is whole, and as far as what is kept.
            cursor.execute('SELECT (SELECT sum(n) FROM people), (SELECT n FROM whole), (SELECT sum(n) FROM pages), (SELECT sum(n) FROM kinds)')
            people, whole, pages, kinds = cursor.fetchone()
            assert people == whole == pages == kinds
            wait_for(lambda: len(inserts.acknowledged) > 0, 'an INSERT')
        ready = urllib.request.urlopen(f'http://127.0.0.1:{admin}/ready').read().decode()
        assert ready == 'serving\n'
        assert run.stop() == 0, run.log
        assert 'being made anew: ' in run.log and 'all is served' in run.log
    case.check(changed, inserts.acknowledged)


@pytest.mark.parametrize('workers', [1, 3])
def test_killed_while_it_is_made_anew(pipeline, changed, case, workers):
    case.write(120_000)
    case.run(pipeline, '--workers', workers)
    acknowledged = []
    # Before the first checkpoint, and among checkpoints: those of a rebuild hold what is kept alone.
    for number, point in enumerate(['rebuild_slice:1', 'acknowledged:2', 'rebuild_slice:4', 'changes_captured:2', 'rebuild_slice:8',
                                    'written:3', 'rebuild_caught_up']):
        port = free_ports(1)
        with (case.started(changed, '--listen', f'127.0.0.1:{port}', SQLMILL_KILL_AT=point) as run,
              traffic(case, port, number) as inserts):
            assert run.wait() == -signal.SIGKILL, run.log
            assert 'all is served' not in run.log
        acknowledged += inserts.acknowledged
        inspected = changed.run('state', 'inspect', '--state', str(case.state)).stdout
        assert re.search(r'^state +pages: ', inspected, re.M), inspected
        if number > 0:
            assert not re.search(r'^state +(people|habits|kinds|latest): ', inspected, re.M), inspected
    # And behind it, before and in the checkpoint that has it all.
    with case.started(changed, '--until-end', SQLMILL_KILL_AT='transaction_committed') as run:
        assert run.wait() == -signal.SIGKILL, run.log
    case.check(changed, acknowledged)


def test_what_is_gone_is_refused_before_anything_is_changed(pipeline, changed, case):
    case.write(3_000)
    case.run(pipeline)
    before = changed.run('state', 'inspect', '--state', str(case.state)).stdout
    case.broker.delete_until(case.ev, 10)
    run = case.run(changed, code=1)
    assert 'are gone' in run.log and '--allow-partial-rebuild' in run.log
    assert changed.run('state', 'inspect', '--state', str(case.state)).stdout == before


def test_stopped_while_it_is_made_anew(pipeline, changed, case):
    case.write(200_000)
    case.run(pipeline)
    with case.started(changed) as run:
        run.wait_for_log('rebuild started')
        assert run.stop() == 0, run.log
        assert 'all is served' not in run.log, run.log
    case.write(100)
    # The old program has no state of what the new one has dropped: it makes that anew.
    case.run(pipeline)
    case.check(changed, [])


def test_a_view_of_both_is_made_before(pipeline, build, case):
    """What reads rows that are kept and messages as well."""
    both = build(SQL + 'CREATE MATERIALIZED VIEW names AS SELECT who AS name FROM ev UNION ALL SELECT line FROM notes;\n', 'rebuild')
    case.write(500)
    case.run(pipeline)
    plan = both.run('state', 'plan', '--state', str(case.state)).stdout
    assert 'while the rest is served' not in plan and 'rebuilt  names: from ' in plan, plan
    run = case.run(both, '--print', 'names,kinds', '--format', 'csv')
    assert 'made anew before anything is served: names' in run.log
    assert run.stdout.count('somebody') == 500
