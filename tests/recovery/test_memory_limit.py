"""State larger than memory: the views are right, the limit is held, also after a restart."""
import json
import pathlib
import random
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'kafka'))  # For kafka_run.
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'clients'))  # For serving.

from kafka_run import settings  # noqa: E402
from serving import serving  # noqa: E402
from support.waiting import wait_for  # noqa: E402

SQL = """
CREATE SOURCE visits (visitor VARCHAR, site BIGINT, seconds BIGINT) WITH (connector = 'file', path = '?') FORMAT PLAIN ENCODE JSON;
CREATE MATERIALIZED VIEW visitors AS
  SELECT visitor, count(*) AS visits, count(DISTINCT site) AS sites, sum(seconds) AS seconds, max(seconds) AS longest FROM visits GROUP BY visitor;
CREATE MATERIALIZED VIEW regulars AS SELECT visitor, seconds FROM visitors WHERE visits > 1;
"""
VISITORS = 200_000
LIMIT_MIB = 128


def visitor(i):
    return f'visitor-{i * 2654435761 % (1 << 40):013d}' + '-of-a-site-with-long-names' * 25


@pytest.fixture(scope='module')
def visits(tmp_path_factory):
    """Each visitor comes once, one in four a second time, in no order; of those the sum of the seconds."""
    rng = random.Random(7)
    path = tmp_path_factory.mktemp('memory') / 'visits.jsonl'
    again = rng.sample(range(VISITORS), VISITORS // 4)
    order = [*range(VISITORS), *again]
    rng.shuffle(order)
    with path.open('w') as file:
        file.writelines(json.dumps({'visitor': visitor(i), 'site': i % 7, 'seconds': i % 100}) + '\n' for i in order)
    return path, sum(i % 100 for i in again) * 2


def resident_mib(server):
    status = pathlib.Path(f'/proc/{server.process.pid}/status').read_text()
    return int(status.split('VmRSS:')[1].split()[0]) / 1024


def test_views_are_right_and_the_limit_is_held(build, visits, tmp_path):
    path, seconds = visits
    pipeline = build(SQL, 'memory_limit')
    arguments = ['--state', tmp_path / 'state', *settings('visits', path=path)]
    wanted = [f'{VISITORS}|{VISITORS + VISITORS // 4}|{VISITORS}', f'{VISITORS // 4}|{seconds}|{VISITORS // 4 * len(visitor(0))}']
    queries = ('SELECT count(*), sum(visits), sum(sites) FROM visitors', 'SELECT count(*), sum(seconds), sum(length(visitor)) FROM regulars')

    def found(server):
        return server.psql(*queries, arguments=['-At']).stdout.split()

    # The first reads the file, the second the state.
    for _ in range(2):
        with serving(pipeline.binary, *arguments, '--memory-limit', f'{LIMIT_MIB}MB') as server:
            wait_for(lambda: found(server) == wanted, lambda: f'{found(server)}, {server.log()}')
            state = int(server.psql('SELECT sum(bytes) FROM sqlmill_operators', arguments=['-At']).stdout)
            assert state > LIMIT_MIB * 2**20, 'the state would have fitted into memory'
            wait_for(lambda: resident_mib(server) <= LIMIT_MIB, lambda: f'{resident_mib(server)} MiB are resident, {server.log()}')
            one = server.psql(f"SELECT visits, sites FROM visitors WHERE visitor = '{visitor(77)}'", arguments=['-At']).stdout.strip()
            assert one in ('1|1', '2|1')
            assert server.stop() == 0
    assert not list((tmp_path / 'state').glob('paged*'))


@pytest.mark.parametrize('arguments, message', [
    (['--memory-limit', '4GB'], '--memory-limit requires --state'),
    (['--state', '/nowhere', '--memory-limit', 'much'], '--memory-limit: much is not a size; write one like 512MB or 4GB'),
    (['--state', '/nowhere', '--memory-limit', '1MB'], '--memory-limit: 1MB is too little for a program without state; give 64MB or more'),
])
def test_what_is_no_limit(build, arguments, message):
    done = build(SQL, 'memory_limit').run('run', *arguments, check=False)
    assert done.returncode == 2
    assert message in done.stderr
