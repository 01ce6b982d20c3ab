"""What `explain` estimates for a record is near what a run takes for it."""
import json
import re
import subprocess

import pytest

GROUPS = 60_000
TABLE = 'CREATE TABLE events (id bigint PRIMARY KEY, session_id varchar, user_id varchar, page_url varchar, amount bigint);\n'
SOURCE = TABLE.replace('TABLE', 'SOURCE').replace(' PRIMARY KEY', '').replace(
    ');', ") WITH (connector = 'file', path = '/dev/null') FORMAT PLAIN ENCODE JSON;")
CASES = {
    'counts': (SOURCE, 'SELECT session_id, count(*) AS n, bool_or(amount > 3) AS large FROM events GROUP BY session_id'),
    'sums': (SOURCE, 'SELECT session_id, user_id, sum(amount) AS total, max(page_url) AS last FROM events GROUP BY session_id, user_id'),
    'lists': (SOURCE, 'SELECT session_id, count(DISTINCT page_url) AS pages FROM events GROUP BY session_id'),
    'retractable': (TABLE, 'SELECT session_id, count(*) AS n, bool_or(amount > 3) AS large FROM events GROUP BY session_id'),
}


@pytest.mark.parametrize('name', CASES)
def test_estimate(name, sqlmill, build, tmp_path):
    sql = CASES[name][0] + f'CREATE MATERIALIZED VIEW {name} AS {CASES[name][1]};\n'
    (tmp_path / 'pipeline.sql').write_text(sql)
    explained = subprocess.run([sqlmill, 'explain', '--stage', 'dataflow', tmp_path / 'pipeline.sql'], capture_output=True, text=True,
                               check=True).stdout
    estimate = int(re.search(rf'aggregate {name} .*?about (\d+) a record', explained, re.S)[1])
    events = tmp_path / 'events.ndjson'
    events.write_text(''.join(json.dumps({'id': i, 'session_id': f's{i}', 'user_id': f'u{i % 100}', 'page_url': f'/{i % 50}', 'amount': i % 7})
                              + '\n' for i in range(GROUPS)))
    run = build(sql, name).replay(('events', events))
    # Of the last line with this name: the first is that of the view's rows.
    cells = re.findall(rf'^ {name} +\|(.*)$', run.stderr, re.M)[-1].split('|')
    assert run.summary.operator(name).records == GROUPS
    measured = int(cells[-1].replace(',', ''))
    assert 0.6 <= measured / estimate <= 1.5, f'{measured} bytes a record, {estimate} were estimated'
