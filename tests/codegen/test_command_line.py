"""The compiler's command line: exit codes (0, 1: what the user gave is wrong, 2: usage, 3: a fault), and what it says."""
import os
import pathlib
import shutil
import subprocess

import pytest

SQL = "CREATE TABLE t (a int, b varchar);\nINSERT INTO t VALUES (1, 'x'), (2, 'y');\nCREATE MATERIALIZED VIEW v AS SELECT b, sum(a) AS s FROM t GROUP BY b;\n"
BROKEN = 'CREATE TABLE t (a itn);\n'


@pytest.fixture
def files(tmp_path):
    (tmp_path / 'good.sql').write_text(SQL)
    (tmp_path / 'bad.sql').write_text(BROKEN)
    (tmp_path / 'empty.sql').write_text('')
    (tmp_path / 'folder').mkdir()
    return tmp_path


@pytest.fixture
def mill(sqlmill, files):
    def run(*words, environment=None, stdin=None, compiler=sqlmill):
        return subprocess.run([str(compiler), *words], cwd=files, capture_output=True, text=True, timeout=300, input=stdin,
                              env={**os.environ, **(environment or {})})
    return run


@pytest.mark.parametrize('words, code, says', [
    (['check', 'good.sql'], 0, 'good.sql: ok, 1 table, 1 materialized view'),
    (['check', 'empty.sql'], 0, 'empty.sql: ok, empty'),
    (['check', 'good.sql', '--format', 'json'], 0, '[]'),
    (['check', 'bad.sql'], 1, 'error[E0207]'),
    (['explain', 'bad.sql'], 1, '1 error in bad.sql'),
    (['generate', 'bad.sql', '-o', 'out'], 1, '1 error in bad.sql'),
    (['build', 'bad.sql', '-o', 'out'], 1, '1 error in bad.sql'),
    (['run', 'bad.sql'], 1, '1 error in bad.sql'),
    (['check', 'missing.sql'], 1, 'cannot read missing.sql: No such file or directory'),
    (['check', 'folder'], 1, 'folder is a directory, not a file'),
    (['check', ''], 1, 'cannot read'),
    (['explain', 'good.sql', 'w'], 1, 'there is no view or sink "w"'),
    (['explain', 'good.sql', 'v'], 0, '#1 aggregate v'),
    ([], 2, 'A subcommand is required'),
    (['frobnicate'], 2, ''),
    (['check'], 2, 'FILE.sql is required'),
    (['check', 'good.sql', 'good.sql'], 2, 'not expected'),
    (['check', 'good.sql', '--format', 'xml'], 2, '{text,json}'),
    (['explain', 'good.sql', '--stage', 'nonsense'], 2, 'nonsense'),
    *[(['explain', 'good.sql', '--stage', stage, '--format', form], 2,
       f'error: --format {form} is for --stage dataflow only; --stage {stage} is text\n')
      for stage in ('ast', 'plan', 'cpp') for form in ('json', 'dot')],
    (['explain', 'good.sql', '--stage', 'dataflow', '--format', 'dot'], 0, 'digraph'),
    (['explain', 'good.sql', '--stage', 'plan', '--format', 'text'], 0, 'Aggregate'),
    (['generate', 'good.sql'], 2, '-o is required'),
    (['build', 'good.sql'], 2, '-o is required'),
    (['build', 'good.sql', '-o', 'x', '-O', '7'], 2, 'not in range'),
    (['build', 'good.sql', '-o', 'x', '--frob'], 2, 'not expected'),
    (['generate', 'good.sql', '-o', 'good.sql'], 3, 'cannot create good.sql'),
    (['generate', 'good.sql', '-o', '/proc/nowhere'], 3, 'cannot create /proc/nowhere'),
], ids=lambda value: ' '.join(value) if isinstance(value, list) else None)
def test_exit_code(mill, words, code, says):
    done = mill(*words)
    assert done.returncode == code, done.stderr
    assert says in done.stdout + done.stderr
    if code:
        assert done.stderr


def test_what_is_no_file_is_not_replaced(mill, files):
    pipe = files / 'pipe'
    os.mkfifo(pipe)
    done = mill('build', 'good.sql', '-o', 'pipe')
    assert done.returncode == 3
    assert done.stderr.strip() == 'error: pipe is not a regular file: give the name of the binary'
    assert pipe.is_fifo()


@pytest.mark.parametrize('mode, code, says', [
    (0o644, 0, '{}: ok, 1 table, 1 materialized view\n'),
    (0, 1, 'error: cannot read {}: Permission denied\n'),
], ids=['readable', 'unreadable'])
def test_unreadable_file(sqlmill, files, mode, code, says):
    # Root reads everything: then it is tried as somebody else, to whom the folders may be closed. Below /proc/self/fd only the
    # permissions of the file itself count.
    other = {'user': 65534, 'group': 65534, 'extra_groups': []} if os.geteuid() == 0 else {}
    (files / 'good.sql').chmod(mode)
    program, file = os.open(sqlmill, os.O_PATH), os.open(files / 'good.sql', os.O_PATH)
    try:
        done = subprocess.run([f'/proc/self/fd/{program}', 'check', f'/proc/self/fd/{file}'], capture_output=True, text=True, timeout=60,
                              pass_fds=(program, file), **other)
    finally:
        os.close(program)
        os.close(file)
    name = f'/proc/self/fd/{file}'
    assert (done.returncode, done.stdout + done.stderr) == (code, says.format(name))


