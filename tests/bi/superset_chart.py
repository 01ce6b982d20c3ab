"""Run by Superset's Python: its REST API adds the database, a dataset on a view and a chart. Prints what it answers as JSON.

superset_chart.py SQLALCHEMY-URI
"""
import json
import sys

from superset.app import create_app

VIEW = 'click_mv_session_summary'


class Api:
    def __init__(self, client):
        self.client = client
        login = {'username': 'admin', 'password': 'admin', 'provider': 'db', 'refresh': False}
        self.headers = {}
        self.headers['Authorization'] = f'Bearer {self.call("post", "security/login", login)["access_token"]}'

    def call(self, method, path, body=None):
        answer = getattr(self.client, method)(f'/api/v1/{path}', json=body, headers=self.headers)
        assert answer.status_code in (200, 201), f'{path}: {answer.status_code} {answer.get_data(as_text=True)}'
        return answer.get_json()


def chart_data(api, dataset, query):
    body = {'datasource': {'id': dataset, 'type': 'table'}, 'queries': [{'row_limit': 100, **query}], 'result_format': 'json',
            'result_type': 'full', 'force': True}
    return api.call('post', 'chart/data', body)['result'][0]['data']


def main():
    app = create_app()
    with app.test_client() as client:
        api = Api(client)
        found = {}
        connection = {'database_name': 'clickstream', 'sqlalchemy_uri': sys.argv[1]}
        found['test_connection'] = api.call('post', 'database/test_connection/', connection)
        database = api.call('post', 'database/', {**connection, 'expose_in_sqllab': True})['id']
        found['schemas'] = api.call('get', f'database/{database}/schemas/')['result']
        tables = api.call('get', f'database/{database}/tables/?q=(force:!t,schema_name:public)')['result']
        found['tables'] = sorted((table['type'], table['value']) for table in tables)
        found['select_star'] = api.call('get', f'database/{database}/select_star/{VIEW}/public/')['result']
        dataset = api.call('post', 'dataset/', {'database': database, 'schema': 'public', 'table_name': VIEW})['id']
        columns = api.call('get', f'dataset/{dataset}')['result']['columns']
        found['columns'] = [(column['column_name'], column['type'], column['is_dttm']) for column in columns]
        seconds = {'expressionType': 'SIMPLE', 'column': {'column_name': 'duration_seconds'}, 'aggregate': 'SUM', 'label': 'seconds'}
        sessions = {'expressionType': 'SQL', 'sqlExpression': 'COUNT(*)', 'label': 'sessions'}
        found['by_country'] = chart_data(api, dataset, {
            'columns': ['country'], 'metrics': [sessions, seconds], 'orderby': [[sessions, False], ['country', True]],
            'filters': [{'col': 'total_events', 'op': '>=', 'val': 2}]})
        axis = {'columnType': 'BASE_AXIS', 'expressionType': 'SQL', 'sqlExpression': 'session_start', 'label': 'session_start', 'timeGrain': 'PT5M'}
        found['over_time'] = chart_data(api, dataset, {
            'columns': [axis, 'device_type'], 'metrics': [sessions], 'orderby': [['device_type', True]],
            'filters': [{'col': 'session_start', 'op': 'TEMPORAL_RANGE', 'val': '2026-04-01T00:00:00 : 2026-04-02T00:00:00'}]})
        context = {'datasource': {'id': dataset, 'type': 'table'}, 'result_format': 'json', 'result_type': 'full', 'force': True,
                   'queries': [{'columns': ['device_type'], 'metrics': [sessions], 'orderby': [['device_type', True]]}]}
        chart = api.call('post', 'chart/', {'slice_name': 'devices', 'viz_type': 'table', 'datasource_id': dataset, 'datasource_type': 'table',
                                            'params': '{}', 'query_context': json.dumps(context)})['id']
        found['chart'] = api.call('get', f'chart/{chart}/data/')['result'][0]['data']
        sql = 'SELECT page_url, total_views FROM click_mv_page_traffic WHERE total_views > 4 ORDER BY total_views DESC'
        found['sql_lab'] = api.call('post', 'sqllab/execute/', {
            'database_id': database, 'sql': sql, 'schema': 'public', 'runAsync': False, 'client_id': 'kit'})['data']
        print(json.dumps(found))


main()
