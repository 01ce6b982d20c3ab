"""The acceptance kit: real clients' programs, which pass against PostgreSQL 15. Each prints what it has checked as JSON."""
import json
import os
import pathlib
import subprocess
import sys

import pytest

from serving import serving

KIT = pathlib.Path(__file__).resolve().parent / 'kit'

# What does not work: tableoid, the types "char" and oid, users of the kit's server.
UNSUPPORTED = {
    'psql': ['meta_dd', 'scram'],
    'psycopg2': ['scram'],
}
SLOW = 'SELECT count(*) FROM generate_series(1, 100000) a, generate_series(1, 1000000) b'


@pytest.mark.parametrize('client', ['psql', 'psycopg2'])
def test_client(client, server):
    done = subprocess.run([sys.executable, 'kit_run.py'], cwd=KIT / client, capture_output=True, text=True, timeout=300,
                          env=server.environment(PYTHONPATH='../lib', KIT_SKIP=','.join(UNSUPPORTED[client]), KIT_SLOW_SQL=SLOW,
                                                 PATH=os.environ['PATH']))
    result = json.loads(done.stdout)
    failed = [f'{check["name"]}: {check["error"]}' for check in result['checks'] if check.get('ok') is False]
    assert not failed, '\n'.join(failed)
    assert result['passed'] > 10
