"""--admin: what a load balancer and Prometheus see."""
import contextlib
import re
import subprocess
import urllib.error
import urllib.request

import pytest
from prometheus_client.parser import text_string_to_metric_families

from serving import serving
from support.waiting import wait_for


@contextlib.contextmanager
def watched(clickstream, *arguments):
    """A server, and a function that asks its HTTP port."""
    with serving(clickstream.binary, '--admin', '127.0.0.1:0', *arguments) as server:
        url = re.search(r'/ready and /metrics on (http://\S+)$', server.log(), re.M)[1]
        yield server, lambda path: urllib.request.urlopen(url + path, timeout=10)


def is_serving(url):
    try:
        return urllib.request.urlopen(url + '/ready', timeout=10).status == 200
    except urllib.error.HTTPError as error:
        assert (error.code, error.read()) == (503, b'recovering\n')
        return False


def samples(response):
    families = list(text_string_to_metric_families(response.read().decode()))
    assert all(family.documentation for family in families)
    return {(sample.name, *sample.labels.values()): sample.value for family in families for sample in family.samples}


def test_says_when_it_serves(clickstream):
    with watched(clickstream) as (_, get):
        response = get('/ready')
        assert (response.status, response.read()) == (200, b'serving\n')
        with pytest.raises(urllib.error.HTTPError) as missing:
            get('/nothing')
        assert missing.value.code == 404


def test_metrics_count_what_happens(clickstream, events):
    with watched(clickstream) as (server, get):
        name = 'sqlmill_operator_rows_in_total'
        assert samples(get('/metrics'))[(name, 'click_events')] == 0
        server.psql(arguments=['-q', '-f', str(events)])
        after = samples(get('/metrics'))
        assert after[(name, 'click_events')] == 27
        assert after[('sqlmill_errors_total',)] == 0
        assert after[('sqlmill_ready',)] == 1
        assert after[('process_resident_memory_bytes',)] > 1_000_000
        rows = server.psql('SELECT name, records, bytes, rows_in FROM sqlmill_operators', arguments=['-At']).stdout.split()
        assert len(rows) >= 5
        for operator, records, state_bytes, rows_in in (row.split('|') for row in rows):
            assert after[('sqlmill_operator_records', operator)] == int(records)
            assert after[('sqlmill_operator_state_bytes', operator)] == int(state_bytes)
            assert after[('sqlmill_operator_rows_in_total', operator)] == int(rows_in)


def test_without_the_port_of_postgres(clickstream, tmp_path):
    log = tmp_path / 'log'
    with open(log, 'w') as file:
        process = subprocess.Popen([clickstream.binary, 'run', '--no-listen', '--admin', '127.0.0.1:0'], stderr=file)
    try:
        url = wait_for(lambda: re.search(r'metrics on (http://\S+)$', log.read_text(), re.M), log.read_text)[1]
        wait_for(lambda: is_serving(url), 'serving')
        assert samples(urllib.request.urlopen(url + '/metrics', timeout=10))[('sqlmill_workers',)] == 1
    finally:
        process.terminate()
        assert process.wait(30) == 0


def test_a_port_that_is_taken(clickstream):
    with watched(clickstream) as (server, _):
        taken = f'{server.host}:{server.port}'
        done = subprocess.run([clickstream.binary, 'run', '--no-listen', '--admin', taken], capture_output=True, text=True,
                              timeout=60)
        assert done.returncode == 1
        assert done.stderr == (f'error: cannot listen on {taken}; choose another place with --admin HOST:PORT (port 0: any '
                               'that is free)\n')
