#!/usr/bin/python3
"""Rounds in which a pipeline with a state directory is killed, and at times the broker, while it reads topics and takes INSERTs, by a
real Kafka and over the wire; after each it is started again, and its views must be those of a run over all messages and all rows that it acknowledged.

    tests/recovery/chaos.py --minutes 10 [--seed N]     as ./dev chaos does
"""
import argparse
import collections
import itertools
import json
import pathlib
import random
import signal
import sys
import tempfile
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent), str(HERE.parent / 'kafka')]

import psycopg2  # noqa: E402

import recovery_case  # noqa: E402
from kafka_broker import Broker, free_ports  # noqa: E402
from kafka_run import settings, started  # noqa: E402
from recovery_case import COPY_POINTS, POINTS, REBUILD_POINTS, VIEWS, rows_of  # noqa: E402
from support.pipeline import Builder, Replayed  # noqa: E402
from support.waiting import wait_for  # noqa: E402

# Those that only a clean end passes, or a copy elsewhere.
LAST_POINTS = {'last_checkpoint', *COPY_POINTS}
BROKER = 'the broker, and then at any moment'  # Is killed and started again.


class Inserts(threading.Thread):
    """INSERTs one after the other, until the connection is gone."""

    def __init__(self, port, number):
        super().__init__(daemon=True)
        self.port, self.number = port, number
        self.attempted, self.acknowledged = [], []
        self.stopping = False

    def run(self):
        try:
            connection = wait_for(self._connect, 'the port')
            connection.autocommit = True
            cursor = connection.cursor()
            for i in itertools.count():
                if self.stopping:
                    return
                line = f'note {self.number}-{i}'
                self.attempted.append(line)
                cursor.execute('INSERT INTO notes VALUES (%s, %s)', (line, i))
                self.acknowledged.append(line)
        except (psycopg2.Error, AssertionError):
            pass  # The pipeline is gone.

    def _connect(self):
        if self.stopping:
            raise AssertionError('stopped')
        try:
            return psycopg2.connect(host='127.0.0.1', port=self.port, user='root', dbname='dev', connect_timeout=5)
        except psycopg2.Error:
            return None


