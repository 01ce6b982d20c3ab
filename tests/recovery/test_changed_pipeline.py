"""Another version of the pipeline, or another number of workers, on a directory that has state."""
import pathlib
import re
import sys

import pytest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / 'kafka')]

import recovery_case  # noqa: E402
from kafka_run import settings, started  # noqa: E402
from recovery_case import VIEWS, rows_of  # noqa: E402
from support.pipeline import Replayed  # noqa: E402
from recovery_files import ACCOUNTS, CLICKS, Files  # noqa: E402

# A view over a table that is another; new views over a source, over a view and over both; a table with its rows; a view that is gone.
CHANGED = re.sub(r'CREATE MATERIALIZED VIEW cities .*?;\n\n', '', recovery_case.SQL, flags=re.S).replace('sum(balance)', 'avg(balance)') + '''
CREATE TABLE marks (name VARCHAR, mark INT);
INSERT INTO marks VALUES ('first', 1), ('second', 2);

CREATE MATERIALIZED VIEW countries AS
SELECT country, count(*) AS clicks, count(DISTINCT user_id) AS users, max(amount) AS most FROM clicks GROUP BY country;

CREATE MATERIALIZED VIEW frequencies AS
SELECT sessions, count(*) AS lengths, max(most) AS most FROM lengths GROUP BY sessions;

CREATE MATERIALIZED VIEW everybody AS
SELECT owner AS name FROM accounts UNION ALL SELECT user_id FROM clicks UNION ALL SELECT name FROM marks
UNION ALL SELECT session_id FROM sessions WHERE bought;

CREATE MATERIALIZED VIEW total AS SELECT count(*) AS n, sum(balance) AS balance FROM accounts;

CREATE MATERIALIZED VIEW totals AS SELECT n, count(*) AS times, min(balance) AS balance FROM total GROUP BY n;

CREATE MATERIALIZED VIEW marked AS SELECT sum(mark) AS sum, count(*) AS n FROM marks;
'''
CHANGED_VIEWS = [view for view in VIEWS if view != 'cities'] + ['countries', 'frequencies', 'everybody', 'total', 'totals', 'marked']


@pytest.fixture(scope='module')
def pipeline(build):
    return build(recovery_case.SQL, 'recovery')


@pytest.fixture(scope='module')
def changed(build):
    return build(CHANGED, 'recovery')


@pytest.fixture
def files(tmp_path):
    return Files(tmp_path)


def run(files, pipeline, *arguments, code=0):
    with started(pipeline, '--until-end', '--print', ','.join(CHANGED_VIEWS), '--format', 'csv', *files.arguments, *arguments) as one:
        assert one.wait() == code, one.log
        return Replayed(one.stdout, one.log, CHANGED_VIEWS)


def expected(pipeline, folder, share):
    inputs = []
    for relation, lines in (('clicks', CLICKS), ('accounts', ACCOUNTS)):
        path = folder / f'{relation}.all.jsonl'
        path.write_text(''.join(line + '\n' for line in lines[:int(len(lines) * share)]))
        inputs.append((relation, path))
    return rows_of(pipeline.replay(*inputs, print=CHANGED_VIEWS))


def states(text):
    """name → what `inspect` says of its entries."""
    return dict(re.findall(r'^state +(.*?): (.*)$', text, re.M))


@pytest.mark.parametrize('workers', [1, 3])
def test_what_is_new_is_made_anew_and_the_rest_is_kept(pipeline, changed, files, workers):
    files.write(0.5)
    files.run(pipeline, '--workers', workers)
    before = states(files.look(pipeline, 'inspect').stdout)
    assert {line.split()[0] for line in files.look(pipeline, 'plan').stdout.splitlines()} == {'kept'}
    plan = files.look(changed, 'plan')
    assert plan.returncode == 0, plan.stdout
    fate = {line.split()[1].rstrip(':'): line for line in plan.stdout.splitlines()}
    assert fate['owners'].startswith('dropped') or 'from the rows of accounts' in fate['owners'], plan.stdout
    assert 'rebuilt  owners: from the rows of accounts' in plan.stdout, plan.stdout
    assert 'from the rows of lengths' in fate['frequencies'], plan.stdout
    assert 'from all that clicks has held' in fate['countries'], plan.stdout
    kept = [name for name, line in fate.items() if line.startswith('kept')]
    assert {'sessions', 'pages', 'accounts', 'notes', 'lengths', 'all_names'} <= set(kept), plan.stdout

    found = run(files, changed, '--workers', workers)
    assert rows_of(found) == expected(changed, files.folder, 0.5)
    after = states(files.look(changed, 'inspect').stdout)
    assert {name: before[name] for name in kept} == {name: after[name] for name in kept}

    # It is a directory as any other.
    files.write(0.8)
    run(files, changed, '--workers', workers)
    files.write(1)
    assert rows_of(run(files, changed, '--workers', workers)) == expected(changed, files.folder, 1)


