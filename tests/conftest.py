"""Fixtures of the tests in Python. SQLMILL names the compiler to test (build/bin/sqlmill by default)."""
import pathlib
import sys

import pytest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE / 'kafka')]

from kafka_broker import Broker  # noqa: E402
from support.pipeline import ROOT, Builder, compiler  # noqa: E402
from support.postgres import Postgres  # noqa: E402


@pytest.fixture(scope='session')
def root():
    return ROOT


@pytest.fixture(scope='session')
def sqlmill():
    """The path of the compiler."""
    path = pathlib.Path(compiler())
    assert path.exists(), f'no compiler at {path}: build it, or set SQLMILL'
    return path


@pytest.fixture(scope='session')
def build(sqlmill, tmp_path_factory):
    """build(sql, name) → Pipeline, compiled once per content and session."""
    return Builder(tmp_path_factory.mktemp('pipelines'))


@pytest.fixture(scope='session')
def postgres():
    server = Postgres()
    yield server
    server.stop()


@pytest.fixture(scope='session')
def broker(tmp_path_factory):
    """A Kafka broker for all tests; each has topics of its own."""
    one = Broker(tmp_path_factory.mktemp('kafka'))
    one.script('start')
    yield one
    one.script('stop')
