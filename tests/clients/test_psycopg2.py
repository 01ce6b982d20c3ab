"""psycopg2: writes, types, transactions, cursors and COPY."""
import datetime
import decimal
import io

import psycopg2
import pytest

from serving import serving

SQL = """
CREATE TABLE numbers (id INT PRIMARY KEY, name VARCHAR NOT NULL, amount NUMERIC, at TIMESTAMPTZ, note VARCHAR DEFAULT 'none');
CREATE MATERIALIZED VIEW totals AS SELECT count(*) AS rows, sum(amount) AS amount FROM numbers;
"""


@pytest.fixture(scope='module')
def numbers(build):
    with serving(build(SQL, 'numbers').binary) as server:
        yield server


@pytest.fixture
def connection(numbers):
    one = psycopg2.connect(host=numbers.host, port=numbers.port, dbname='dev', user='kit')
    one.autocommit = True
    one.cursor().execute('delete from numbers')
    yield one
    one.close()


def rows(connection, sql, *values):
    cursor = connection.cursor()
    cursor.execute(sql, values or None)
    return cursor.fetchall()


def test_what_is_written_is_visible(connection):
    cursor = connection.cursor()
    cursor.execute('insert into numbers values (1, %s, 1.50, %s), (2, %s, null, null) returning id, note',
                   ("it's", datetime.datetime(2026, 4, 1, 9, tzinfo=datetime.timezone.utc), 'b'))
    assert cursor.fetchall() == [(1, 'none'), (2, 'none')]
    assert cursor.statusmessage == 'INSERT 0 2'
    assert rows(connection, 'select * from totals') == [(2, decimal.Decimal('1.50'))]
    assert rows(connection, 'select at from numbers where id = 1') == [(datetime.datetime(2026, 4, 1, 9, tzinfo=datetime.timezone.utc),)]
    cursor.execute('update numbers set amount = 3 where id = 2')
    assert cursor.rowcount == 1
    cursor.execute('delete from numbers where id = 1')
    assert rows(connection, 'select * from totals') == [(1, 3)]


def test_errors(connection):
    for sql, code in [('insert into numbers (id) values (1)', '23502'), ('select 1/0', '22012'), ('selec', '42601'),
                      ('select x from numbers', '42703'), ('select * from nowhere', '42P01'), ('create table x (a int)', '0A000'),
                      ("insert into numbers values (1, 'a', 'x')", '22P02')]:
        with pytest.raises(psycopg2.Error) as caught:
            connection.cursor().execute(sql)
        assert caught.value.pgcode == code, sql
    assert rows(connection, 'select 1') == [(1,)]


def test_what_a_transaction_inserts_becomes_visible_together(connection, numbers):
    other = psycopg2.connect(host=numbers.host, port=numbers.port, dbname='dev', user='kit')
    other.autocommit = True
    connection.autocommit = False
    cursor = connection.cursor()
    cursor.execute("insert into numbers values (1, 'a'), (2, %s) returning name", ('a text that is longer than any that is kept inline',))
    assert cursor.fetchall()[1] == ('a text that is longer than any that is kept inline',)
    cursor.execute('savepoint s')
    cursor.execute("insert into numbers values (3, 'c')")
    cursor.execute('rollback to s')
    cursor.copy_expert('copy numbers (id, name) from stdin', io.StringIO('4\td\n'))
    assert rows(other, 'select rows from totals') == [(0,)]
    connection.commit()
    assert rows(other, 'select id, name from numbers order by 1') == [(1, 'a'), (2, 'a text that is longer than any that is kept inline'), (4, 'd')]
    cursor.execute("insert into numbers values (5, 'e')")
    connection.rollback()
    assert rows(other, 'select rows from totals') == [(3,)]
    cursor.execute("insert into numbers values (6, 'f')")
    with pytest.raises(psycopg2.errors.FeatureNotSupported, match='views follow when it is committed'):
        cursor.execute('select * from totals')
    connection.rollback()
    cursor.execute("update numbers set note = 'changed' where id < 3")
    cursor.execute('select id, note from numbers where id > 1 order by id')
    assert cursor.fetchall() == [(2, 'changed'), (4, 'none')]
    connection.commit()
    assert rows(other, "select count(*) from numbers where note = 'changed'") == [(2,)]


def test_a_transaction_reads_one_epoch(connection, numbers):
    other = psycopg2.connect(host=numbers.host, port=numbers.port, dbname='dev', user='kit')
    other.autocommit = True
    connection.set_session(isolation_level='REPEATABLE READ', autocommit=False)
    assert rows(connection, 'select count(*) from numbers') == [(0,)]
    other.cursor().execute("insert into numbers values (1, 'a')")
    assert rows(other, 'select rows from totals') == [(1,)]
    assert rows(connection, 'select rows from totals') == [(0,)]
    connection.commit()
    assert rows(connection, 'select rows from totals') == [(1,)]
    connection.rollback()
    connection.set_session(isolation_level='DEFAULT')  # READ COMMITTED, as in PostgreSQL.
    assert rows(connection, 'select count(*) from numbers') == [(1,)]
    other.cursor().execute("insert into numbers values (2, 'a')")
    assert rows(connection, 'select count(*) from numbers') == [(2,)]
    connection.rollback()


