"""The clients over TLS: those of the kit whose programs can be told to, and the others by a few statements."""
import contextlib
import os
import shutil
import subprocess

import psycopg2
import pytest

from encrypted import encrypted_only
from serving import serving
from test_kit import CACHE, KIT, check, copy_kit, missing_tool
from test_lib_pq import run_lib_pq
from test_odbc import isql

INSERT = "insert into click_events (event_id, user_id, session_id, event_type, event_ts) values ('{}', 'u9', '{}', 'page_view', now())"
LOOK_UP = "select total_events from click_mv_session_summary where session_id = '{}'"


@pytest.fixture(scope='module')
def tls_server(clickstream, certificate, events):
    users = certificate / 'tls_users'
    users.write_text('kit\nkit_scram kitpw\n')
    with serving(clickstream.binary, '--users', users, '--tls-cert', certificate / 'cert.pem', '--tls-key', certificate / 'key.pem') as one:
        one.psql(arguments=['-q', '-f', str(events)])
        with encrypted_only(one) as encrypted:
            yield encrypted


@pytest.fixture
def server(tls_server):
    before = tls_server.connections
    yield tls_server
    assert tls_server.connections > before


def needs(client):
    problem = missing_tool(client)
    if problem and not os.environ.get('CI'):
        pytest.skip(f'{client}: {problem}')
    assert not problem


def test_nothing_else_comes_through(tls_server):
    with pytest.raises(psycopg2.OperationalError):
        psycopg2.connect(host=tls_server.host, port=tls_server.port, user='kit', dbname='dev', sslmode='disable')


# pg8000 takes no sslmode from the environment.
@pytest.mark.parametrize('client, programs', [('psql', 1), ('psycopg2', 1), ('psycopg3', 1), ('asyncpg', 1), ('sqlalchemy', 3), ('go_pgx', 1)])
def test_client(client, programs, server):
    check(client, server, 'require', programs, KIT_SA_DRIVERS='psycopg2 psycopg asyncpg')


def test_node(server, certificate):
    """node-postgres looks at the certificate, too."""
    check('node_pg', server, 'require', 2, NODE_EXTRA_CA_CERTS=str(certificate / 'cert.pem'), PGSSL='require')


def test_pgjdbc(server, certificate, tmp_path):
    """Its defaults can stand in a file that is found beside the classes."""
    defaults = tmp_path / 'org/postgresql/driverconfig.properties'
    defaults.parent.mkdir(parents=True)
    defaults.write_text(f'sslmode=verify-full\nsslrootcert={certificate / "cert.pem"}\n')
    check('pgjdbc', server, 'require', JAVA_TOOL_OPTIONS=f'-Xbootclasspath/a:{tmp_path}')


def test_lib_pq(server):
    run_lib_pq(server, 'require')


def test_rust(server, certificate):
    """tokio-postgres and sqlx with native-tls; the former insists on channel binding."""
    needs('rust')
    shutil.copytree(KIT.parent / 'rust_tls', CACHE / 'rust_tls', dirs_exist_ok=True)
    done = subprocess.run(['cargo', 'run', '-q', '--', str(server.port), certificate / 'cert.pem'], cwd=CACHE / 'rust_tls', capture_output=True, text=True,
                          timeout=1200, env={**server.environment(), 'CARGO_TARGET_DIR': str(CACHE / '.deps/rust-target')})
    assert done.stdout == 'tokio-postgres 1\nsqlx 2\n', done.stderr


def test_odbc(server, tmp_path):
    isql(server, tmp_path, INSERT.format('odbc', 'odbc'), options='SSLmode = require\n')
    assert isql(server, tmp_path, LOOK_UP.format('odbc'), options='SSLmode = require\n') == [['1']]


@pytest.mark.parametrize('channel_binding', ['require', 'prefer', 'disable'])
def test_channel_binding(channel_binding, server):
    with contextlib.closing(psycopg2.connect(host=server.host, port=server.port, user='kit_scram', password='kitpw', dbname='dev', sslmode='require',
                                             channel_binding=channel_binding)) as connection:
        assert connection.info.ssl_in_use
    with pytest.raises(psycopg2.OperationalError, match='password authentication failed'):
        psycopg2.connect(host=server.host, port=server.port, user='kit_scram', password='wrong', dbname='dev', sslmode='require',
                         channel_binding=channel_binding)
