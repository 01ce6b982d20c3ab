"""The pipeline of the recovery tests, and its views after a run that nothing interrupts."""
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import recovery_case  # noqa: E402
from object_storage import ObjectStorage  # noqa: E402
from recovery_files import ACCOUNTS, CLICKS  # noqa: E402


@pytest.fixture(scope='session')
def pipeline(build):
    return build(recovery_case.SQL, 'recovery')


@pytest.fixture(scope='session')
def uninterrupted(pipeline, tmp_path_factory):
    return recovery_case.expected(pipeline, tmp_path_factory.mktemp('expected'), CLICKS, ACCOUNTS)


@pytest.fixture(scope='session')
def storage(tmp_path_factory):
    """One for all tests; each has a prefix of its own."""
    one = ObjectStorage(tmp_path_factory.mktemp('s3'), checks=True)
    yield one
    one.stop()
