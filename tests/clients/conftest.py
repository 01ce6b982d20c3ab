"""A running clickstream pipeline with the tutorial's 27 events."""
import pathlib
import subprocess
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from serving import serving  # noqa: E402

EVENTS = pathlib.Path(__file__).resolve().parents[2] / 'pipelines/clickstream/data/events.sql'


@pytest.fixture(scope='session')
def clickstream(build, root):
    return build((root / 'pipelines/clickstream/clickstream.sql').read_text(), 'clickstream')


@pytest.fixture(scope='session')
def events():
    """A file of SQL."""
    return EVENTS


@pytest.fixture(scope='session')
def certificate(tmp_path_factory):
    """A folder with cert.pem and key.pem."""
    folder = tmp_path_factory.mktemp('tls')
    subprocess.run(['openssl', 'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=localhost', '-addext',
                    'subjectAltName=DNS:localhost,IP:127.0.0.1', '-keyout',
                    folder / 'key.pem', '-out', folder / 'cert.pem'], check=True, capture_output=True)
    return folder


@pytest.fixture(scope='session')
def server(clickstream):
    with serving(clickstream.binary) as one:
        one.psql(arguments=['-q', '-f', str(EVENTS)])
        yield one
