"""The clickstream tutorial, end to end: its result tables, events in any order and cut, late ones, twice, none at all."""
import json
import random

import pytest

import clickstream_case as case
from support import normalise

DEFINITIONS = {'table': case.TABLE, 'source': case.SOURCE, 'production source': case.PRODUCTION_SOURCE}
TABLES = case.tutorial_tables()
SESSION_S1003 = {'user_id': 'u3', 'session_id': 's1003', 'referrer_url': '/docs', 'device_type': 'desktop', 'country': 'DE'}
ADD_TO_CART = {'event_id': 'ev028', 'event_type': 'add_to_cart', 'page_url': '/products/pro-plan',
               'event_ts': '2026-04-01 09:03:00+00', **SESSION_S1003}


@pytest.fixture(scope='module')
def clickstream(build):
    return build(case.TABLE, 'clickstream')


@pytest.fixture(scope='module')
def before(clickstream):
    return clickstream.replay(('click_events', case.EVENTS), print=case.VIEWS).tables()


@pytest.fixture(scope='module')
def after(clickstream):
    return clickstream.replay(('click_events', case.EVENTS), ('click_events', case.LATE_EVENTS), print=case.VIEWS).tables()


def write(path, events):
    path.write_text(''.join(json.dumps(event) + '\n' for event in events))
    return path


def check_table(replayed, view, state):
    """`replayed` printed `view` alone, as a table."""
    printed = '\n'.join(line.rstrip() for line in replayed.stdout.splitlines() if line and not line.startswith('('))
    if view == 'device_conversion':  # 0 and 0.0: the tutorial's engine drops the scale, PostgreSQL does not.
        ours, theirs = case.cells(printed), case.cells(TABLES[view, state])
        assert ours[0] == theirs[0]
        assert normalise.rows(ours[1], ['numeric']) == normalise.rows(theirs[1], ['numeric'])
    else:
        # Of the names only the cells: psql centers a name of odd margin to the left, the tutorial's client to the right.
        assert case.cells(printed) == case.cells(TABLES[view, state])
        assert printed.splitlines()[1:] == TABLES[view, state].splitlines()[1:]


@pytest.mark.parametrize('view, state', TABLES)
@pytest.mark.parametrize('definition', DEFINITIONS)
def test_tables_of_the_tutorial(build, definition, view, state):
    inputs = [case.EVENTS, case.LATE_EVENTS][:1 if state == 'before' else 2]
    replayed = build(DEFINITIONS[definition], 'clickstream').replay(*[('click_events', path) for path in inputs],
                                                                    print=[view], format='table')
    check_table(replayed, view, state)


def test_numeric_scale_of_the_conversion_rate_is_postgresqls(before):
    assert [row[3] for row in before['device_conversion'][1]] == ['66.7', '0.0', '0.0']


def test_what_the_late_events_change(before, after):
    """What the tutorial says in words, or leaves to the reader."""
    traffic = {row[0]: row[1:] for row in after['click_mv_page_traffic'][1]}
    assert traffic['/checkout'] == ('4', '4', '4')
    changed = {view: set(after[view][1]) - set(before[view][1]) for view in case.VIEWS}
    assert changed['click_mv_page_traffic'] == {('/checkout', '4', '4', '4')}
    assert changed['click_mv_session_summary'] == {
        ('s1002', 'u2', 'mobile', 'UK', '2026-04-01 09:00:30+00:00', '2026-04-01 09:06:30+00:00', '360.000000', '6', '4', '1', '1')}
    assert changed['device_conversion'] == {('mobile', '2', '1', '50.0')}
    assert changed['click_mv_conversion_metrics'] == set()
    assert set(before['click_mv_conversion_metrics'][1]) - set(after['click_mv_conversion_metrics'][1]) == {
        ('s1002', 'u2', 'mobile', 'UK', 'cart_abandonment')}


def test_pages_with_as_many_views_keep_one_order(after):
    assert [row[:2] for row in after['click_mv_page_traffic'][1]] == [
        ('/home', '6'), ('/products', '5'), ('/checkout', '4'), ('/products/pro-plan', '4'), ('/docs', '1'), ('/pricing', '1')]