class Chaos:
    def __init__(self, pipeline, broker, folder, seed, other=None):
        self.pipeline, self.other, self.broker, self.folder = pipeline, other, broker, folder
        self.chance = random.Random(seed)
        self.state = folder / 'state'
        self.topics = {'clicks': broker.topic(3), 'accounts': broker.topic(), 'bought': broker.topic(), 'every': broker.topic(2)}
        self.progress = broker.topic()
        self.clicks, self.accounts = [], []
        self.attempted, self.acknowledged = set(), set()
        self.rounds = self.kills = self.changes = 0
        self.killed_at = set()
        self.more_clicks = recovery_case.clicks(1_000_000, seed, of=4_000)
        self.more_accounts = recovery_case.accounts(100_000, seed, of=1_000)

    @property
    def arguments(self):
        return [*settings('clicks', topic=self.topics['clicks']), *settings('accounts', topic=self.topics['accounts']),
                *settings('bought_sessions', topic=self.topics['bought']),
                *settings('every_click', topic=self.topics['every'], progress__topic=self.progress), '--state', self.state]

    def write(self, count):
        clicks = list(itertools.islice(self.more_clicks, count))
        accounts = list(itertools.islice(self.more_accounts, count // 5))
        self.clicks += clicks
        self.accounts += accounts
        self.broker.write(self.topics['clicks'], ((str(i), line) for i, line in enumerate(clicks)))
        self.broker.write(self.topics['accounts'], (('', line) for line in accounts))

    def round(self, point=None):
        """One run that is killed, at a point or at any moment, and one that is not."""
        self.rounds += 1
        if point in REBUILD_POINTS or (self.other and self.chance.random() < 0.25):
            self.pipeline, self.other = self.other, self.pipeline
            self.changes += 1
        self.write(self.chance.randrange(200, 3_000))
        port = free_ports(1)
        env = {'BROKERS': self.broker.address}
        if point in POINTS:
            env['SQLMILL_KILL_AT'] = f'{point}:{self.chance.choice([1, 1, 2, 3])}' if self.rounds > len(POINTS) else point
        inserts = Inserts(port, self.rounds)
        with started(self.pipeline, *self.arguments, '--listen', f'127.0.0.1:{port}', '--checkpoint-interval',
                     self.chance.choice([5, 50, 300]), **env) as run:
            inserts.start()
            if point is BROKER:
                time.sleep(self.chance.uniform(0.05, 2.5))
                self.broker.script('kill')
                self.broker.script('start')
                self.write(self.chance.randrange(100, 1_000))
                time.sleep(self.chance.uniform(0, 1))
                run.process.kill()
            elif point is None:
                time.sleep(self.chance.uniform(0.05, 2.5))  # A moment to be killed at, not something to wait for.
                run.process.kill()
            else:
                self.write(self.chance.randrange(100, 1_000))
                until = time.monotonic() + 3
                while run.is_running() and time.monotonic() < until:
                    time.sleep(0.02)
                if run.is_running():
                    run.process.terminate()
            code = run.wait()
            assert code in (0, -signal.SIGKILL), f'exit code {code}\n{run.log}'
        inserts.stopping = True
        inserts.join()
        self.attempted |= set(inserts.attempted)
        self.acknowledged |= set(inserts.acknowledged)
        if code != 0:
            self.kills += 1
            self.killed_at.add(point or 'any moment')
        self.check()

    def check(self):
        with started(self.pipeline, '--until-end', '--print', ','.join(VIEWS), '--format', 'csv', *self.arguments,
                     BROKERS=self.broker.address) as run:
            code = run.wait()
            assert code == 0, f'exit code {code}\n{run.log}'
            found = rows_of(Replayed(run.stdout, run.log, VIEWS))
        notes = [row for row in found['notes'] if not row[0].startswith('once')]
        lines = [row[0] for row in notes]
        assert len(lines) == len(set(lines)), f'rows that are there twice\n{run.log}'
        assert self.acknowledged <= set(lines), f'acknowledged, and gone: {sorted(self.acknowledged - set(lines))[:5]}\n{run.log}'
        assert set(lines) <= self.attempted
        inputs = []
        for relation, messages in (('clicks', self.clicks), ('accounts', self.accounts),
                                   ('notes', [json.dumps({'line': line, 'weight': int(weight)}) for line, weight in notes])):
            path = self.folder / f'{relation}.jsonl'
            path.write_text(''.join(line + '\n' for line in messages))
            inputs.append((relation, path))
        expected = rows_of(self.pipeline.replay(*inputs, print=VIEWS))
        for view in VIEWS:
            wrong = sorted(set(map(repr, found[view])) ^ set(map(repr, expected[view])))
            assert not wrong and len(found[view]) == len(expected[view]), (
                f'{view} after round {self.rounds} is not what it should be: {wrong[:6]}\n{run.log}')
        last = recovery_case.latest((m.key, m.json) for m in self.broker.read(self.topics['bought']))
        sink = {json.loads(key)['session_id']: value['clicks'] for key, value in last.items()}
        assert sink == {row[0]: int(row[4]) for row in expected['sessions'] if row[8] == 't'}, f'the sink\n{run.log}'
        self.check_exactly_once(run.log)

    def check_exactly_once(self, log):
        """As kcat reads: what is committed."""
        wanted = sorted(json.loads(line)['id'] for line in self.clicks)
        found = sorted(m.json['id'] for m in self.broker.read(self.topics['every']))
        missing, more = collections.Counter(wanted) - collections.Counter(found), collections.Counter(found) - collections.Counter(wanted)
        assert not missing and not more, (f'{len(missing)} missing, {len(more)} too many after round {self.rounds}: '
                                          f'{sorted(missing)[:5]}, {sorted(more)[:5]}\n{log}')

    def summary(self):
        return (f'{self.rounds} rounds, {self.changes} with other SQL than the one before, {self.kills} kills at {len(self.killed_at)} different places, {len(self.clicks)} messages, '
                f'{len(self.acknowledged)} INSERTs acknowledged, no difference')


def every_point(chaos):
    """A round for each of the points, which must be hit."""
    for point in POINTS:
        if point in LAST_POINTS:
            continue
        for _ in range(3):
            chaos.round(point)
            if point in chaos.killed_at:
                break
        assert point in chaos.killed_at, f'no round gets to {point}'


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument('--minutes', type=float, default=10)
    arguments.add_argument('--seed', type=int, default=int(time.time()))
    given = arguments.parse_args()
    until = time.monotonic() + 60 * given.minutes
    print(f'seed {given.seed}', flush=True)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        build = Builder(folder)
        pipeline, other = build(recovery_case.SQL, 'recovery'), build(recovery_case.OTHER_SQL, 'recovery')
        broker = Broker(folder)
        broker.script('start')
        try:
            chaos = Chaos(pipeline, broker, folder, given.seed, other)
            every_point(chaos)
            while time.monotonic() < until:
                chaos.round(chaos.chance.choice([None, None, None, BROKER, *sorted(set(POINTS) - LAST_POINTS)]))
                print(f'\r{chaos.summary()}', end='', flush=True)
        finally:
            broker.script('stop')
    print(f'\n{chaos.summary()}')


if __name__ == '__main__':
    main()
