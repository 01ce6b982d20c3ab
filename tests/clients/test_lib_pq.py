"""lib/pq, Go's older driver."""
import os
import shutil
import subprocess

import pytest

from test_kit import CACHE, KIT, missing_tool

SAID = """\
us 3
s1001 2026-04-01T09:00:00Z 320 6
s1002 2026-04-01T09:00:30Z 360 6
s1003 2026-04-01T09:01:00Z 240 3
s1004 2026-04-01T09:00:00Z 180 4
s1005 2026-04-01T09:02:00Z 90 2
s1006 2026-04-01T09:05:00Z 240 6
[desktop mobile tablet]
copied 3
deleted 3
42703 pq: column "nope" does not exist
"""


def run_lib_pq(server, sslmode):
    problem = missing_tool('go_pgx')
    if problem and not os.environ.get('CI'):
        pytest.skip(f'lib/pq: {problem}')
    assert not problem
    folder = CACHE / 'lib_pq'
    shutil.copytree(KIT.parent / 'lib_pq', folder, dirs_exist_ok=True)
    done = subprocess.run(['go', 'run', '.', f'host={server.host} port={server.port} dbname=dev user=kit sslmode={sslmode}'], cwd=folder,
                          capture_output=True, text=True, timeout=600, env=server.environment())
    assert done.stdout == SAID, done.stderr


def test_lib_pq(server):
    run_lib_pq(server, 'disable')
