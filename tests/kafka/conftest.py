"""The pipelines that the tests of this folder run."""
import pathlib
import sys

import pytest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / 'pipelines'))  # For the cases that tests of the pipelines have.


@pytest.fixture(scope='session')
def kafka_sql(build, root):
    """The clickstream over a topic, with its sink of abandoned carts."""
    return build((root / 'pipelines/clickstream/kafka.sql').read_text(), 'kafka')


@pytest.fixture(scope='session')
def messages_sql(build):
    """A table that takes all that a record has, and a sink of each kind."""
    return build((HERE / 'messages.sql').read_text(), 'messages')
