"""CREATE INDEX: what queries find by it, whatever changes meanwhile, and what catalogs say of it."""
import random
import sys

import psycopg2
import pytest

from support.pipeline import ROOT

sys.path.insert(0, str(ROOT / 'tests/clients'))

from serving import serving  # noqa: E402

SQL = """
CREATE TABLE people (id INT PRIMARY KEY, name VARCHAR, town VARCHAR, age INT, score NUMERIC);
CREATE TABLE notes (what VARCHAR, n INT);
CREATE MATERIALIZED VIEW by_town AS SELECT town, age, count(*) AS people, max(name) AS last FROM people GROUP BY town, age;
CREATE INDEX people_town ON people (town);
CREATE INDEX people_town_age ON people (town, age DESC);
CREATE INDEX people_score ON people (score);
CREATE INDEX view_people ON by_town (people);
CREATE INDEX view_age ON by_town (age);
CREATE INDEX lower_name ON people (lower(name));
CREATE INDEX notes_n ON notes (n);
"""
TOWNS = ['Rome', 'Oslo', 'a town whose name is longer than what is kept inline', None]


@pytest.fixture(scope='module', params=[1, 3], ids=['1 worker', '3 workers'])
def server(build, request):
    with serving(build(SQL, 'indexes').binary, '--workers', request.param) as one:
        yield one


@pytest.fixture
def session(server):
    connection = psycopg2.connect(host=server.host, port=server.port, dbname='dev', user='kit')
    connection.autocommit = True
    cursor = connection.cursor()
    cursor.execute('delete from people')
    yield cursor
    connection.close()


def rows(cursor, sql, *values):
    cursor.execute(sql, values or None)
    return sorted(cursor.fetchall(), key=repr)


def plan(cursor, sql):
    cursor.execute('explain ' + sql)
    return '\n'.join(line for line, in cursor.fetchall())


def fill(session, count=500):
    session.execute(f"insert into people select g, 'name ' || g, (array['Rome', 'Oslo', '{TOWNS[2]}'])[g % 4 + 1], g % 7, (g % 5) / 2.0 "
                    f'from generate_series(1, {count}) g')


def test_which_index_is_used(session):
    fill(session)
    for condition, used in [("town = 'Rome'", 'Index look-up using people_town]'), ("town = 'Rome' and age = 3", 'Index look-up using people_town_age]'),
                            ("town in ('Rome', 'Oslo') and name > 'name 3'", 'Index look-up using people_town]'),
                            ("town = 'Rome' or town = 'Oslo' and age > 2", 'Index look-up using people_town]'),
                            ('score = 1.5', 'Index look-up using people_score]'), ('id = 4', '[look-up by key]'), ('id in (4, 5, 4)', '[look-up by key]'),
                            ("town = 'Rome' and id = 4", '[look-up by key]')]:
        assert used in plan(session, f'select * from people where {condition}'), condition
        assert rows(session, f'select * from people where {condition}') == rows(session, f'select * from (select * from people offset 0) p where {condition}')
    for condition in ["town > 'Rome'", 'age = 3', "town is null", "town = 'Rome' or age = 3", "lower(name) = 'name 3'", "town <> 'Rome'"]:
        assert 'look-up' not in plan(session, f'select * from people where {condition}'), condition
    assert 'look-up' not in plan(session, 'select * from notes where n = 1')
    assert rows(session, 'select count(*) from people where score = 1.50') == [(100,)]
    assert rows(session, 'select count(*) from people where town = %s', TOWNS[2]) == [(125,)]
    assert rows(session, 'select people, count(*) from by_town where people in (17, 18, 18) group by 1') == rows(
        session, 'select people, count(*) from (select * from by_town offset 0) v where people in (17, 18) group by 1')


def test_an_update_by_an_index(session):
    fill(session)
    session.execute("update people set town = 'Bonn' where town = 'Oslo'")
    assert session.statusmessage == 'UPDATE 125'
    session.execute("delete from people where town = 'Bonn' and age = 2")
    left = 125 - session.rowcount
    assert rows(session, "select count(*) from people where town = 'Bonn'") == [(left,)]
    assert rows(session, "select count(*) from people where town = 'Oslo'") == [(0,)]