def test_insert_statements(build, before, after):
    pipeline = build(case.table_with_inserts(), 'clickstream')
    assert pipeline.replay(print=case.VIEWS).tables() == after
    changes = pipeline.replay(print=case.VIEWS, changes=True).changes()
    for view in case.VIEWS:
        assert set(changes[view]) <= {1, 2}
        assert sorted(changes[view][1].elements()) == sorted(before[view][1])
    # Files come behind the statements.
    again = pipeline.replay(('click_events', case.LATE_EVENTS), print=['click_mv_page_traffic']).rows('click_mv_page_traffic')
    assert ('/checkout', '5', '4', '4') in again


def test_the_purchase_removes_the_row_from_view_and_sink(clickstream):
    changes = clickstream.replay(('click_events', case.EVENTS), ('click_events', case.LATE_EVENTS),
                                 print=['click_mv_conversion_metrics', case.SINK], changes=True).changes()
    cart = ('s1002', 'u2', 'mobile', 'UK', 'cart_abandonment')
    for relation in ('click_mv_conversion_metrics', case.SINK):
        assert changes[relation][1][cart] == 1
        assert changes[relation][2] == {cart: -1}


@pytest.mark.parametrize('definition', DEFINITIONS)
def test_a_late_add_to_cart_reclassifies_its_session(build, tmp_path, definition):
    late = write(tmp_path / 'late.ndjson', [ADD_TO_CART])
    changes = build(DEFINITIONS[definition], 'clickstream').replay(
        ('click_events', case.EVENTS), ('click_events', late), changes=True,
        print=['click_mv_conversion_metrics', 'click_mv_session_summary', case.SINK]).changes()
    session = ('s1003', 'u3', 'desktop', 'DE')
    assert changes['click_mv_conversion_metrics'][2] == {(*session, 'browse_abandonment'): -1, (*session, 'cart_abandonment'): 1}
    assert changes[case.SINK][2] == {(*session, 'cart_abandonment'): 1}
    summary = (*session, '2026-04-01 09:01:00+00:00', '2026-04-01 09:05:00+00:00', '240.000000')
    assert changes['click_mv_session_summary'][2] == {(*summary, '3', '3', '0', '0'): -1, (*summary, '4', '3', '1', '0'): 1}


def test_duplicates_count_twice_but_are_one_visitor(clickstream, tmp_path, before):
    twice = write(tmp_path / 'twice.ndjson', [event for event in case.events() for _ in range(2)])
    views = clickstream.replay(('click_events', twice), print=case.VIEWS).tables()
    for view in ('click_mv_funnel_analysis', 'click_mv_conversion_metrics', 'device_conversion'):
        assert views[view] == before[view]
    assert views['click_mv_page_traffic'][1] == [
        (page, str(2 * int(views_)), users, sessions) for page, views_, users, sessions in before['click_mv_page_traffic'][1]]
    assert [row[:7] for row in views['click_mv_session_summary'][1]] == [row[:7] for row in before['click_mv_session_summary'][1]]
    assert [row[7:] for row in views['click_mv_session_summary'][1]] == [
        tuple(str(2 * int(cell)) for cell in row[7:]) for row in before['click_mv_session_summary'][1]]


@pytest.mark.parametrize('workers', [1, 4])
@pytest.mark.parametrize('inputs', [0, 1])
def test_empty_input(clickstream, tmp_path, workers, inputs):
    empty = write(tmp_path / 'empty.ndjson', [])
    replayed = clickstream.replay(*[('click_events', empty)] * inputs, print=case.VIEWS, workers=workers)
    rows = {view: rows for view, (_, rows) in replayed.tables().items()}
    # An aggregate without GROUP BY has its row from the start.
    assert rows.pop('click_mv_funnel_analysis') == [('0',) * 7]
    assert all(not found for found in rows.values())
    assert replayed.summary.events == 0 and replayed.summary.errors == 0