def test_cursors_see_their_epoch(connection, numbers):
    connection.cursor().execute('insert into numbers select g, g::text from generate_series(1, 5000) g')
    connection.autocommit = False
    cursor = connection.cursor('c')
    cursor.itersize = 1000
    cursor.execute('select id from numbers')
    first = cursor.fetchmany(10)
    other = psycopg2.connect(host=numbers.host, port=numbers.port, dbname='dev', user='kit')
    other.autocommit = True
    other.cursor().execute('delete from numbers')
    assert sorted(first + cursor.fetchall()) == [(i,) for i in range(1, 5001)]
    connection.rollback()


def test_scroll_and_hold(connection):
    cursor = connection.cursor()
    cursor.execute('begin')
    cursor.execute('declare c scroll cursor with hold for select g from generate_series(1, 10) g')
    cursor.execute('commit')
    seen = []
    for fetch in ['next', 'forward 2', 'prior', 'last', 'absolute 5', 'relative -1', 'backward 2', 'first', 'forward all', 'next', 'prior']:
        cursor.execute(f'fetch {fetch} from c')
        seen.append([row[0] for row in cursor.fetchall()])
    assert seen == [[1], [2, 3], [2], [10], [5], [4], [3, 2], [1], [2, 3, 4, 5, 6, 7, 8, 9, 10], [], [10]]
    cursor.execute('move absolute 3 in c')
    assert cursor.statusmessage == 'MOVE 1'
    cursor.execute('close c')
    with pytest.raises(psycopg2.errors.InvalidCursorName):
        cursor.execute('fetch c')


def test_prepared_statements(connection):
    cursor = connection.cursor()
    cursor.execute('prepare p (int, text) as select $1 + 1, $2')
    cursor.execute("execute p (41, 'x')")
    assert cursor.fetchall() == [(42, 'x')]
    with pytest.raises(psycopg2.errors.SyntaxError, match='wrong number of parameters'):
        cursor.execute('execute p (1)')
    cursor.execute('deallocate p')
    with pytest.raises(psycopg2.errors.InvalidSqlStatementName):
        cursor.execute('execute p (1)')


@pytest.mark.parametrize('options', ['', '(format csv, header)', '(format binary)'])
def test_copy_there_and_back(connection, options):
    cursor = connection.cursor()
    cursor.execute(r"""insert into numbers select g, e'tab\t"quote" \\ line\n' || g, g * 1.5, null, '' from generate_series(1, 1000) g""")
    data = io.BytesIO()
    cursor.copy_expert(f'copy numbers to stdout {options}', data)
    before = rows(connection, 'select * from numbers order by 1')
    cursor.execute('delete from numbers')
    data.seek(0)
    cursor.copy_expert(f'copy numbers from stdin {options}', data)
    assert cursor.rowcount == 1000
    assert rows(connection, 'select * from numbers order by 1') == before


def test_copy_of_some_columns(connection):
    cursor = connection.cursor()
    cursor.copy_expert('copy numbers (name, id) from stdin', io.StringIO('a\t1\nb\t2\n'))
    assert rows(connection, 'select id, name, note from numbers order by 1') == [(1, 'a', 'none'), (2, 'b', 'none')]
    with pytest.raises(psycopg2.errors.InvalidTextRepresentation) as caught:
        cursor.copy_expert('copy numbers (name, id) from stdin', io.StringIO('c\t3\nd\tx\n'))
    assert caught.value.diag.context == 'COPY numbers, line 2, column id'
    assert rows(connection, 'select count(*) from numbers') == [(2,)]


def test_session_statements(connection):
    cursor = connection.cursor()
    assert rows(connection, 'show tables') == [('numbers',)]
    assert rows(connection, 'show materialized views') == [('totals',)]
    assert rows(connection, 'describe numbers')[0] == ('id', 'integer', 'false', None)
    assert rows(connection, 'show create materialized view totals')[0][1].startswith('CREATE MATERIALIZED VIEW totals AS')
    cursor.execute('flush')
    cursor.execute("set application_name to 'x'")
    assert rows(connection, 'show application_name') == [('x',)]
    cursor.execute('discard all')
    assert rows(connection, 'show application_name') == [('',)]
    cursor.execute("set timezone to 'Europe/Berlin'")
    assert 'times are written in UTC' in connection.notices[-1]


def test_functions_of_types_are_named(connection):
    """ADBC's driver knows types by them."""
    found = rows(connection, "select typname, typreceive, typsend::text, typmodin from pg_type where typname in ('int4', '_int4', 'text') and "
                             "typreceive <> 0 and typreceive::text <> 'record_recv' order by 1")
    assert found == [('_int4', 'array_recv', 'array_send', '-'), ('int4', 'int4recv', 'int4send', '-'), ('text', 'textrecv', 'textsend', '-')]
    assert rows(connection, "select count(*) from pg_attribute where attrelid = 'numbers'::regclass and atttypid::regtype <> 'text'::regtype and "
                            "'character varying'::regtype != atttypid::regtype and attnum > 0") == [(3,)]
    assert rows(connection, "select array[23, 25]::oid[]::regtype[], null::oid[]::regtype[]::text[]") == [(['integer', 'text'], None)]


def test_rows_without_columns(connection):
    cursor = connection.cursor()
    cursor.execute("insert into numbers values (1, 'a'), (2, 'b')")
    assert cursor.description is None
    cursor.execute('select from numbers')
    assert cursor.fetchall() == [(), ()]
    assert cursor.statusmessage == 'SELECT 2'
    cursor.execute('prepare nothing as select from numbers where id > $1')
    cursor.execute('execute nothing(1)')
    assert cursor.fetchall() == [()]