def test_too_many_rows_are_scanned(session):
    fill(session, 80000)
    assert rows(session, "select count(*), min(id), max(id) from people where town = 'Oslo'") == [(20000, 1, 79997)]
    assert rows(session, "select count(*) from people where town = 'Oslo' and age = 3") == [(2857,)]


def test_random_changes(server, session):
    """Epochs that are pinned keep what they find, and the newest one finds what a scan does."""
    of = random.Random(5)
    pinned = []

    def looks(cursor):
        answers = []
        for town in TOWNS[:3]:
            answers.append(rows(cursor, 'select * from people where town = %s', town))
            answers.append(rows(cursor, 'select * from people where town = %s and age in (1, 2)', town))
        answers.append(rows(cursor, 'select * from by_town where people in (1, 2)'))
        answers.append(rows(cursor, 'select * from by_town where age = 3'))
        return answers

    def scans(cursor):
        everyone, towns = rows(cursor, 'select * from people'), rows(cursor, 'select * from by_town')
        answers = []
        for town in TOWNS[:3]:
            answers.append([p for p in everyone if p[2] == town])
            answers.append([p for p in everyone if p[2] == town and p[3] in (1, 2)])
        return [*answers, [t for t in towns if t[2] in (1, 2)], [t for t in towns if t[1] == 3]]

    for step in range(60):
        ids = ', '.join(str(of.randint(1, 60)) for _ in range(8))
        kind = of.randrange(4)
        if kind == 0:
            session.execute(f'delete from people where id in ({ids})')
        elif kind == 1:
            session.execute(f'update people set town = %s, age = %s where id in ({ids})', (of.choice(TOWNS), of.randint(0, 4)))
        else:
            session.execute('insert into people values ' + ', '.join(['(%s, %s, %s, %s, 1)'] * 8), [
                value for _ in range(8) for value in (of.randint(1, 60), of.choice(['x', 'y']), of.choice(TOWNS), of.randint(0, 4))])
        assert looks(session) == scans(session), step
        if step % 10 == 3:
            connection = psycopg2.connect(host=server.host, port=server.port, dbname='dev', user='kit')
            connection.set_session(isolation_level='REPEATABLE READ')
            cursor = connection.cursor()
            pinned.append((connection, cursor, scans(cursor)))
        if step % 15 == 14:
            pinned.pop(of.randrange(len(pinned)))[0].close()
        for _, cursor, seen in pinned:
            assert looks(cursor) == seen, step
    for connection, _, _ in pinned:
        connection.close()


def test_a_block_that_has_changed_the_table(session):
    fill(session, 20)
    session.execute('begin')
    session.execute("update people set town = 'Oslo' where id = 2")
    assert (2,) in rows(session, "select id from people where town = 'Oslo'")
    session.execute('commit')
    assert (2,) in rows(session, "select id from people where town = 'Oslo'")


def test_what_catalogs_say(session):
    fill(session)
    assert rows(session, "select indexname, indexdef from pg_indexes where indexname like 'people_town%' and tablename = 'people'") == [
        ('people_town', 'CREATE INDEX people_town ON public.people USING btree (town)'),
        ('people_town_age', 'CREATE INDEX people_town_age ON public.people USING btree (town, age DESC)')]
    assert rows(session, "select indoption::text from pg_index where indexrelid = 'people_town_age'::regclass") == [('0 3',)]
    assert rows(session, "select c.relname, pg_get_indexdef(i.indexrelid), i.indisunique from pg_index i join pg_class c on c.oid = i.indexrelid "
                         "where i.indrelid = 'by_town'::regclass and c.relname like 'view%'") == [
        ('view_age', 'CREATE INDEX view_age ON public.by_town USING btree (age)', False),
        ('view_people', 'CREATE INDEX view_people ON public.by_town USING btree (people)', False)]
    assert rows(session, "select records, bytes > 10000 from sqlmill_operators where name = 'people_town'") == [(375, True)]
