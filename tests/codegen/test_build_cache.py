"""The bounded cache of builds. The C++ compiler is a script that makes what it is asked for, so builds take no time."""
import concurrent.futures
import fcntl
import os
import shutil
import subprocess
import time

import pytest

SQL = 'CREATE TABLE t (a int);\nCREATE MATERIALIZED VIEW v AS SELECT sum(a) AS s FROM t;\n'
COMPILER = '#!/bin/sh\nwhile [ $# -gt 0 ]; do\n  if [ "$1" = -o ]; then echo made > "$2"; fi\n  shift\ndone\n'
GIB = 1 << 30
HOUR = 3600


@pytest.fixture
def install(sqlmill, tmp_path):
    for folder in ('bin', 'lib/sqlmill', 'include/runtime'):
        (tmp_path / folder).mkdir(parents=True)
    shutil.copy(sqlmill, tmp_path / 'bin/sqlmill')
    compiler = tmp_path / 'g++'
    compiler.write_text(COMPILER)
    compiler.chmod(0o755)
    (tmp_path / 'lib/sqlmill/toolchain.conf').write_text(f'compiler={compiler}\ninclude={tmp_path}/include\n')
    return tmp_path


@pytest.fixture
def make(install):
    """make(size=…) builds; `name` changes what is built."""
    def run(size=None, name='one'):
        (install / f'{name}.sql').write_text(f'{SQL}-- {name}\n')
        environment = {key: value for key, value in os.environ.items() if not key.startswith('SQLMILL')}
        environment['SQLMILL_CACHE'] = str(install / 'cache')
        if size is not None:
            environment['SQLMILL_CACHE_SIZE'] = size
        return subprocess.run([install / 'bin/sqlmill', 'build', f'{name}.sql', '-o', name], cwd=install, env=environment,
                              capture_output=True, text=True, timeout=60)
    return run


def entry(cache, place, size, age):
    """A file of `size` bytes without contents, last used `age` seconds ago; a header is a folder that holds it."""
    path = cache / place
    file = path / 'pipeline_precompiled.h.gch' if place.startswith('headers/') else path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch()
    os.truncate(file, size)
    used = time.time() - age
    os.utime(file, (used, used))
    os.utime(path, (used, used))
    return path


def there(paths):
    return [path.name for path in paths if path.exists()]


@pytest.fixture
def entries(install):
    cache = install / 'cache'
    return [entry(cache, 'headers/oldest', GIB, 5 * HOUR), entry(cache, 'objects/older.o', GIB, 4 * HOUR),
            entry(cache, 'binaries/old', GIB // 2, 3 * HOUR), entry(cache, 'headers/new', GIB // 4, 2 * HOUR),
            entry(cache, 'objects/newest.o', 100, 0)]


@pytest.mark.parametrize('size, left', [
    (None, ['older.o', 'old', 'new', 'newest.o']),
    ('', ['older.o', 'old', 'new', 'newest.o']),
    ('1G', ['old', 'new', 'newest.o']),
    ('300M', ['new', 'newest.o']),
    ('314572800', ['new', 'newest.o']),
    ('1K', ['newest.o']),
    ('0', ['oldest', 'older.o', 'old', 'new', 'newest.o']),
    ('3G', ['oldest', 'older.o', 'old', 'new', 'newest.o']),
])
def test_what_was_not_used_for_long_goes(make, entries, size, left):
    done = make(size)
    assert done.returncode == 0, done.stderr
    assert there(entries) == left


def test_what_a_build_finds_counts_as_used(make, install):
    cache = install / 'cache'
    assert make().returncode == 0
    made = [path for kind in ('headers', 'objects', 'binaries') for path in (cache / kind).iterdir()]
    assert len(made) >= 3
    for path in made:
        os.utime(path, (0, 0))
    assert make().returncode == 0  # Nothing is added, so nothing is removed: the binary is found by the keys of its objects.
    used = {path for path in made if path.stat().st_mtime > time.time() - HOUR}
    assert {path.parent.name for path in made if path not in used} == {'headers'}
    assert make(size='1', name='two').returncode == 0
    assert there(made) == [path.name for path in made]


def test_only_what_is_the_caches_own_goes(make, install, entries):
    cache = install / 'cache'
    other = entry(cache, 'elsewhere/file', GIB, 9 * HOUR)
    abandoned = entry(cache, 'work/abandoned', 1, 2 * HOUR)
    running = entry(cache, 'work/running', 1, 60)
    assert make('1').returncode == 0
    assert there([other, abandoned, running, *entries]) == ['file', 'running', 'newest.o']
    assert sorted(path.name for path in (cache / 'work').iterdir()) == ['running']


def test_nothing_goes_while_another_build_runs(make, install, entries):
    with open(install / 'cache/lock', 'w') as lock:
        fcntl.flock(lock, fcntl.LOCK_SH)
        assert make('1').returncode == 0
        assert there(entries) == [path.name for path in entries]
    assert make('1', name='two').returncode == 0
    assert there(entries) == ['newest.o']


def test_builds_at_the_same_time(make, entries):
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        builds = list(pool.map(lambda i: make('1', name=f'p{i}'), range(24)))
    assert [done.stderr for done in builds if done.returncode != 0] == []


@pytest.mark.parametrize('size', ['much', '2T', '-1', '1.5G', '99999999999999999999', '20000000000G', '5GB'])
def test_a_size_that_is_none(make, size):
    done = make(size)
    assert (done.returncode, done.stderr) == (
        1, f'error: SQLMILL_CACHE_SIZE is "{size}": write a number of bytes, or one with K, M or G (4G); 0 is no limit\n')
