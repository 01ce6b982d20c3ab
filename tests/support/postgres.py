"""A real PostgreSQL 15 in a temporary folder, reached by a unix socket. The oracle of the tests."""
import contextlib
import io
import itertools
import os
import pathlib
import pwd
import shutil
import subprocess
import tempfile

import psycopg2

from support import csv_text

PROGRAMS = pathlib.Path(os.environ.get('POSTGRES_BIN', '/usr/lib/postgresql/15/bin'))
SETTINGS = {'timezone': 'UTC', 'listen_addresses': '', 'fsync': 'off', 'synchronous_commit': 'off', 'full_page_writes': 'off',
            'autovacuum': 'off', 'max_connections': '20', 'jit': 'off'}


class Postgres:
    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix='sqlmill-postgres-'))
        self.names = itertools.count()
        # PostgreSQL refuses to run as root; elsewhere it runs as whoever runs the tests.
        self.prefix = ['runuser', '-u', 'postgres', '--'] if os.getuid() == 0 else []
        self.user = 'postgres' if os.getuid() == 0 else pwd.getpwuid(os.getuid()).pw_name
        if os.getuid() == 0:
            shutil.chown(self.folder, 'postgres')
        self._run('initdb', '-D', self.folder / 'data', '--locale=C.UTF-8', '--encoding=UTF8', '-A', 'trust', '--no-sync')
        options = ' '.join(f'-c {name}={value!r}' for name, value in SETTINGS.items())
        self._run('pg_ctl', '-D', self.folder / 'data', '-l', self.folder / 'log', '-w', '-o', f'-k {self.folder} {options}', 'start')

    def _run(self, program, *arguments):
        command = [*self.prefix, str(PROGRAMS / program), *map(str, arguments)]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd='/', timeout=120,
                              close_fds=True) if program != 'pg_ctl' else self._start(command)
        assert done.returncode == 0, f'{command}: {done.stdout}'

    @staticmethod
    def _start(command):
        # The server inherits what pg_ctl writes to: a pipe would never end.
        return subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd='/',
                              timeout=120)

    def stop(self):
        self._run('pg_ctl', '-D', self.folder / 'data', '-m', 'immediate', 'stop')
        shutil.rmtree(self.folder, ignore_errors=True)

    @contextlib.contextmanager
    def schema(self):
        """A connection into an empty schema of its own, which is gone afterwards."""
        connection = psycopg2.connect(host=str(self.folder), user=self.user, dbname='postgres')
        connection.autocommit = True
        name = f's{next(self.names)}'
        try:
            session = Session(connection)
            session.execute(f'CREATE SCHEMA {name}; SET search_path TO {name}')
            yield session
            session.execute(f'DROP SCHEMA {name} CASCADE')
        finally:
            connection.close()


class Session:
    def __init__(self, connection):
        self.cursor = connection.cursor()

    def execute(self, sql):
        self.cursor.execute(sql)

    def rows(self, query):
        """Rows of `query` as COPY prints them: tuples of text or None."""
        out = io.StringIO()
        self.cursor.copy_expert(f'COPY ({query}\n) TO STDOUT (FORMAT csv)', out)
        return csv_text.records(out.getvalue())

    def copy(self, relation, path):
        """The rows of a CSV file with a line of names."""
        with open(path) as file:
            self.cursor.copy_expert(f'COPY {relation} FROM STDIN (FORMAT csv, HEADER)', file)

    def columns(self, relation):
        self.cursor.execute('SELECT column_name FROM information_schema.columns WHERE table_schema = current_schema() '
                            'AND table_name = %s ORDER BY ordinal_position', (relation,))
        return [name for name, in self.cursor.fetchall()]

    def key(self, relation):
        """The columns of its primary key, or []."""
        self.cursor.execute('SELECT a.attname FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = '
                            'ANY (i.indkey) WHERE i.indrelid = %s::regclass AND i.indisprimary', (f'"{relation}"',))
        return [name for name, in self.cursor.fetchall()]

    def overwrite(self, relation):
        """What an INSERT needs behind it so that it overwrites rows of the same key, as ours does. '' without a key."""
        key = self.key(relation)
        if not key:
            return ''
        rest = [f'"{c}" = EXCLUDED."{c}"' for c in self.columns(relation) if c not in key]
        names = ', '.join(f'"{c}"' for c in key)
        return f' ON CONFLICT ({names}) DO ' + (f'UPDATE SET {", ".join(rest)}' if rest else 'NOTHING')
