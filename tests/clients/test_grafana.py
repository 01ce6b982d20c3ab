"""The Grafana dashboard of the clickstream pipeline: each of its statements, as Grafana's PostgreSQL data source sends it."""
import json
import re

import psycopg2
import pytest

FOLDER = 'pipelines/clickstream/grafana'
FROM, TO = '2026-04-01T09:00:00Z', '2026-04-01T09:30:00.123456789Z'
SECONDS = 300


def dashboard(root):
    return json.loads((root / FOLDER / 'dashboards/clickstream.json').read_text())


def expand(sql, countries=('US', 'UK', 'DE', 'JP')):
    """Grafana's macros, and its variables."""
    def group(column, alias=''):
        return f'floor(extract(epoch from {column})/{SECONDS})*{SECONDS}{alias}'

    sql = sql.replace('$__interval', "'5m'").replace('${country:sqlstring}', ','.join(f"'{country}'" for country in countries))
    sql = re.sub(r'\$__timeFilter\(([^)]*)\)', rf"\1 BETWEEN '{FROM}' AND '{TO}'", sql)
    sql = re.sub(r'\$__timeGroupAlias\(([^,]*), *[^)]*\)', lambda m: group(m[1], ' AS "time"'), sql)
    sql = re.sub(r'\$__timeGroup\(([^,]*), *[^)]*\)', lambda m: group(m[1]), sql)
    assert '$' not in sql, sql
    return sql


@pytest.fixture
def ask(server):
    connection = psycopg2.connect(host=server.host, port=server.port, dbname='dev', user='grafana')
    connection.autocommit = True

    def rows(sql):
        cursor = connection.cursor()
        cursor.execute(sql)
        return cursor.fetchall(), [column.name for column in cursor.description]
    yield rows
    connection.close()


def test_panels(root, ask):
    answers = {panel['title']: ask(expand(panel['targets'][0]['rawSql'])) for panel in dashboard(root)['panels']}
    assert answers['Funnel'] == ([(6, 6, 5, 4, 3, 4, 3)], ['Sessions', 'Home', 'Products', 'Product', 'Cart', 'Checkout', 'Purchase'])
    assert answers['Pages'][0][:2] == [('/home', 6, 6, 6), ('/products', 5, 5, 5)]
    rows, columns = answers['Sessions begun']
    assert columns == ['time', 'metric', 'sessions']
    assert [(int(time), device, sessions) for time, device, sessions in sorted(rows)] == [
        (1775034000, 'desktop', 2), (1775034000, 'mobile', 2), (1775034000, 'tablet', 1), (1775034300, 'desktop', 1)]
    assert [tuple(map(str, row)) for row in answers['Conversion by device'][0]] == [
        ('desktop', '3', '2', '66.7'), ('mobile', '2', '1', '50.0'), ('tablet', '1', '0', '0.0')]
    assert answers['Sessions that did not buy'][0] == [('browse_abandonment', 3)]
    assert [row[0] for row in answers['Sessions'][0]] == ['s1006', 's1005', 's1003', 's1002', 's1001', 's1004']


def test_every_view_is_shown(root, ask):
    text = json.dumps(dashboard(root))
    views, _ = ask("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' AND table_name LIKE 'click_mv%'")
    assert len(views) == 4 and all(view in text for view, in views)


def test_variable(root, ask):
    variable, = dashboard(root)['templating']['list']
    assert ask(variable['query'])[0] == [('DE',), ('JP',), ('UK',), ('US',)]


@pytest.mark.parametrize('sql, first', [
    # The data source's test, its version, and the pickers of its editor.
    ('SELECT 1', 1),
    ("SELECT current_setting('server_version_num')::int/100 as version", 1500),
    ("SELECT quote_ident(table_name) AS \"table\" FROM information_schema.tables WHERE quote_ident(table_schema) NOT IN "
     "('information_schema', 'pg_catalog', '_timescaledb_cache', '_timescaledb_catalog', '_timescaledb_internal', '_timescaledb_config', "
     "'timescaledb_information', 'timescaledb_experimental') AND CASE WHEN array_length(parse_ident('click_mv_page_traffic'),1) = 2 "
     "THEN quote_ident(table_schema) = (parse_ident('click_mv_page_traffic'))[1] ELSE quote_ident(table_schema) IN "
     "(SELECT CASE WHEN trim(s[i]) = '\"$user\"' THEN user ELSE trim(s[i]) END FROM generate_series("
     "array_lower(string_to_array(current_setting('search_path'),','),1), array_upper(string_to_array(current_setting('search_path'),','),1)) as i, "
     "string_to_array(current_setting('search_path'),',') s) END ORDER BY 1", 'click_events'),
    ("SELECT quote_ident(column_name) AS \"column\", data_type AS \"type\" FROM information_schema.columns "
     "WHERE quote_ident(table_name) = 'click_mv_page_traffic'", 'page_url'),
])
def test_what_its_editor_asks(ask, sql, first):
    assert ask(sql)[0][0][0] == first
