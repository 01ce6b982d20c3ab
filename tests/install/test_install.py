"""The install tree: another project finds SQLMill there, builds its pipelines, and rebuilds what has changed, nothing else."""
import pathlib
import shutil
import subprocess

import pytest

PROJECT = pathlib.Path(__file__).resolve().parent / 'project'


def run(*command, **options):
    done = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options)
    assert done.returncode == 0, done.stdout
    return done.stdout


def replay(binary):
    return subprocess.run([binary, 'replay', '--print', 'all', '--format', 'csv'], check=True, capture_output=True, text=True).stdout


@pytest.fixture(scope='module')
def prefix(sqlmill, tmp_path_factory):
    """SQLMill, installed from the build folder that the compiler is in, and moved once: nothing may name its first place."""
    folder = tmp_path_factory.mktemp('install')
    run('cmake', '--install', sqlmill.parent.parent, '--prefix', folder / 'first')
    (folder / 'first').rename(folder / 'moved')
    return folder / 'moved'


@pytest.fixture(scope='module')
def project(prefix, tmp_path_factory):
    folder = tmp_path_factory.mktemp('shop')
    shutil.copytree(PROJECT, folder / 'source')
    run('cmake', '-S', folder / 'source', '-B', folder / 'build', '-G', 'Ninja', f'-DCMAKE_PREFIX_PATH={prefix}')
    run('cmake', '--build', folder / 'build')
    return folder


def compiled(project):
    """Which pipelines a build compiles."""
    output = run('cmake', '--build', project / 'build')
    return {name for name in ('orders', 'visits') if f'to {name}' in output}


def test_what_is_installed(prefix, sqlmill):
    assert (prefix / 'bin/sqlmill').is_file()
    assert (prefix / 'include/sqlmill/runtime/pipeline.h').is_file()
    assert not list((prefix / 'include').rglob('*.cpp'))
    conf = (prefix / 'lib/sqlmill/toolchain.conf').read_text()
    tree = sqlmill.parents[2]
    assert str(tree) not in conf
    for line in conf.splitlines():
        key, _, value = line.partition('=')
        if key == 'library' and not value.startswith('-'):
            assert (prefix / 'lib/sqlmill' / value).is_file()


def test_the_pipelines_work(project):
    assert '2,14.75' in replay(project / 'build/bin/orders')
    assert '/home,2' in replay(project / 'build/pipelines/visits')


def test_nothing_is_rebuilt_without_a_change(project):
    assert compiled(project) == set()


def test_a_touched_file_rebuilds_its_pipeline_only(project):
    (project / 'source/orders.sql').touch()
    assert compiled(project) == {'orders'}
    sql = project / 'source/sql/visits.sql'
    sql.write_text(sql.read_text().replace("('/cart')", "('/cart'), ('/home')"))
    assert compiled(project) == {'visits'}
    assert '/home,3' in replay(project / 'build/pipelines/visits')
    assert compiled(project) == set()


def test_a_new_compiler_rebuilds_all(project, prefix):
    (prefix / 'bin/sqlmill').touch()
    assert compiled(project) == {'orders', 'visits'}


def test_an_error_in_the_sql_fails_the_build_and_says_where(project):
    sql = project / 'source/orders.sql'
    text = sql.read_text()
    sql.write_text(text.replace('sum(amount)', 'sum(amuont)'))
    try:
        done = subprocess.run(['cmake', '--build', project / 'build'], capture_output=True, text=True)
        assert done.returncode != 0
        assert 'orders.sql:3:' in done.stdout + done.stderr
        assert 'did you mean "amount"' in done.stdout + done.stderr
    finally:
        sql.write_text(text)
    assert compiled(project) == {'orders'}