def test_standard_input(mill):
    done = mill('check', '-', stdin=SQL)
    assert (done.returncode, done.stdout) == (0, 'stdin.sql: ok, 1 table, 1 materialized view\n')


@pytest.mark.parametrize('command', ['check', 'explain', 'generate', 'build', 'run'])
def test_help(mill, command):
    done = mill(command, '--help')
    assert done.returncode == 0
    assert 'FILE.sql' in done.stdout and f'Example: sqlmill {command}' in done.stdout
    assert command in mill('--help').stdout


def test_version(mill):
    done = mill('--version')
    assert done.returncode == 0
    assert done.stdout.startswith('sqlmill ') and done.stdout.count('\n') == 1


def test_build_and_run(mill, files):
    cache = {'SQLMILL_CACHE': str(files / 'cache')}
    if 'SQLMILL_CACHE' in os.environ:
        cache = {}  # One is given: its precompiled header saves time.
    done = mill('build', 'good.sql', '-o', 'binary', '--fast', '--keep', 'cpp', environment=cache)
    assert done.returncode == 0, done.stderr
    assert (files / 'cpp/pipeline.cpp').exists()
    out = subprocess.run([files / 'binary', 'replay', '--print', 'v', '--format', 'csv'], capture_output=True, text=True, timeout=60)
    assert (out.returncode, out.stdout) == (0, 'b,s\nx,1\ny,2\n')

    # Unchanged: nothing is compiled. So it is in another folder.
    again = mill('build', 'good.sql', '-o', 'binary2', '--fast', '--timings', environment=cache)
    assert again.returncode == 0
    assert 'compile' not in again.stderr and 'link' not in again.stderr and 'SQL to C++' in again.stderr
    assert (files / 'binary').read_bytes() == (files / 'binary2').read_bytes()

    # A comment behind the last statement changes the SQL that the binary carries, and no operator. It is new to a cache that is given.
    (files / 'good.sql').write_text(f'{SQL}-- {os.urandom(8).hex()}\n')
    changed = mill('build', 'good.sql', '-o', 'binary3', '--fast', '--timings', environment=cache)
    assert 'compile 1 of the C++ files' in changed.stderr

    (files / 'good.sql').write_text(SQL)
    ran = mill('run', 'good.sql', '--fast', '--', 'replay', '--print', 'v', '--format', 'csv', environment=cache)
    assert (ran.returncode, ran.stdout) == (0, 'b,s\nx,1\ny,2\n')

    folder = mill('build', 'good.sql', '-o', 'folder', '--fast', environment=cache)
    assert folder.returncode == 3 and 'folder is a directory: give the name of the binary' in folder.stderr
    nowhere = mill('build', 'good.sql', '-o', 'no/where', '--fast', environment=cache)
    assert nowhere.returncode == 3 and 'cannot write no/where' in nowhere.stderr
    assert not list(files.glob('*.tmp'))


def test_cache_that_cannot_be_written(mill):
    done = mill('build', 'good.sql', '-o', 'binary', '--fast', environment={'SQLMILL_CACHE': '/proc/nowhere'})
    assert done.returncode == 3
    assert 'cannot create the cache folder /proc/nowhere' in done.stderr


def test_no_compiler(mill, sqlmill, files):
    """As on a machine where g++ is not installed."""
    for folder in ('bin', 'lib/sqlmill'):
        (files / folder).mkdir(parents=True)
    shutil.copy(sqlmill, files / 'bin/sqlmill')
    alone = mill('build', 'good.sql', '-o', 'binary', compiler=files / 'bin/sqlmill')
    assert alone.returncode == 3 and 'not built or installed completely' in alone.stderr
    (files / 'lib/sqlmill/toolchain.conf').write_text('compiler=/nowhere/g++\ninclude=/nowhere\n')
    done = mill('build', 'good.sql', '-o', 'binary', compiler=files / 'bin/sqlmill')
    assert done.returncode == 3
    assert 'the C++ compiler /nowhere/g++ is not there: apt-get install g++' in done.stderr


@pytest.mark.parametrize('script, says', [
    ('kill -KILL $$', 'killed by signal 9 (out of memory?)'),
    ('kill -SEGV $$', 'killed by signal 11'),
    # What g++ and its linker say when a program that they started is killed.
    ('echo "g++: fatal error: Killed signal terminated program cc1plus" >&2; exit 1', 'killed by signal 9 (out of memory?)'),
    ('echo "collect2: fatal error: mold terminated with signal 9 [Killed]" >&2; exit 1', 'killed by signal 9 (out of memory?)'),
], ids=['killed', 'crashed', 'cc1plus', 'linker'])
def test_killed_compiler(mill, sqlmill, files, script, says):
    for folder in ('bin', 'lib/sqlmill', 'include/runtime'):
        (files / folder).mkdir(parents=True)
    shutil.copy(sqlmill, files / 'bin/sqlmill')
    compiler = files / 'g++'
    compiler.write_text(f'#!/bin/sh\n{script}\n')
    compiler.chmod(0o755)
    (files / 'lib/sqlmill/toolchain.conf').write_text(f'compiler={compiler}\ninclude={files}/include\n')
    done = mill('build', 'good.sql', '-o', 'binary', compiler=files / 'bin/sqlmill', environment={'SQLMILL_CACHE': str(files / 'cache')})
    assert (done.returncode, done.stderr) == \
        (3, f"error: precompiling the runtime's headers failed: the C++ compiler was {says}\n")
