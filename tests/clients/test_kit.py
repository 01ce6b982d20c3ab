"""The acceptance kit: real clients' programs, which pass against PostgreSQL 15. Each prints what it has checked as JSON.

A client's folder is copied into a cache folder, where its run.sh gets what it needs once: a venv, node_modules, jars, modules,
crates. Environment: SQLMILL_CLIENTS_CACHE (the folder). A client whose toolchain is missing or too old is skipped; in CI it fails.
"""
import filecmp
import json
import os
import pathlib
import re
import shutil
import subprocess

import pytest

from serving import serving

KIT = pathlib.Path(__file__).resolve().parent / 'kit'
CACHE = pathlib.Path(os.environ.get('SQLMILL_CLIENTS_CACHE') or pathlib.Path.home() / '.cache/sqlmill/clients')
SLOW = 'SELECT count(*) FROM generate_series(1, 100000) a, generate_series(1, 1000000) b'

# A check that gives psql 0.8 s to connect and ask before it cancels: on a busy machine that may be too short, once.
TIMED = {'psql: cancel_sigint'}

# Where the installers of Go and Rust put them, which a shell that asks for no login does not look into.
os.environ['PATH'] += f'{os.pathsep}/usr/local/go/bin{os.pathsep}{pathlib.Path.home()}/.cargo/bin'

# What each needs beside Python: a command that says its version, and the least of it.
TOOLS = {
    'node_pg': [('node --version', (18,)), ('npm --version', (9,))],
    'pgjdbc': [('javac -version', (17,)), ('mvn --version', (3, 6))],
    'go_pgx': [('go version', (1, 22))],
    'rust': [('cargo --version', (1, 81))],
}


def missing_tool(client):
    for command, least in TOOLS.get(client, []):
        try:
            said = subprocess.run(command.split(), capture_output=True, text=True, check=True)
        except (OSError, subprocess.CalledProcessError):
            return f'{command.split()[0]} is missing'
        found = re.search(r'(\d+)\.(\d+)', said.stdout + said.stderr)
        if not found or tuple(map(int, found.groups())) < least:
            return f'{command.split()[0]} is older than {".".join(map(str, least))}'
    return None


def copy_kit(folder):
    """Files that have not changed keep their times, so that nothing is built again."""
    for source in (KIT / folder).rglob('*'):
        target = CACHE / source.relative_to(KIT)
        if source.is_dir():
            target.mkdir(parents=True, exist_ok=True)
        elif not target.exists() or not filecmp.cmp(source, target, shallow=False):
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, target)


def results(text):
    """The JSON objects among what a run.sh prints: a client may have several programs."""
    decoder = json.JSONDecoder()
    found, at = [], text.find('{')
    while at >= 0:
        try:
            value, end = decoder.raw_decode(text, at)
        except ValueError:
            end = at + 1
        else:
            if 'client' in value:
                found.append(value)
        at = text.find('{', end)
    return found


@pytest.fixture(scope='module')
def kit_server(clickstream, certificate, events):
    users = certificate / 'kit_users'
    users.write_text('kit\nkit_scram kitpw\n')
    with serving(clickstream.binary, '--users', users, '--tls-cert', certificate / 'cert.pem', '--tls-key', certificate / 'key.pem') as one:
        one.psql(arguments=['-q', '-f', str(events)])
        yield one


def run(client, environment):
    """The process that has ended, what its programs say, and what failed."""
    done = subprocess.run([CACHE / client / 'run.sh'], capture_output=True, text=True, timeout=1200, env=environment)
    found = results(done.stdout)
    return done, found, {f'{result["client"]}: {one["name"]}': one.get('error')
                         for result in found for one in result['checks'] if one.get('ok') is False}


def check(client, server, sslmode, programs=1, **more):
    problem = missing_tool(client)
    if problem and not os.environ.get('CI'):
        pytest.skip(f'{client}: {problem}')
    assert not problem
    for folder in ['lib', client]:
        copy_kit(folder)
    shutil.copy(KIT / 'expected.json', CACHE)
    environment = server.environment(PGSSLMODE=sslmode, KIT_SCRAM_USER='kit_scram', KIT_SCRAM_PASSWORD='kitpw', KIT_SLOW_SQL=SLOW, **more)
    done, found, failed = run(client, environment)
    if failed and failed.keys() <= TIMED:
        done, found, failed = run(client, environment)
    assert not failed
    assert len(found) == programs, done.stdout + done.stderr
    assert done.returncode == 0, done.stderr
    for result in found:
        assert result['skipped'] == 0 and result['passed'] > 10


@pytest.mark.parametrize('client, programs', [
    ('psql', 1), ('psycopg2', 1), ('psycopg3', 1), ('asyncpg', 1), ('sqlalchemy', 4), ('node_pg', 2), ('pgjdbc', 1), ('go_pgx', 1),
    ('rust', 2), ('replay', 1)])
def test_client(client, programs, kit_server):
    check(client, kit_server, 'disable', programs)
