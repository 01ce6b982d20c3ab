"""A running clickstream pipeline with the tutorial's 27 events."""
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from serving import serving  # noqa: E402

EVENTS = pathlib.Path(__file__).resolve().parents[2] / 'pipelines/clickstream/data/events.sql'


@pytest.fixture(scope='session')
def clickstream(build, root):
    return build((root / 'pipelines/clickstream/clickstream.sql').read_text(), 'clickstream')


@pytest.fixture(scope='session')
def server(clickstream):
    with serving(clickstream.binary) as one:
        one.psql(arguments=['-q', '-f', str(EVENTS)])
        yield one
