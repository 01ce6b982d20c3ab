"""Runs over files that are stopped, killed and damaged, and go on: their views are those of a run over all of it."""
import pathlib
import re
import signal
import subprocess
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'kafka'))  # For kafka_run.

import recovery_case  # noqa: E402
from kafka_run import started  # noqa: E402
from recovery_case import COPY_POINTS, POINTS, REBUILD_POINTS, SINK_POINTS, rows_of  # noqa: E402
from recovery_files import CLICKS, Files  # noqa: E402


@pytest.fixture
def files(tmp_path):
    return Files(tmp_path)


def checkpoints(run):
    return int(re.search(r'([\d,]+) checkpoints,', run.stderr)[1].replace(',', ''))


@pytest.mark.parametrize('workers', [1, 3])
def test_a_run_goes_on_where_the_last_one_stopped(pipeline, files, uninterrupted, workers):
    for share in (0.1, 0.15, 0.5, 0.5, 1):
        files.write(share)
        last = files.run(pipeline, '--workers', workers)
    assert rows_of(last) == uninterrupted
    assert files.look(pipeline, 'verify').returncode == 0


def test_without_a_directory_the_log_says_so(pipeline, files):
    arguments = files.arguments[:-2]
    with started(pipeline, '--until-end', *arguments) as run:
        assert run.wait() == 0
        assert 'state is in memory only' in run.log


@pytest.mark.parametrize('point', [point for point in POINTS if point not in SINK_POINTS + COPY_POINTS + REBUILD_POINTS])
def test_killed_at_a_point(pipeline, files, uninterrupted, point):
    """In each of several runs that get there."""
    killed = 0
    for i in range(1, 5):
        files.write(i / 5)
        with started(pipeline, '--until-end', *files.arguments, '--checkpoint-interval', 1, SQLMILL_KILL_AT=point) as run:
            code = run.wait()
            assert code in (0, -signal.SIGKILL), run.log
            killed += code == -signal.SIGKILL
    assert killed > 0, f'no run gets to {point}'
    files.write(1)
    assert rows_of(files.run(pipeline)) == uninterrupted


def test_a_second_process_is_refused(pipeline, files):
    files.write(0.1)
    with files.endless() as endless, started(pipeline, *endless) as run:
        run.wait_for_log('recovery started')
        other = files.run(pipeline, code=1)
        assert f'is in use by another process (pid {run.process.pid})' in other.stderr
        assert run.stop() == 0


def damage(path):
    data = bytearray(path.read_bytes())
    assert len(data) > 100, path
    for i in range(len(data) // 2, len(data) // 2 + 16):
        data[i] ^= 0xff
    path.write_bytes(data)


def newest(files, pattern):
    return max((files.state / 'db').glob(pattern), key=lambda path: path.stat().st_mtime)


def test_a_damaged_checkpoint_is_told_and_the_one_before_is_taken(pipeline, files, uninterrupted):
    files.write(0.3)
    files.run(pipeline)  # Keeps its first checkpoint.
    files.write(0.6)
    files.run(pipeline)
    damage(newest(files, 'MANIFEST-*'))
    files.write(1)
    last = files.run(pipeline)
    assert 'the checkpoint is damaged' in last.stderr and 'going back to checkpoint' in last.stderr
    assert rows_of(last) == uninterrupted
    assert list(files.state.glob('damaged-*'))


def test_a_directory_that_had_state_is_never_empty(pipeline, files):
    files.write(0.3)
    files.run(pipeline)
    subprocess.run(['rm', '-r', files.state / 'db', files.state / 'kept'], check=True)
    refused = files.run(pipeline, code=1)
    assert 'no older checkpoint is left' in refused.stderr


def test_a_folder_of_other_things_is_no_state_directory(pipeline, files):
    files.state.mkdir()
    (files.state / 'letters').touch()
    assert 'is not a state directory, and not empty' in files.run(pipeline, code=1).stderr


def test_inspect(pipeline, files):
    files.write(0.5)
    files.run(pipeline)
    text = files.look(pipeline, 'inspect').stdout
    assert f'clicks, partition 0: next offset {len(CLICKS) // 2 + 1}' in text
    assert re.search(r'sessions: [\d,]+ entries', text), text


def test_what_a_checkpoint_writes_is_what_has_changed(pipeline, files):
    """Not what there is."""
    def written(run):
        return int(re.search(r'([\d,]+) entries', run.stderr)[1].replace(',', ''))

    files.write(0.9)
    first = written(files.run(pipeline))
    files.write(0.905)
    second = written(files.run(pipeline))
    assert 0 < second < first / 10, (first, second)


def test_the_sink_has_all(pipeline, files, uninterrupted):
    """At least once: the last message of each key is right."""
    import json
    for share in (0.3, 0.6):
        files.write(share)
        with started(pipeline, '--until-end', *files.arguments, '--checkpoint-interval', 1, SQLMILL_KILL_AT='written') as run:
            run.wait()
    files.write(1)
    run = files.run(pipeline)
    messages = [json.loads(line) for line in files.sink.read_text().splitlines()]
    last = recovery_case.latest((message['key']['session_id'], message['value']) for message in messages)
    bought = {row[0] for row in run.rows('sessions') if row[8] == 't'}
    assert set(last) == bought
    clicks = {row[0]: int(row[4]) for row in run.rows('sessions')}
    assert all(value['clicks'] == clicks[key] for key, value in last.items())