def cut_into_files(events, chance, folder):
    """Random files, in their order."""
    count = chance.randint(1, 5)
    cuts = sorted(chance.randint(0, len(events)) for _ in range(count - 1))
    return [write(folder / f'{i}.ndjson', events[start:stop]) for i, (start, stop) in enumerate(zip([0, *cuts], [*cuts, len(events)]))]


@pytest.mark.parametrize('definition', ['table', 'source'])
def test_any_order_and_any_cut_into_epochs(build, tmp_path, after, definition):
    """1,000 seeded shuffles of the sample with its late events, cut into files and epochs at random, on 1 to 4 workers."""
    pipeline = build(DEFINITIONS[definition], 'clickstream')
    events = case.events() + case.events(case.LATE_EVENTS)
    for seed in range(500):
        chance = random.Random(f'{definition} {seed}')
        chance.shuffle(events)
        files = cut_into_files(events, chance, tmp_path)
        epoch_rows, workers = chance.randint(1, len(events)), chance.randint(1, 4)
        views = pipeline.replay(*[('click_events', file) for file in files], print=case.VIEWS, epoch_rows=epoch_rows,
                                workers=workers).tables()
        assert views == after, f'seed {seed}, {epoch_rows} rows an epoch, {workers} workers, {len(files)} files'


@pytest.mark.parametrize('epoch_rows', [1, 2, 7])
def test_changes_add_up_to_the_view(clickstream, before, after, epoch_rows):
    """The changes up to the end of any epoch are the view of the events so far; none is a row out and in again."""
    replayed = clickstream.replay(('click_events', case.EVENTS), ('click_events', case.LATE_EVENTS), print=case.VIEWS, changes=True,
                                  epoch_rows=epoch_rows)
    epoch_of_25 = -(-25 // epoch_rows)
    for view, epochs in replayed.changes().items():
        total = {}
        for epoch in sorted(epochs):
            for row, weight in epochs[epoch].items():
                assert weight in (1, -1)
                total[row] = total.get(row, 0) + weight
                assert total[row] in (0, 1), f'{view}, epoch {epoch}: {row}'
            if epoch == max(e for e in epochs if e <= epoch_of_25):
                assert sorted(row for row, count in total.items() if count) == sorted(before[view][1])
        assert sorted(row for row, count in total.items() if count) == sorted(after[view][1])


@pytest.mark.parametrize('workers', [2, 3, 4])
def test_changes_do_not_depend_on_workers(clickstream, workers):
    inputs = [('click_events', case.EVENTS), ('click_events', case.LATE_EVENTS)]
    one, several = (clickstream.replay(*inputs, print=case.VIEWS, changes=True, epoch_rows=3, workers=count).changes()
                    for count in (1, workers))
    assert several == one


def test_json_output(clickstream):
    lines = [json.loads(line) for line in clickstream.replay(
        ('click_events', case.EVENTS), print=['click_mv_session_summary'], format='json').stdout.splitlines()]
    assert lines[0] == {'session_id': 's1001', 'user_id': 'u1', 'device_type': 'desktop', 'country': 'US',
                        'session_start': '2026-04-01 09:00:00+00:00', 'session_end': '2026-04-01 09:05:20+00:00',
                        'duration_seconds': 320.0, 'total_events': 6, 'page_views': 4, 'add_to_carts': 1, 'purchases': 1}
    assert len(lines) == 6


def test_postgresql_agrees(postgres, before, after):
    with postgres.schema() as session:
        for statement in case.TABLE.split(';'):
            if 'CREATE SINK' not in statement and statement.strip():
                session.execute(statement.replace('CREATE MATERIALIZED VIEW', 'CREATE VIEW'))
        for rows, expected in ((case.events(), before), (case.events(case.LATE_EVENTS), after)):
            session.execute(case.insert_statement(rows))
            for view in case.VIEWS:
                theirs = normalise.rows(session.rows(f'SELECT * FROM {view}'))
                assert normalise.in_any_order(expected[view][1]) == normalise.in_any_order(theirs)
