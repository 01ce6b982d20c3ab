"""Power cuts, full disks and disks that fail, by a library that is preloaded (power_cut.c)."""
import contextlib
import os
import pathlib
import signal
import sys

import psycopg2
import pytest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / 'kafka')]

import recovery_case  # noqa: E402
from chaos import Inserts  # noqa: E402
from kafka_broker import free_ports, wait_for  # noqa: E402
from kafka_run import settings, started  # noqa: E402
from power_cut import Disk, build_shim  # noqa: E402
from recovery_case import rows_of  # noqa: E402
from recovery_files import ACCOUNTS, CLICKS, Files  # noqa: E402


@pytest.fixture(scope='module')
def pipeline(build):
    return build(recovery_case.SQL, 'recovery')


@pytest.fixture(scope='module')
def shim(tmp_path_factory):
    return build_shim(tmp_path_factory.mktemp('shim'))


@pytest.fixture
def files(tmp_path):
    one = Files(tmp_path)
    one.state.mkdir()
    return one


@pytest.fixture
def disk(shim, files, tmp_path):
    return Disk(shim, files.state, tmp_path / 'shadow')


@contextlib.contextmanager
def endless(pipeline, files, **env):
    """A run that goes on until it is ended, and its port."""
    pipe = files.folder / 'open'
    if not pipe.exists():
        os.mkfifo(pipe)
    port = free_ports(1)
    writer = os.open(pipe, os.O_RDWR)
    try:
        with started(pipeline, *files.arguments, *settings('clicks', path=pipe), '--checkpoint-interval', 20, '--listen',
                     f'127.0.0.1:{port}', **env) as run:
            run.wait_for_log('listening on')
            yield run, port
    finally:
        os.close(writer)


def lines_of(replayed):
    return [row[0] for row in replayed.rows('notes') if not row[0].startswith('once')]


@pytest.mark.parametrize('point', ['directory_marked', 'changes_captured', 'before_write', 'written', 'acknowledged', 'copied'])
def test_a_power_cut_at_a_point(pipeline, files, disk, point):
    for i in range(1, 4):
        files.write(i / 4)
        with started(pipeline, '--until-end', *files.arguments, '--checkpoint-interval', 1,
                     **disk.environment(SQLMILL_KILL_AT=f'{point}:{i}')) as run:
            assert run.wait() in (0, -signal.SIGKILL), run.log
        disk.cut()
    files.write(1)
    last = files.run(pipeline, **disk.environment())
    assert rows_of(last) == recovery_case.expected(pipeline, files.folder, CLICKS, ACCOUNTS)
    assert 'damaged' not in last.stderr


def test_what_was_acknowledged_outlasts_a_power_cut(pipeline, files, disk):
    acknowledged, attempted, lost = set(), set(), 0
    for number in range(3):
        with endless(pipeline, files, **disk.environment()) as (run, port):
            inserts = Inserts(port, number)
            inserts.start()
            wait_for(lambda: len(inserts.acknowledged) >= 40, 'statements')
            run.process.kill()
            run.wait()
            inserts.stopping = True
            inserts.join()
        acknowledged |= set(inserts.acknowledged)
        attempted |= set(inserts.attempted)
        lost += disk.cut()
    assert lost > 0  # Or the shim cuts nothing off.
    found = lines_of(files.run(pipeline))
    assert len(found) == len(set(found))
    assert acknowledged <= set(found) <= attempted


def test_a_disk_that_is_full_for_a_while(pipeline, files, disk):
    """Statements wait until what they have done is on the disk; then nothing is missing, in this run or the next."""
    with endless(pipeline, files, **disk.environment(SHIM_FAIL='FULL')) as (run, port):
        inserts = Inserts(port, 'before')
        inserts.start()
        wait_for(lambda: len(inserts.acknowledged) >= 5, 'statements')
        disk.trigger.touch()
        run.wait_for_log('cannot write a checkpoint to .*: the disk is full .*; trying again')
        count = len(inserts.acknowledged)
        with contextlib.closing(psycopg2.connect(host='127.0.0.1', port=port, user='root', dbname='dev')) as connection:
            cursor = connection.cursor()
            cursor.execute('SELECT count(*) FROM notes')  # It is still read.
            assert cursor.fetchone()[0] >= 7
        assert len(inserts.acknowledged) == count
        disk.trigger.unlink()
        run.wait_for_log('checkpoints are written again')
        wait_for(lambda: len(inserts.acknowledged) >= count + 5, 'statements')
        run.process.kill()
        run.wait()
        inserts.stopping = True
        inserts.join()
    disk.cut()
    check_inserts(pipeline, files, inserts)


@pytest.mark.parametrize('error', ['EDQUOT', 'EIO'])
def test_a_disk_that_fails(pipeline, files, disk, error):
    """The program ends; the next one finds all that was acknowledged."""
    with endless(pipeline, files, **disk.environment(SHIM_FAIL=error)) as (run, port):
        inserts = Inserts(port, 'before')
        inserts.start()
        wait_for(lambda: len(inserts.acknowledged) >= 5, 'statements')
        disk.trigger.touch()
        assert run.wait() == 3
        assert 'fault: cannot write a checkpoint to' in run.log
        inserts.stopping = True
        inserts.join()
    disk.trigger.unlink()
    disk.cut()
    check_inserts(pipeline, files, inserts)


def check_inserts(pipeline, files, inserts):
    found = lines_of(files.run(pipeline))
    assert len(found) == len(set(found))
    assert set(inserts.acknowledged) <= set(found) <= set(inserts.attempted)


def test_a_slow_disk(pipeline, files, disk):
    files.write(1)
    last = files.run(pipeline, '--checkpoint-interval', 1, **disk.environment(SHIM_SLOW_MS='150'))
    assert rows_of(last) == recovery_case.expected(pipeline, files.folder, CLICKS, ACCOUNTS)
