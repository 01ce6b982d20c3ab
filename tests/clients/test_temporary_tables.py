"""Temporary tables of a session, as Tableau and others make them. What PostgreSQL can do, it does beside."""
import io
import struct

import psycopg2
import pytest

from serving import serving
from test_psycopg2 import SQL
from wire import SYNC, Wire, bind, describe, error, execute, kinds, parse, rows

ROWS = "insert into numbers values (1, 'one', 1.5), (2, 'two', 2.5), (3, 'a name that is longer than what is kept inline', null)"

# Each is one statement, or several in one simple query.
SCRIPTS = {
    'tableau': '''
        CREATE LOCAL TEMPORARY TABLE "#Tableau_1_Connect" ( "COL" INTEGER ) ON COMMIT PRESERVE ROWS
        DROP TABLE "#Tableau_1_Connect"
        CREATE GLOBAL TEMPORARY TABLE "#Tableau_2_Filter" ("X__alias__0" TEXT, "n" BIGINT, "d" DOUBLE PRECISION, "t" TIMESTAMP) ON COMMIT PRESERVE ROWS
        INSERT INTO "#Tableau_2_Filter" ("X__alias__0", "n") VALUES ('one', 1)
        INSERT INTO "#Tableau_2_Filter" VALUES ('two', 2, 0.5, '2026-04-01 09:00'), (NULL, NULL, NULL, NULL)
        SELECT * FROM "#Tableau_2_Filter"
        SELECT numbers.id FROM numbers JOIN "#Tableau_2_Filter" f ON numbers.name = f."X__alias__0" ORDER BY 1
        SELECT "#Tableau_2_Filter"."n", sum(rows) FROM totals, "#Tableau_2_Filter" GROUP BY 1 ORDER BY 1
        CREATE INDEX "_tidx_#Tableau_2_Filter" ON "#Tableau_2_Filter" ("n")
        CREATE TEMP TABLE "#Tableau_2_Filter" (a int)
        CREATE TEMP TABLE IF NOT EXISTS "#Tableau_2_Filter" (a int)
        DROP TABLE "#Tableau_2_Filter", nowhere
        DROP TABLE IF EXISTS nowhere, "#Tableau_2_Filter" CASCADE
        SELECT * FROM "#Tableau_2_Filter"
        SELECT id, name INTO TEMPORARY TABLE "#Tableau_3" FROM numbers WHERE amount > 2
        SELECT * FROM "#Tableau_3"''',
    'queries': '''
        CREATE TEMP TABLE t AS SELECT id, name, amount * 2 AS twice FROM numbers
        SELECT * FROM t ORDER BY id
        CREATE TEMP TABLE u (a, b) AS VALUES (1, 'x'), (2, 'y') WITH NO DATA
        SELECT * FROM u
        INSERT INTO u SELECT id, name FROM t
        SELECT t.id, u.b FROM t LEFT JOIN u ON u.a = t.id + 1 ORDER BY 1
        CREATE TEMP TABLE v (a, b, c) AS SELECT 1
        CREATE TEMP TABLE v AS SELECT 1 AS a, 2 AS a
        CREATE TEMP TABLE v AS SELECT no_such FROM t
        CREATE TEMP TABLE v AS SELECT x, x::text || repeat('-', 20) AS s FROM generate_series(1, 5000) x
        SELECT count(*), min(s), max(x) FROM v WHERE x % 7 = 0
        UPDATE v SET s = 'changed' WHERE x BETWEEN 1000 AND 3000
        DELETE FROM v WHERE x > 4000 OR x % 2 = 0
        SELECT count(*), count(*) FILTER (WHERE s = 'changed'), sum(x) FROM v
        UPDATE v SET s = n.name FROM numbers n WHERE n.id = v.x RETURNING v.x, v.s
        WITH w AS (SELECT max(x) AS x FROM v) SELECT * INTO TEMP w2 FROM w
        SELECT * FROM w2
        SELECT relname, relkind, relpersistence FROM pg_class WHERE relname IN ('t', 'u', 'v', 'w2') ORDER BY 1
        SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = 'v'::regclass AND attnum > 0 ORDER BY attnum
        SELECT table_name, table_type FROM information_schema.tables WHERE table_name IN ('t', 'numbers') ORDER BY 1
        SELECT column_name, data_type FROM information_schema.columns WHERE table_name = 't' ORDER BY ordinal_position
        SELECT pg_table_is_visible('t'::regclass), 'pg_temp.t'::regclass = 't'::regclass, to_regclass('pg_temp.no')
        SELECT n.nspname LIKE 'pg_temp_%', n.oid = pg_my_temp_schema() FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE relname = 't'
        TRUNCATE TABLE t, u
        SELECT count(*) FROM t
        SELECT * FROM pg_temp.t
        DISCARD TEMP
        SELECT * FROM t''',
    'keys': '''
        CREATE TEMP TABLE k (id int PRIMARY KEY, name varchar NOT NULL, note text DEFAULT 'none')
        INSERT INTO k (id, name) VALUES (1, 'a'), (2, 'b') RETURNING *
        INSERT INTO k VALUES (3, NULL)
        INSERT INTO k VALUES (1, 'again')
        INSERT INTO k VALUES (4, 'd'), (4, 'e')
        INSERT INTO k VALUES (1, 'c'), (5, 'e') ON CONFLICT (id) DO UPDATE SET note = EXCLUDED.name
        INSERT INTO k VALUES (1, 'c'), (6, 'f') ON CONFLICT DO NOTHING
        UPDATE k SET name = 'x' WHERE id = 1
        SELECT * FROM k ORDER BY id
        SELECT * FROM k WHERE id = 5
        SELECT indexdef FROM pg_indexes WHERE tablename = 'k_no'
        SELECT conname, contype FROM pg_constraint WHERE conrelid = 'k'::regclass''',
    'transactions': '''
        CREATE TEMP TABLE kept (a int)
        BEGIN
        CREATE TEMP TABLE t (a int)
        INSERT INTO t VALUES (1)
        INSERT INTO kept VALUES (1)
        ROLLBACK
        SELECT * FROM t
        SELECT * FROM kept
        BEGIN
        CREATE TEMP TABLE t (a int) ON COMMIT DELETE ROWS
        CREATE TEMP TABLE d (a int) ON COMMIT DROP
        INSERT INTO t VALUES (1)
        INSERT INTO d VALUES (1)
        SAVEPOINT s
        INSERT INTO t VALUES (2)
        DROP TABLE d
        ROLLBACK TO s
        SELECT t.a, d.a FROM t, d
        COMMIT
        SELECT * FROM t
        SELECT * FROM d
        CREATE TEMP TABLE g (a int) ON COMMIT DROP; INSERT INTO g VALUES (1); INSERT INTO kept SELECT a FROM g
        SELECT * FROM g
        SELECT * FROM kept
        BEGIN READ ONLY
        INSERT INTO kept VALUES (2)
        CREATE TEMP TABLE r (a int)
        ROLLBACK
        PREPARE p AS SELECT a FROM kept
        EXECUTE p
        DROP TABLE kept
        EXECUTE p
        CREATE TEMP TABLE kept (a int, b int); INSERT INTO kept VALUES (7, 8)
        EXECUTE p
        CREATE TEMP TABLE numbers (id text); INSERT INTO numbers VALUES ('hidden'); SELECT * FROM numbers
        SELECT count(*) FROM public.numbers
        DROP TABLE numbers
        SELECT count(*) FROM numbers
        DEALLOCATE p
        DISCARD ALL
        SELECT * FROM kept''',
}


