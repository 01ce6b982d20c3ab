"""Copies of a state directory in object storage: what is there is always whole, and what starts from it goes on as if it had the
directory. The storage checks signatures."""
import contextlib
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import urllib.request

import psycopg2
import pytest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / 'kafka'))  # For kafka_run.

from kafka_broker import free_ports  # noqa: E402
from kafka_run import started  # noqa: E402
from object_storage import BUCKET  # noqa: E402
from recovery_case import COPY_POINTS, rows_of  # noqa: E402
from recovery_files import Files  # noqa: E402
from support.waiting import wait_for  # noqa: E402


class Copied(Files):
    def __init__(self, folder, storage):
        super().__init__(folder)
        self.storage = storage
        self.prefix = f'of {folder.name}'  # With a space, which has to be encoded.
        self.place = f's3://{BUCKET}/{self.prefix}'
        self.port = None

    @property
    def arguments(self):
        return [*super().arguments, '--state-copy', self.place, '--state-copy-interval', 100]

    def run(self, pipeline, *arguments, **env):
        return super().run(pipeline, *arguments, **{**self.storage.environment, **env})

    @contextlib.contextmanager
    def running(self, pipeline, *arguments, **env):
        """Listens, and does not end."""
        self.port = free_ports(1)
        with self.endless() as endless:
            with started(pipeline, *endless, '--listen', f'127.0.0.1:{self.port}', *arguments,
                         **{**self.storage.environment, **env}) as run:
                run.wait_for_log('listening on')
                yield run

    def ask(self, sql):
        connection = psycopg2.connect(host='127.0.0.1', port=self.port, user='root', dbname='dev')
        connection.autocommit = True
        with contextlib.closing(connection), connection.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchall() if cursor.description else None

    def wait_until_copied(self):
        wait_for(lambda: self.ask('SELECT copy_checkpoint = checkpoint AND copy_lag = 0 AND checkpoint > 0 FROM sqlmill_state')[0][0],
                 lambda: f'a copy: {self.ask("SELECT * FROM sqlmill_state")}')

    def lose_disk(self):
        shutil.rmtree(self.state)

    @property
    def head(self):
        return self.storage.read(f'{self.prefix}/HEAD')

    def copies(self):
        """Their names, the newest first."""
        return re.findall(r'^copy (\S+) ', self.head, re.M)

    def files_of(self, copy):
        """File → object."""
        return dict(re.findall(r'^file (\S+) (\S+) ', self.storage.read(f'{self.prefix}/{copy}/FILES'), re.M))

    def replace(self, name, text):
        self.storage.write(f'{self.prefix}/{name}', text)


@pytest.fixture
def files(tmp_path, storage):
    return Copied(tmp_path, storage)


@pytest.mark.parametrize('point', COPY_POINTS)
def test_killed_at_a_point_and_the_disk_is_lost(pipeline, files, uninterrupted, point):
    killed = 0
    for share in (0.2, 0.6):
        files.write(share)
        with started(pipeline, '--until-end', *files.arguments, '--checkpoint-interval', 1, **files.storage.environment,
                     SQLMILL_KILL_AT=point) as run:
            code = run.wait()
            assert code in (0, -signal.SIGKILL), run.log
            killed += code == -signal.SIGKILL
        files.lose_disk()
        if share == 0.2:  # So that there is a copy that can be broken off behind.
            files.run(pipeline)
            files.lose_disk()
    assert killed > 0, f'no run gets to {point}'
    files.write(1)
    assert rows_of(files.run(pipeline)) == uninterrupted
    kept = files.copies()
    assert len(kept) == 2
    wanted = {name for copy in kept for name in [f'{copy}/FILES', *files.files_of(copy).values()]}
    assert set(files.storage.objects(files.prefix)) == {'HEAD', *wanted}  # Nothing is left of what was broken off.


def test_a_new_machine_has_what_was_acknowledged_and_copied(pipeline, files):
    with files.running(pipeline) as run:
        for i in range(10):
            files.ask(f"INSERT INTO notes VALUES ('note {i}', {i})")
        files.wait_until_copied()
        first = files.files_of(files.copies()[0])
        files.ask("INSERT INTO notes VALUES ('one more', 0)")
        files.wait_until_copied()
        second = files.files_of(files.copies()[0])
        # Tables that both have are one object.
        shared = set(first) & set(second) & {name for name in first if name.endswith('.sst')}
        assert shared and all(first[name] == second[name] for name in shared)
        run.process.kill()
        run.wait()
    files.lose_disk()
    with files.running(pipeline) as run:
        assert 'starting from the copy of checkpoint' in run.log and 'waiting 2 s for a sign of life' in run.log
        assert files.ask("SELECT count(*) FROM notes WHERE line LIKE 'note %' OR line = 'one more'") == [(11,)]
        assert files.ask("SELECT count(*) FROM notes WHERE line = 'once per state directory'") == [(2,)]
        assert run.stop() == 0, run.log


