"""Compiled pipelines: built once per content, replayed, their output as data."""
import collections
import dataclasses
import os
import pathlib
import re
import subprocess
import tempfile

from support import csv_text

ROOT = pathlib.Path(__file__).resolve().parents[2]
# Low optimization: the tests spend their time in the C++ compiler.
BUILD_FLAGS = ['-O', os.environ.get('SQLMILL_TEST_OPTIMIZATION', '1')]


def compiler():
    return os.environ.get('SQLMILL', str(ROOT / 'build/bin/sqlmill'))


class BuildFailed(Exception):
    pass


@dataclasses.dataclass
class Operator:
    """A line of the run summary."""
    name: str
    rows_in: int
    touched: int
    rows_out: int
    records: int


@dataclasses.dataclass
class Summary:
    events: int
    epochs: int
    workers: int
    errors: int
    views: dict
    operators: list

    def operator(self, name):
        found = [op for op in self.operators if op.name == name]
        assert len(found) == 1, f'no single operator "{name}" in {[op.name for op in self.operators]}'
        return found[0]


def _number(text):
    return int(text.replace(',', ''))


def parse_summary(text):
    head = re.search(r'^([\d,]+) events? in .*?, ([\d,]+) epochs?, ([\d,]+) workers?', text, re.M)
    assert head, f'no summary in: {text}'
    errors = re.search(r'^([\d,]+) errors?: see sqlmill_errors', text, re.M)
    assert errors or re.search(r'^no errors$', text, re.M), text
    tables = {}
    table = None
    for line in text[head.start():].splitlines():
        cells = [cell.strip() for cell in line.split(' | ')]
        if len(cells) > 1 and cells[0] in ('view', 'operator'):
            table = tables.setdefault(cells[0], [])
        elif not line.strip():
            table = None
        elif table is not None and not set(line) <= set('-+'):
            table.append(cells)
    return Summary(events=_number(head[1]), epochs=_number(head[2]), workers=_number(head[3]),
                   errors=_number(errors[1]) if errors else 0,
                   views={cells[0]: _number(cells[1]) for cells in tables.get('view', [])},
                   operators=[Operator(cells[0], _number(cells[1]), _number(cells[2]), _number(cells[4]), _number(cells[5]))
                              for cells in tables.get('operator', [])])


@dataclasses.dataclass
class Replayed:
    stdout: str
    stderr: str
    printed: list

    @property
    def summary(self):
        return parse_summary(self.stderr)

    def tables(self):
        """For CSV: relation → (column names, rows as tuples of text or None), in the order of printing."""
        found = csv_text.records(self.stdout)
        if len(self.printed) == 1:
            return {self.printed[0]: (found[0], found[1:])}
        sections = {}
        starts = []
        at = 0
        for i, name in enumerate(self.printed):  # A row with a single NULL is an empty line, too: so names are looked for.
            while found[at] != (name,) or (i > 0 and found[at - 1] != (None,)):
                at += 1
            starts.append(at)
        for i, name in enumerate(self.printed):
            end = (starts[i + 1] if i + 1 < len(starts) else len(found)) - 1  # Without the empty line.
            sections[name] = (found[starts[i] + 1], found[starts[i] + 2:end])
        return sections

    def rows(self, name):
        return self.tables()[name][1]

    def changes(self):
        """For CSV with changes=True: relation → epoch → Counter of rows by weight."""
        out = {name: collections.defaultdict(collections.Counter) for name in self.printed}
        name = self.printed[0]
        several = len(self.printed) > 1
        for record in csv_text.records(self.stdout):
            if several and len(record) == 1:
                if record[0] is not None:
                    name = record[0]
            elif len(record) > 1 and record[:2] != ('epoch', 'weight'):
                out[name][int(record[0])][record[2:]] += int(record[1])
        return out


@dataclasses.dataclass
class Answer:
    columns: tuple
    rows: list


@dataclasses.dataclass
class Refused:
    error: str          # With its SQLSTATE.


class Pipeline:
    def __init__(self, binary, sql):
        self.binary = binary
        self.sql = sql

    def replay(self, *inputs, print=(), format='csv', changes=False, epoch_rows=None, workers=None, stdin=None, check=True,
               restart_every=None):
        """inputs: (relation, path). print: relations. Returns Replayed; `check`: must exit with 0. `restart_every`: so many epochs a
        new engine goes on with what the last one has written for a checkpoint."""
        command = [str(self.binary), 'replay']
        for relation, path in inputs:
            command += ['--input', f'{relation}={path}']
        if print:
            command += ['--print', ','.join(print), '--format', format]
        if changes:
            command.append('--changes')
        if epoch_rows:
            command += ['--epoch-rows', str(epoch_rows)]
        if workers:
            command += ['--workers', str(workers)]
        env = {**os.environ, 'SQLMILL_RESTART_EVERY': str(restart_every)} if restart_every else None
        done = subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=60, env=env)
        if check:
            assert done.returncode == 0, f'{" ".join(command)}: exit code {done.returncode}\n{done.stderr}'
        return Replayed(done.stdout, done.stderr, list(print))

    def ask(self, statements, *inputs, workers=None):
        """Runs the statements after the inputs. For each what it gave, an Answer or a Refused."""
        command = [str(self.binary), 'replay', '--format', 'csv']
        for relation, path in inputs:
            command += ['--input', f'{relation}={path}']
        if workers:
            command += ['--workers', str(workers)]
        for i, statement in enumerate(statements):
            command += ['--query', statement, '--query', f"SELECT 'end {i}' AS ended"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=300)
        assert done.returncode in (0, 1), f'exit code {done.returncode}: {done.stderr}'
        errors = {(int(number) - 1) // 2: text.strip()
                  for number, text in re.findall(r'^error: --query (\d+): (.*?)(?=^error: |^[\d,]+ events? in |\Z)', done.stderr, re.M | re.S)}
        answers, at = [], 0
        found = csv_text.records(done.stdout)
        for i in range(len(statements)):
            end = at
            while found[end] != ('ended',) or found[end + 1] != (f'end {i}',):
                end += 1
            answers.append(Refused(errors[i]) if i in errors else Answer(found[at] if end > at else (), found[at + 1:end]))
            at = end + 2
        return answers

    def run(self, *arguments, check=True):
        done = subprocess.run([str(self.binary), *arguments], capture_output=True, text=True, timeout=60)
        if check:
            assert done.returncode == 0, f'{arguments}: exit code {done.returncode}\n{done.stderr}'
        return done


class Builder:
    """Builds pipelines into a folder, one binary per content. (What did not change since an earlier run comes from the
    compiler's own cache.)"""

    def __init__(self, folder):
        self.folder = folder
        self.built = {}

    def __call__(self, sql, name='pipeline'):
        if sql not in self.built:
            place = pathlib.Path(tempfile.mkdtemp(dir=self.folder))
            source = place / f'{name}.sql'
            source.write_text(sql)
            done = subprocess.run([compiler(), 'build', str(source), '-o', str(place / name), *BUILD_FLAGS],
                                  capture_output=True, text=True, timeout=600)
            if done.returncode != 0:
                raise BuildFailed(done.stderr)
            self.built[sql] = Pipeline(place / name, sql)
        return self.built[sql]