@pytest.fixture(scope='module')
def numbers(build):
    with serving(build(SQL, 'numbers').binary) as server:
        server.psql('delete from numbers', ROWS)
        yield server


def connect(server):
    one = psycopg2.connect(host=server.host, port=server.port, dbname='dev', user='kit')
    one.autocommit = True
    return one


@pytest.fixture
def cursor(numbers):
    one = connect(numbers)
    yield one.cursor()
    one.close()


@pytest.fixture(scope='module')
def oracle(postgres):
    """A session of PostgreSQL in a database with the same tables."""
    admin = psycopg2.connect(host=str(postgres.folder), user=postgres.user, dbname='postgres')
    admin.autocommit = True
    admin.cursor().execute('create database temporary')
    setup = psycopg2.connect(host=str(postgres.folder), user=postgres.user, dbname='temporary')
    setup.autocommit = True
    setup.cursor().execute(SQL.replace('MATERIALIZED ', '') + ROWS)
    yield lambda: psycopg2.connect(host=str(postgres.folder), user=postgres.user, dbname='temporary')
    setup.close()
    admin.cursor().execute('drop database temporary with (force)')
    admin.close()


def run(connection, sql):
    """The error's code, or the tag and the rows; and the notices."""
    cursor = connection.cursor()
    connection.notices.clear()
    try:
        cursor.execute(sql)
    except psycopg2.Error as failed:
        return failed.pgcode
    found = [tuple(map(str, row)) for row in cursor.fetchall()] if cursor.description else None
    return cursor.statusmessage, found, [notice.strip() for notice in connection.notices if notice.startswith('NOTICE')]


@pytest.mark.parametrize('name', SCRIPTS)
def test_as_in_postgres(numbers, oracle, name):
    ours, theirs = connect(numbers), oracle()
    theirs.autocommit = True
    for sql in SCRIPTS[name].strip().split('\n'):
        assert run(ours, sql.strip()) == run(theirs, sql.strip()), sql
    ours.close()
    theirs.close()


def test_a_table_is_of_one_session(numbers, cursor):
    cursor.execute('create temp table t (a int); insert into t values (1)')
    other = connect(numbers)
    assert run(other, 'select * from t') == '42P01'
    assert run(other, "select count(*) from pg_class where relname = 't'")[1] == [('0',)]
    other.cursor().execute('create temp table t as select 2 as b')
    cursor.execute('select a from t')
    assert cursor.fetchall() == [(1,)]
    other.close()