def test_storage_that_is_away_holds_up_nothing_and_is_told(pipeline, files):
    admin = free_ports(1)
    with files.running(pipeline, '--admin', f'127.0.0.1:{admin}') as run:
        files.wait_until_copied()
        files.storage.pause()
        try:
            for i in range(5):
                files.ask(f"INSERT INTO notes VALUES ('note {i}', {i})")
            assert files.ask("SELECT count(*) FROM all_names WHERE name LIKE 'note %'") == [(5,)]
            wait_for(lambda: files.ask('SELECT copy_lag > 0 AND copy_checkpoint < checkpoint FROM sqlmill_state') == [(True,)], 'lag')
            metrics = urllib.request.urlopen(f'http://127.0.0.1:{admin}/metrics').read().decode()
            assert float(re.search(r'^sqlmill_state_copy_lag_seconds (\S+)$', metrics, re.M)[1]) > 0
        finally:
            files.storage.resume()
        files.wait_until_copied()
        assert run.stop() == 0, run.log
        assert re.search(r'copies, \d+ bytes; the last one is of checkpoint \d+\n', run.log), run.log


def test_storage_that_is_away_at_the_start(pipeline, files):
    away = {'AWS_ENDPOINT_URL': f'http://127.0.0.1:{free_ports(1)}'}
    files.write(0.1)
    with started(pipeline, '--until-end', *files.arguments, **{**files.storage.environment, **away}) as run:
        run.wait_for_log('trying again')  # There may be state to start from.
        assert run.stop() == 1
        assert 'stopped before the storage' in run.log
    files.run(pipeline)
    files.write(0.2)
    last = files.run(pipeline, **away)  # There is state here: it goes on.
    assert 'cannot copy the state: ' in last.stderr and 'the last checkpoint is not in s3://' in last.stderr
    with files.running(pipeline):
        files.wait_until_copied()


@pytest.mark.parametrize('change, message', [
    ({'AWS_ACCESS_KEY_ID': 'nobody'}, 'HTTP 403, InvalidAccessKeyId'),
    ({'AWS_SECRET_ACCESS_KEY': 'a wrong secret'}, 'HTTP 403, SignatureDoesNotMatch'),
    ({'AWS_SECRET_ACCESS_KEY': ''}, 'set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the environment'),
    ({'AWS_ENDPOINT_URL': 'somewhere'}, '"somewhere" is not http://… or https://…')])
def test_what_is_wrong_with_the_environment_is_told(pipeline, files, change, message):
    refused = files.run(pipeline, code=1, **change)
    assert message in refused.stderr
    for secret in (files.storage.environment['AWS_SECRET_ACCESS_KEY'], 'a wrong secret'):
        assert secret not in refused.stderr


@pytest.mark.parametrize('place, message', [
    ('s3://no-such-bucket/x', 'HTTP 404, NoSuchBucket: The specified bucket does not exist'),
    ('http://states/x', '"http://states/x" is not s3://BUCKET/PREFIX')])
def test_a_wrong_place_is_told(pipeline, files, place, message):
    files.place = place
    assert message in files.run(pipeline, code=1).stderr


def test_two_processes_do_not_copy_to_one_place(pipeline, files, tmp_path):
    with files.running(pipeline) as run:
        files.wait_until_copied()
        (tmp_path / 'second').mkdir()
        second = Copied(tmp_path / 'second', files.storage)
        second.place = files.place
        refused = second.run(pipeline, code=1)
        assert f'is in use by another process (pid {run.process.pid} on ' in refused.stderr
        assert run.is_running()
        # One that stands still for long is taken for dead. It finds out.
        run.process.send_signal(signal.SIGSTOP)
        with second.running(pipeline) as other:
            second.wait_until_copied()
            run.process.send_signal(signal.SIGCONT)
            run.wait_for_log(f'another process .pid {other.process.pid} on .* has taken over')
            assert files.ask('SELECT 1') == [(1,)]
            second.ask("INSERT INTO notes VALUES ('of the second', 1)")
            second.wait_until_copied()
            assert run.stop() == 0
            assert other.stop() == 0
    second.lose_disk()
    with second.running(pipeline):
        assert second.ask("SELECT count(*) FROM notes WHERE line = 'of the second'") == [(1,)]
    # The first one's directory is behind what has been done since.
    refused = files.run(pipeline, code=1)
    assert 'has since been written by another copy of this state directory' in refused.stderr


