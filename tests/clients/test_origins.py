"""Of which column of which relation a result's column is: what RowDescription says, beside PostgreSQL."""
import psycopg2
import pytest

from serving import serving
from wire import SYNC, Wire, bind, describe, execute, parse

SQL = """
CREATE TABLE items (id BIGINT PRIMARY KEY, name VARCHAR, amount NUMERIC);
CREATE TABLE owners (id BIGINT PRIMARY KEY, item BIGINT, name VARCHAR);
CREATE VIEW plain AS SELECT name AS called, amount, id + 1 AS next FROM items;
CREATE VIEW beyond AS SELECT called, next FROM plain;
CREATE MATERIALIZED VIEW totals AS SELECT name, sum(amount) AS total, count(*) AS n FROM items GROUP BY name;
"""
QUERIES = """
SELECT * FROM items
SELECT name, id, amount * 2, 1, 'x', NULL FROM items ORDER BY amount LIMIT 3
SELECT amount AS a, (SELECT max(id) FROM owners) FROM items WHERE id = 1
SELECT i.name, o.name, o.id FROM items i JOIN owners o ON o.item = i.id
SELECT i.name, o.* FROM items i LEFT JOIN owners o ON o.item = i.id
SELECT id, i.id, o.id FROM items i JOIN owners o USING (id)
SELECT id, i.id, o.id FROM items i RIGHT JOIN owners o USING (id)
SELECT id, i.id, o.id FROM items i FULL JOIN owners o USING (id)
SELECT * FROM items NATURAL JOIN owners
SELECT * FROM plain
SELECT p.called, p.next, i.id FROM plain p, items i
SELECT * FROM beyond
SELECT called FROM (SELECT called FROM beyond) s
SELECT * FROM totals
SELECT total + 1, n AS count FROM totals t
SELECT s.a, s.b, s.c FROM (SELECT id, name, upper(name) FROM items) AS s (a, b, c)
WITH w AS (SELECT name, id FROM items), x (y) AS (SELECT name FROM w) SELECT w.name, x.y, w.id FROM w JOIN x ON x.y = w.name
WITH RECURSIVE r (n) AS (SELECT id FROM items UNION ALL SELECT n + 1 FROM r WHERE n < 3) SELECT n FROM r
SELECT name FROM items UNION ALL SELECT name FROM owners
SELECT id FROM items INTERSECT SELECT id FROM owners
SELECT u.name FROM (SELECT name FROM items UNION SELECT name FROM owners) u
SELECT name, max(amount), count(*) FROM items GROUP BY name HAVING count(*) > 0
SELECT DISTINCT name, amount FROM items
SELECT DISTINCT ON (name) id, name FROM items ORDER BY name, id
SELECT name, grouping(name) FROM items GROUP BY ROLLUP (name)
SELECT name, row_number() OVER (ORDER BY id), lag(name) OVER (ORDER BY id) FROM items
SELECT i.id, l.name FROM items i, LATERAL (SELECT o.name FROM owners o WHERE o.item = i.id LIMIT 1) l
SELECT g, i.id FROM generate_series(1, 2) g, items i
SELECT id, name FROM items WHERE id IN (SELECT item FROM owners)
SELECT id::int, upper(name), CASE WHEN id > 1 THEN name END, coalesce(name, '') FROM items
VALUES (1, 'a')
INSERT INTO items VALUES (100, 'x', 1) RETURNING id, name, amount + 1
UPDATE items SET amount = 2 WHERE id = 100 RETURNING amount, *
UPDATE items SET amount = o.id FROM owners o WHERE o.item = items.id RETURNING items.id, o.name
DELETE FROM items WHERE id = 100 RETURNING id, lower(name)
SELECT oid, relname, relkind::text FROM pg_class WHERE relname = 'none'
SELECT table_name, column_name FROM information_schema.columns WHERE table_name = 'none'
""".strip().splitlines()


@pytest.fixture(scope='module')
def server(build):
    with serving(build(SQL, 'origins').binary) as one:
        yield one


@pytest.fixture(scope='module')
def theirs(postgres):
    with postgres.schema() as session:
        session.execute(SQL)
        yield session.cursor


@pytest.fixture(scope='module')
def ours(server):
    connection = psycopg2.connect(host=server.host, port=server.port, dbname='dev', user='root')
    connection.autocommit = True
    yield connection.cursor()
    connection.close()


def origins(cursor, query):
    """The relation and the column's name for each column of the result; None: it is of none."""
    cursor.execute(query)
    described = [(column.table_oid, column.table_column) for column in cursor.description]
    found = []
    for oid, number in described:
        if not oid:
            assert not number
            found.append(None)
            continue
        cursor.execute('SELECT c.relname, a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid WHERE c.oid = %s AND a.attnum = %s',
                       (oid, number))
        found.append(cursor.fetchone())
    return found


@pytest.mark.parametrize('query', QUERIES)
def test_as_postgres(query, ours, theirs):
    assert origins(ours, query) == origins(theirs, query)


def test_prepared_and_temporary(ours):
    ours.execute('CREATE TEMP TABLE mine (a int, b text)')
    ours.execute('CREATE TEMP TABLE more AS SELECT b FROM mine')
    assert origins(ours, 'SELECT m.b, o.b, i.name FROM mine m, more o, items i') == [('mine', 'b'), ('more', 'b'), ('items', 'name')]
    ours.execute('PREPARE p AS SELECT name, id FROM items')
    assert origins(ours, 'EXECUTE p') == [('items', 'name'), ('items', 'id')]
    ours.execute('DISCARD ALL')


def test_describe_of_statements_and_portals(server):
    """The same before and behind Bind."""
    wire = Wire(server)
    wire.send(parse('SELECT id, name || name FROM items', 's'), describe('S', 's'), bind(statement='s'), describe('P'), execute(), SYNC)
    said = [body for kind, body in wire.until('Z') if kind == 'T']
    assert len(said) == 2 and said[0] == said[1]
    wire.close()
