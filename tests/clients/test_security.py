"""Passwords, roles and TLS."""
import contextlib
import socket
import struct
import subprocess

import psycopg2
import pytest

from serving import serving

USERS = """
# name  password            role
admin   "correct horse"
reader  secret              read-only
kit
"""


@pytest.fixture(scope='module', params=['scram-sha-256', 'password'])
def secured(request, clickstream, certificate):
    users = certificate / 'users'
    users.write_text(USERS)
    with serving(clickstream.binary, '--users', users, '--tls-cert', certificate / 'cert.pem', '--tls-key', certificate / 'key.pem',
                 '--password-method', request.param) as server:
        yield server


def connect(server, user, password=None, **options):
    return psycopg2.connect(host=server.host, port=server.port, dbname='dev', user=user, password=password, **options)


@pytest.mark.parametrize('sslmode', ['disable', 'require'])
def test_passwords(secured, sslmode):
    with connect(secured, 'admin', 'correct horse', sslmode=sslmode) as connection:
        assert connection.info.ssl_in_use == (sslmode == 'require')
        cursor = connection.cursor()
        cursor.execute("select repeat('x', 100000)")
        assert len(cursor.fetchone()[0]) == 100000
    for user in ['admin', 'nobody']:
        with pytest.raises(psycopg2.OperationalError, match=f'password authentication failed for user "{user}"'):
            connect(secured, user, 'wrong', sslmode=sslmode)
    connect(secured, 'kit', sslmode=sslmode).close()


def test_handshakes_that_do_not_end_hold_up_nobody(clickstream, certificate):
    """The server ends at once, too, with them open."""
    with serving(clickstream.binary, '--tls-cert', certificate / 'cert.pem', '--tls-key', certificate / 'key.pem') as server, contextlib.ExitStack() as open:
        def ask():
            one = open.enter_context(socket.create_connection((server.host, server.port), timeout=20))
            one.sendall(struct.pack('>ii', 8, 80877103))
            assert one.recv(1) == b'S'
            return one
        for _ in range(100):
            ask().sendall(b'\x16\x03\x01\x02\x00\x01')  # The beginning of a ClientHello.
        with contextlib.closing(connect(server, 'kit', sslmode='require')) as connection:
            assert connection.info.ssl_in_use
        wrong = ask()
        wrong.sendall(b'GET / HTTP/1.1\r\n\r\n')
        while wrong.recv(1024):  # An alert, at most.
            pass
        assert server.stop() == 0


def test_readers_only_read(secured):
    connection = connect(secured, 'reader', 'secret')
    connection.autocommit = True
    cursor = connection.cursor()
    cursor.execute('select count(*) from click_events')
    for sql in ["insert into click_events (event_id) values ('x')", 'delete from click_events']:
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            cursor.execute(sql)


def test_without_passwords_only_this_machine(clickstream):
    with serving(clickstream.binary, listen='0.0.0.0:0') as server:
        assert server.host == '127.0.0.1'
        assert 'no user has a password' in server.log()


@pytest.mark.parametrize('arguments, message', [
    (['--users', '/nonexistent'], '--users: /nonexistent cannot be read'),
    (['--tls-cert', '/nonexistent', '--tls-key', '/nonexistent'], '--tls-cert: /nonexistent'),
    (['--listen', 'nowhere.invalid:0'], '"nowhere.invalid" is no address of this machine'),
])
def test_wrong_options(clickstream, arguments, message):
    done = clickstream.run('run', *arguments, *([] if '--listen' in arguments else ['--listen', '127.0.0.1:0']), check=False)
    assert done.returncode == 1
    assert message in done.stderr


def test_own_client(secured, clickstream):
    address = f'{secured.host}:{secured.port}'

    def query(*arguments, **more):
        return subprocess.run([clickstream.binary, 'query', '--connect', address, *arguments], capture_output=True, text=True, timeout=30,
                              env=secured.environment('admin', **more))

    assert query('select 1', PGPASSWORD='wrong').returncode == 1
    done = query('--format', 'json', "select 1 as a, null as b, 1.50 as c, timestamptz '2026-04-01 09:00:00+00' as d", PGPASSWORD='correct horse')
    assert done.stdout == '{"a":1,"b":null,"c":1.50,"d":"2026-04-01 09:00:00+00:00"}\n', done.stderr
    done = query('select no_such', PGPASSWORD='correct horse')
    assert (done.returncode, 'SQLSTATE 42703' in done.stderr) == (1, True)
