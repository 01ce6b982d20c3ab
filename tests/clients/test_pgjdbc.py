"""pgjdbc beyond the kit: the tables of a result's columns, and results that are changed through the driver."""
import os
import subprocess

import pytest

from serving import serving
from test_kit import CACHE, KIT, copy_kit, missing_tool
from test_origins import SQL

PROGRAM = KIT.parent / 'pgjdbc/Origins.java'
SAID = """\
id: public.items.id 0
called: public.items.name 1
twice: .. 2
n: public.totals.n 1
1 first 1.50
3 three 3.50
4 four 4.50
1 first 1.50
1 four 4.50
1 three 3.50
24000
"""


def test_origins(build):
    problem = missing_tool('pgjdbc')
    if problem and not os.environ.get('CI'):
        pytest.skip(f'pgjdbc: {problem}')
    assert not problem
    copy_kit('pgjdbc')
    folder = CACHE / 'pgjdbc'
    if not (folder / 'target/lib').exists():
        subprocess.run(['mvn', '-q', '-B', 'dependency:copy-dependencies', '-DoutputDirectory=target/lib'], cwd=folder, check=True, timeout=600)
    with serving(build(SQL, 'origins').binary) as server:
        done = subprocess.run(['java', '-cp', 'target/lib/*', str(PROGRAM), f'jdbc:postgresql://{server.host}:{server.port}/dev?user=root'], cwd=folder,
                              capture_output=True, text=True, timeout=300)
    assert done.stdout == SAID, done.stderr