def test_killed_while_it_is_made_anew(pipeline, changed, files):
    files.write(0.5)
    files.run(pipeline)
    with started(changed, '--until-end', *files.arguments, SQLMILL_KILL_AT='changes_captured') as one:
        assert one.wait() == -9, one.log
        assert 'made anew in' in one.log
    assert rows_of(run(files, changed)) == expected(changed, files.folder, 0.5)


def test_another_number_of_workers(pipeline, files):
    whole = recovery_case.expected(pipeline, files.folder, CLICKS, ACCOUNTS)
    for share, workers in ((0.2, 3), (0.4, 1), (0.6, 2), (0.8, 5), (1, 3)):
        files.write(share)
        last = files.run(pipeline, '--workers', workers)
        assert ('is that of 3 workers' in last.stderr) == (workers != 3)
    assert rows_of(last) == whole


def test_rows_that_are_nowhere_else_are_not_dropped_by_the_way(pipeline, build, files):
    files.write(0.2)
    files.run(pipeline)
    other = build('CREATE TABLE notes (line VARCHAR, weight BIGINT);\nCREATE MATERIALIZED VIEW n AS SELECT count(*) AS n FROM notes;\n', 'recovery')
    plan = files.look(other, 'plan')
    assert plan.returncode == 1 and 'lost     notes' in plan.stdout, plan.stdout
    with started(other, '--until-end', '--state', files.state) as one:
        assert one.wait() == 1
        assert 'has other columns of notes, whose rows are nowhere else' in one.log
    with started(other, '--until-end', '--state', files.state, '--allow-partial-rebuild', '--print', 'n', '--format', 'csv') as one:
        assert one.wait() == 0, one.log
        assert one.stdout.split() == ['n', '0']


def test_a_copy_goes_on_as_well(pipeline, files, tmp_path):
    whole = recovery_case.expected(pipeline, files.folder, CLICKS, ACCOUNTS)
    files.write(0.5)
    files.run(pipeline)
    copy = tmp_path / 'copy'
    done = pipeline.run('state', 'backup', '--state', str(files.state), '--to', str(copy))
    assert re.match(r'checkpoint \d+ of .* is in .*, and whole$', done.stdout.strip()), done.stdout
    refused = pipeline.run('state', 'backup', '--state', str(files.state), '--to', str(copy), check=False)
    assert refused.returncode == 1 and 'is not empty' in refused.stderr
    files.write(0.7)
    files.run(pipeline)
    files.state = tmp_path / 'restored'
    pipeline.run('state', 'restore', '--state', str(files.state), '--from', str(copy))
    files.write(1)
    last = files.run(pipeline)
    assert 'may be written twice' in last.stderr
    assert rows_of(last) == whole


def test_a_copy_of_a_directory_in_use(pipeline, files, tmp_path):
    """Is of the newest checkpoint that is kept."""
    import contextlib
    import os
    files.write(0.3)
    files.run(pipeline)
    os.mkfifo(files.folder / 'open')
    with contextlib.ExitStack() as stack:
        writer = os.open(files.folder / 'open', os.O_RDWR)
        stack.callback(os.close, writer)
        endless = [*files.arguments, *settings('clicks', path=files.folder / 'open')]
        run = stack.enter_context(started(pipeline, *endless))
        run.wait_for_log('recovery started')
        done = pipeline.run('state', 'backup', '--state', str(files.state), '--to', str(tmp_path / 'copy'))
        assert 'a program runs on the directory, and is ahead of it' in done.stdout
        assert run.stop() == 0
    assert pipeline.run('state', 'verify', '--state', str(tmp_path / 'copy')).returncode == 0
    assert not list(files.state.glob('backup-*'))
