"""psqlODBC, by way of unixODBC's isql: what Excel, Tableau and Power BI connect with."""
import csv
import subprocess


def isql(server, folder, *commands, options=''):
    """What isql prints for each line of its input, as rows of fields."""
    ini = folder / 'odbc.ini'
    ini.write_text(f'[pipeline]\nDriver = PostgreSQL Unicode\nServername = {server.host}\nPort = {server.port}\nDatabase = dev\n{options}')
    done = subprocess.run(['isql', '-b', '-d,', 'pipeline', 'kit', ''], input='\n'.join(commands) + '\n', capture_output=True, text=True,
                          timeout=60, env={**server.environment(), 'ODBCINI': str(ini)})
    assert done.returncode == 0, done.stdout + done.stderr
    return list(csv.reader(done.stdout.splitlines()))


def test_queries(server, tmp_path):
    assert isql(server, tmp_path, 'select country, count(*) from click_mv_session_summary group by 1 order by 1',
                'select * from click_mv_funnel_analysis') == [
        ['DE', '1'], ['JP', '1'], ['UK', '1'], ['US', '3'], ['6', '6', '5', '4', '3', '4', '3']]


def test_lists_relations_and_columns(server, tmp_path):
    relations = {row[2]: row[3] for row in isql(server, tmp_path, 'help')}
    assert relations['click_events'] == 'TABLE'
    assert relations['click_mv_page_traffic'] == 'MATVIEW'
    columns = {row[3]: row[5] for row in isql(server, tmp_path, 'help click_mv_session_summary')}
    assert columns['session_id'] == 'varchar'
    assert columns['session_start'] == 'timestamptz'
    assert columns['duration_seconds'] == 'numeric'
    assert columns['total_events'] == 'int8'
