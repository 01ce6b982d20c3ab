"""A real Apache Superset: adds a pipeline as its database, a dataset on a view, and asks what its charts ask.

BI_PYTHON names the Python that has it; ./dev test bi makes one below the build folder. Not part of ./dev test, because it is large.
"""
import json
import os
import pathlib
import subprocess
import sys

import pytest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / 'clients'))

from serving import serving  # noqa: E402


@pytest.fixture(scope='module')
def answers(build, root, tmp_path_factory):
    home = tmp_path_factory.mktemp('superset')
    python = pathlib.Path(os.environ['BI_PYTHON'])
    environment = {**os.environ, 'SUPERSET_HOME': str(home), 'SUPERSET_CONFIG_PATH': str(HERE / 'superset_config.py'), 'FLASK_APP': 'superset',
                   'PYTHONWARNINGS': 'ignore'}

    def run(*command):
        done = subprocess.run([str(part) for part in command], env=environment, capture_output=True, text=True, timeout=600)
        assert done.returncode == 0, f'{command}: {done.stdout[-2000:]}\n{done.stderr[-4000:]}'
        return done.stdout

    superset = python.parent / 'superset'
    run(superset, 'db', 'upgrade')
    run(superset, 'fab', 'create-admin', '--username', 'admin', '--firstname', 'a', '--lastname', 'b', '--email', 'a@b.c', '--password', 'admin')
    run(superset, 'init')
    pipeline = build((root / 'pipelines/clickstream/clickstream.sql').read_text(), 'clickstream')
    with serving(pipeline.binary) as server:
        server.psql(arguments=['-q', '-f', str(root / 'pipelines/clickstream/data/events.sql')])
        out = run(python, HERE / 'superset_chart.py', f'postgresql+psycopg2://superset@{server.host}:{server.port}/dev')
    return json.loads(out.strip().split('\n')[-1])


def test_the_pickers(answers):
    assert sorted(answers['schemas']) == ['information_schema', 'public']
    assert answers['tables'] == [
        ['table', 'click_events'], ['view', 'click_mv_conversion_metrics'], ['view', 'click_mv_funnel_analysis'],
        ['view', 'click_mv_page_traffic'], ['view', 'click_mv_session_summary']]
    assert 'FROM public.click_mv_session_summary' in answers['select_star']


def test_the_dataset(answers):
    assert ['session_start', 'TIMESTAMP WITH TIME ZONE', True] in answers['columns']
    assert ['total_events', 'BIGINT', False] in answers['columns']
    assert len(answers['columns']) == 11


def test_the_charts(answers):
    assert [(row['country'], row['sessions'], float(row['seconds'])) for row in answers['by_country']] == [
        ('US', 3, 740.0), ('DE', 1, 240.0), ('JP', 1, 90.0), ('UK', 1, 360.0)]
    assert sorted((row['session_start'], row['device_type'], row['sessions']) for row in answers['over_time']) == [
        (1775034000000, 'desktop', 2), (1775034000000, 'mobile', 2), (1775034000000, 'tablet', 1), (1775034300000, 'desktop', 1)]
    assert [(row['device_type'], row['sessions']) for row in answers['chart']] == [('desktop', 3), ('mobile', 2), ('tablet', 1)]


def test_sql_lab(answers):
    assert [(row['page_url'], row['total_views']) for row in answers['sql_lab']] == [('/home', 6), ('/products', 5)]