def test_the_pipeline_stays_as_it_is(cursor):
    for sql in ('create table t (a int)', 'create table t as select 1', 'select 1 as a into t', 'drop table numbers', 'drop table if exists totals',
                'create index on numbers (amount)', 'truncate numbers', 'create temp view v as select 1', 'alter table t add column b int'):
        assert run(cursor.connection, sql) == '0A000', sql
    assert run(cursor.connection, 'create temp table public.t (a int)') == '42P16'


def test_errors_say_where(cursor):
    for sql, message, at in [('create local temporary table t (a int, b nothing)', 'syntax error', 'nothing'),
                             ('create temp table t as select 1, nothing', 'column "nothing"', 'nothing'),
                             ('select 1 into temp t from nothing', 'relation "nothing"', 'nothing'),
                             ('create temp table t (a int) on commit nothing', 'syntax error', 'nothing')]:
        with pytest.raises(psycopg2.Error, match=message) as caught:
            cursor.execute(sql)
        assert caught.value.diag.statement_position == str(sql.index(at) + 1), sql


def test_copy(cursor):
    cursor.execute('create temp table t (a int, b text)')
    cursor.copy_expert('copy t from stdin', io.StringIO('1\tone\n2\t\\N\n'))
    out = io.StringIO()
    cursor.copy_expert('copy t (b, a) to stdout (format csv)', out)
    assert out.getvalue() == 'one,1\n,2\n'
    # ADBC leaves the trailer of the binary format out, and PostgreSQL does not mind.
    begin = b'PGCOPY\n\xff\r\n\0' + bytes(8)
    row = struct.pack('>hiiii', 2, 4, 3, 5, 0)[:-4] + b'three'
    cursor.copy_expert('copy t from stdin binary', io.BytesIO(begin + row))
    with pytest.raises(psycopg2.errors.BadCopyFileFormat):
        cursor.copy_expert('copy t from stdin binary', io.BytesIO(begin + row + row[:-1]))
    cursor.execute('select count(*), max(b) from t')
    assert cursor.fetchall() == [(3, 'three')]


def test_rows_beyond_the_bound_are_refused(cursor):
    cursor.execute("create temp table t as select repeat('x', 1000) as text from generate_series(1, 40000)")
    assert run(cursor.connection, 'insert into t select * from t') == '53200'
    assert run(cursor.connection, 'create temp table u as select * from t') == '53200'
    cursor.execute('select count(*), sum(length(text)) from t')
    assert cursor.fetchall() == [(40000, 40000000)]
    assert run(cursor.connection, 'select * from u') == '42P01'
    cursor.execute('delete from t; insert into t select repeat(\'y\', 1000) from generate_series(1, 40000)')


def test_a_cursor_keeps_its_rows(cursor):
    cursor.execute('begin; create temp table t as select x from generate_series(1, 3000) x; declare c cursor for select sum(x) over (order by x) from t')
    cursor.execute('declare d cursor for select relname from pg_class order by 1; declare e cursor for select x from t')
    cursor.execute('fetch 1 from e; delete from t; drop table t; fetch all from c')
    assert len(cursor.fetchall()) == 3000
    cursor.execute('fetch all from e')
    assert len(cursor.fetchall()) == 2999
    cursor.execute('fetch all from d')
    assert ('t',) in cursor.fetchall()


def test_statements_that_are_prepared_find_the_table_that_is_there(numbers):
    wire = Wire(numbers)
    wire.query('create temp table t (a int); insert into t values (1)')
    wire.send(parse('select * from t', name='s'), bind(statement='s'), execute(), SYNC)
    assert rows(wire.until('Z')) == [[b'1']]
    wire.query('drop table t; create temp table t (a int); insert into t values (2)')
    wire.send(bind(statement='s'), describe(), execute(), SYNC)
    assert rows(wire.until('Z')) == [[b'2']]
    wire.query('drop table t; create temp table t (a text)')
    wire.send(bind(statement='s'), execute(), SYNC)
    assert error(wire.until('Z'))['M'] == 'cached plan must not change result type'
    wire.query('drop table t')
    wire.send(bind(statement='s'), execute(), SYNC)
    assert error(wire.until('Z'))['C'] == '42P01'
    wire.send(parse('insert into t values ($1)'), SYNC)
    assert kinds(wire.until('Z')) == 'EZ'
    wire.close()


def test_a_user_who_may_only_read_has_tables_of_his_own(build, tmp_path):
    users = tmp_path / 'users'
    users.write_text('reader read-only\n')
    with serving(build(SQL, 'numbers').binary, '--users', users) as server:
        one = psycopg2.connect(host=server.host, port=server.port, dbname='dev', user='reader')
        assert run(one, "create temp table t as select 1 as a")[0] == 'SELECT 1'
        assert run(one, 'insert into t values (2)')[0] == 'INSERT 0 1'
        assert run(one, "insert into numbers values (1, 'a')") == '42501'
        one.close()