def test_copies_of_others_are_refused(pipeline, files, tmp_path):
    files.write(0.1)
    files.run(pipeline)
    files.state = tmp_path / 'another'
    with started(pipeline, '--until-end', *Files.arguments.fget(files)) as run:  # Not copied.
        assert run.wait() == 0
    assert 'holds copies of another state directory' in files.run(pipeline, code=1).stderr
    head = files.head
    files.replace('HEAD', head.replace('pipeline recovery\n', 'pipeline another one\n'))
    files.lose_disk()
    assert 'are of the pipeline "another one", and this is "recovery"' in files.run(pipeline, code=1).stderr
    files.replace('HEAD', 'SQLMill state copies, format 7\nend\n')
    assert 'it is of another version of SQLMill: "SQLMill state copies, format 7"' in files.run(pipeline, code=1).stderr


def test_a_damaged_copy_is_told_and_the_one_before_is_taken(pipeline, files, uninterrupted):
    for share in (0.3, 0.6):
        files.write(share)
        files.run(pipeline)
    newest, older = files.copies()
    [manifest] = [object for file, object in files.files_of(newest).items() if file.startswith('MANIFEST')]
    files.replace(manifest, 'something else')
    files.lose_disk()
    files.write(1)
    last = files.run(pipeline)
    assert re.search(r'the copy of checkpoint \d+ is not whole: .*/MANIFEST-\d+ is damaged', last.stderr)
    assert rows_of(last) == uninterrupted
    for copy in files.copies():
        files.replace(f'{copy}/FILES', 'something else')
    files.lose_disk()
    assert 'can be read; nothing was changed' in files.run(pipeline, code=1).stderr


def test_a_directory_with_state_is_never_overwritten(pipeline, files, uninterrupted):
    files.write(0.5)
    files.run(pipeline)
    shutil.copytree(files.state, files.folder / 'older')
    files.write(0.7)
    files.run(pipeline)
    newer, files.state = files.state, files.folder / 'older'
    refused = files.run(pipeline, code=1)
    assert re.search(r'the copy in s3://.* is of checkpoint \d+, and the state directory has only \d+', refused.stderr)
    files.state = newer
    files.write(1)
    last = files.run(pipeline)
    assert 'starting from the copy' not in last.stderr
    assert rows_of(last) == uninterrupted


def test_who_ended_cleanly_has_written_nothing_since(pipeline, files):
    """So that exactly-once sinks go on where they were."""
    def marks_at_the_start():
        files.lose_disk()
        with started(pipeline, '--until-end', *files.arguments, **files.storage.environment, SQLMILL_KILL_AT='state_loaded') as run:
            assert run.wait() == -signal.SIGKILL
        return (files.state / 'STATE').read_text()
    files.write(0.5)
    files.run(pipeline)
    assert 'went back' not in marks_at_the_start()
    assert 'went back' in marks_at_the_start()  # The one that was killed may have done more.


def test_backup_and_restore(pipeline, files, uninterrupted):
    def state(action, *arguments):
        return subprocess.run([pipeline.binary, 'state', action, *map(str, arguments)], capture_output=True, text=True, timeout=60,
                              env={**files.storage.environment})
    files.write(0.5)
    with started(pipeline, '--until-end', *Files.arguments.fget(files)) as run:
        assert run.wait() == 0
    for _ in range(2):
        made = state('backup', '--state', files.state, '--to', files.place)
        assert made.returncode == 0 and re.search(r'checkpoint \d+ of .* is in s3://', made.stdout), made
    taken = state('restore', '--state', files.state, '--from', files.place)
    assert taken.returncode == 1 and 'has a checkpoint; it is left as it is' in taken.stderr
    files.state = files.folder / 'restored'
    taken = state('restore', '--state', files.state, '--from', files.place)
    assert taken.returncode == 0, taken
    files.write(1)
    assert rows_of(files.run(pipeline)) == uninterrupted  # And it may be copied there: nobody else has gone on.
    missing = state('restore', '--state', files.folder / 'none', '--from', files.place + '/none')
    assert missing.returncode == 1 and 'there is no copy in' in missing.stderr
