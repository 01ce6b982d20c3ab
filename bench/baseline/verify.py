#!/usr/bin/env python3
"""Compares what `baseline_PIPELINE --print` says with PostgreSQL, on generated events and on awkward ones.

usage: verify.py DIRECTORY_OF_BINARIES [--events N]

Starts a PostgreSQL of its own in a temporary directory (as user postgres when run by root). Both sides print CSV as COPY
does; records are compared as sets of bytes.
"""
import argparse
import json
import os
import pathlib
import random
import re
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
PIPELINES = HERE.parent.parent / "pipelines"
COLUMNS = ("event_id", "user_id", "session_id", "event_type", "page_url", "referrer_url", "device_type", "country",
           "event_ts")
# What a column is compared as, where our text is another than PostgreSQL's: the zone has its minutes.
OURS = {"timestamp with time zone": "{0}::text || ':00' AS {0}"}
NAMES = ("clickstream", "ab_test", "session_sizes", "campaign_attribution")
CSV_RECORD = re.compile(rb'(?:"(?:[^"]|"")*"|[^"\n])*\n')


class Postgres:
    """A server in a temporary directory, reachable through a socket there."""

    def __init__(self):
        self.directory = tempfile.mkdtemp(prefix="baseline-verify-", dir="/tmp")
        self.as_user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        if self.as_user:
            shutil.chown(self.directory, "postgres")
        found = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin/initdb"))
        self.programs = found[-1].parent if found else pathlib.Path(shutil.which("initdb")).parent
        data = f"{self.directory}/data"
        self.run("initdb", "-D", data, "-U", "postgres", "--locale=C.UTF-8", "--encoding=UTF8", "--no-sync")
        self.run("pg_ctl", "-D", data, "-w", "-l", f"{self.directory}/log", "-o",
                 f"-k {self.directory} -c listen_addresses= -c TimeZone=UTC -c fsync=off", "start")

    def run(self, program, *arguments):
        subprocess.run([*self.as_user, str(self.programs / program), *arguments], check=True,
                       stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL, cwd="/")

    def sql(self, text):
        command = [*self.as_user, "psql", "-h", self.directory, "-U", "postgres", "-qX", "-v", "ON_ERROR_STOP=1"]
        return subprocess.run(command, input=text, check=True, stdout=subprocess.PIPE, cwd="/").stdout

    def stop(self):
        self.run("pg_ctl", "-D", f"{self.directory}/data", "-m", "immediate", "stop")
        shutil.rmtree(self.directory)


def copy_field(value):
    if value is None:
        return "\\N"
    return re.sub(r"[\\\t\n\r]", lambda m: {"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"}[m[0]], value)


def pipeline_sql(name):
    """The pipeline's file with a table for its source, and with plain views."""
    text = (PIPELINES / name / f"{name}.sql").read_text()
    text = re.sub(r"CREATE SOURCE(.*?)\) WITH \(.*?;", r"CREATE TABLE\1);", text, flags=re.DOTALL)
    return text.replace("CREATE MATERIALIZED VIEW", "CREATE VIEW")


def create_views(postgres, pipeline):
    """The names of the pipeline's views, each with its columns as they are compared."""
    sql = pipeline_sql(pipeline)
    postgres.sql(b"SET client_min_messages = warning; DROP SCHEMA public CASCADE; CREATE SCHEMA public;" + sql.encode())
    views = {}
    for view in re.findall(r"CREATE VIEW (\w+)", sql):
        columns = postgres.sql(f"COPY (SELECT column_name, data_type FROM information_schema.columns WHERE table_name = "
                               f"'{view}' ORDER BY ordinal_position) TO STDOUT;".encode()).decode().splitlines()
        views[view] = ", ".join(OURS.get(kind, "{0}").format(column)
                                for column, kind in (line.split("\t") for line in columns))
    return views


def expected_views(postgres, views, lines):
    """View name to its CSV records; `lines` are JSON objects, all of them valid."""
    copied = ["\t".join(copy_field(json.loads(line).get(column)) for column in COLUMNS) for line in lines]
    postgres.sql("TRUNCATE click_events;\nCOPY click_events FROM STDIN;\n".encode() +
                 "".join(row + "\n" for row in copied).encode() + b"\\.\n")
    return {
        view: CSV_RECORD.findall(
            postgres.sql(f"COPY (SELECT {columns} FROM {view}) TO STDOUT (FORMAT csv, HEADER);".encode()))
        for view, columns in views.items()
    }


def actual_views(binary, path):
    """Of each view its name, its header, its rows, and an empty line."""
    output = subprocess.run([binary, path, "--print"], check=True, stdout=subprocess.PIPE,
                            stderr=subprocess.DEVNULL).stdout
    views, records = {}, None
    for record in CSV_RECORD.findall(output):
        if records is None:
            records = views.setdefault(record.decode().strip(), [])
        elif record == b"\n":
            records = None
        else:
            records.append(record)
    return views


def compare(name, postgres, views, binary, lines, broken_lines=()):
    """Broken lines are spread among the others; they must change nothing."""
    text = list(lines)
    for i, line in enumerate(broken_lines):
        text.insert(i * len(text) // len(broken_lines), line)
    path = f"{postgres.directory}/events.ndjson"
    pathlib.Path(path).write_bytes("\n".join(text).encode())
    expected, actual = expected_views(postgres, views, lines), actual_views(binary, path)
    failures = 0
    for view, records in expected.items():
        found = actual.get(view, [])
        if found[:1] == records[:1] and found[1:] == sorted(records[1:]):
            continue
        failures += 1
        missing, surplus = set(records) - set(found), set(found) - set(records)
        print(f"{name}: {view} differs: {len(missing)} records missing, {len(surplus)} too many, for example")
        for record in sorted(missing)[:3] + sorted(surplus)[:3]:
            print("  postgres:" if record in missing else "  baseline:", record.decode().rstrip("\n"))
    rows = {view: len(records) - 1 for view, records in expected.items()}
    print(f"{name}: {len(lines)} events, {'FAILED' if failures else 'ok'}, rows {rows}")
    return failures


def awkward_lines(count, seed):
    """Few keys in all combinations, NULLs, odd texts, other key orders, spaces and escapes."""
    choose = random.Random(seed).choice
    texts = ["", "a", "ü", "日本", 'say "hi"', "back\\slash", "comma,", "two\nlines", "tab\t", "fifteen-bytes-x",
             "sixteen-bytes-xy", "exactly-thirty-two-bytes-of-text", "exactly-thirty-two-bytes-of-text!",
             "x" * 63, "x" * 64, "x" * 65, "x" * 200, "x" * 199 + "y", "null", "N"]
    pages = texts + ["/home", "/products", "/products/", "/products/a", "/productsx", "/checkout", "/checkout/confirm",
                     "/", "/z", "/home?utm_source=a&utm_campaign=b", "/home?utm_campaign=b", "/?utm_source=", "?utm-source=a",
                     "utm\u00fcsource=b&utm_campaign=", "/a?utm_source=two words&utm_campaign=c d", "ssource=x", "=",
                     "https://google.com/a", "https://www.bing.com", "https://a.example/x?utm_source=b", "a://", "://b/c"]
    pages += [f"/page/{i}" for i in range(60)]
    times = ["2026-04-01 09:00:00+00", "2026-04-01 09:00:59.999999+00", "2026-04-01T09:01:00Z",
             "2026-04-01 09:01:00.5+02", "2026-04-01 09:01:00-03:30", "2024-02-29 23:59:60+00", "2026-04-01",
             "2026-04-01 24:00:00", "1969-12-31 23:59:59.25+00", "2026-04-01 09:00:00.1234565+00",
             "2026-04-01 09:00:00.12+0530", "2026-04-01 09:02", "0001-01-01 00:00:00+00", "9999-12-31 12:00:00Z"]
    types = ["page_view"] * 6 + ["add_to_cart", "purchase", "purchasf", "click", "", None]
    lines = []
    for number in range(count):
        calm = number % 3  # two of three events are about a few ordinary keys
        event = {
            "event_id": f"ev{number}",
            "user_id": choose(["u1", "u2", "u3", f"v{number % 997}"] if calm else [*texts, None, "u1"]),
            "session_id": choose([f"s{i}" for i in range(9)] if calm else [*texts, None] + [f"t{number}"] * 9),
            "event_type": choose(types),
            "page_url": choose([*pages, None]),
            "referrer_url": choose([*pages, None]),
            "device_type": choose(["mobile", "desktop"] if calm else [*texts, None]),
            "country": choose(["US"] if calm else [*texts, None, f"c{number}"]),
            "event_ts": choose([*times, None]),
        }
        keys = list(event)
        if number % 5 == 0:
            random.Random(number).shuffle(keys)
        event = {key: event[key] for key in keys if event[key] is not None or number % 2}
        if number % 7 == 0:
            event["undeclared"] = {"a": [1, "x"], "b": None}
        separators = (",", ":") if number % 4 else (" , ", " :  ")
        lines.append(json.dumps(event, separators=separators, ensure_ascii=number % 2 == 0))
    return lines


def orderly_lines(count, seed):
    """The expected key order, but sessions shared by users, and more pages than the lists of sessions and users hold."""
    draw = random.Random(seed).randrange
    lines = []
    for number in range(count):
        event = (f"ev{number}", f"u{draw(40)}", f"s{draw(count // 30)}", ("page_view", "page_view", "click")[draw(3)],
                 f"/page/{draw(1_000_000) if draw(2) else draw(50)}", "", ("mobile", "desktop")[draw(50) == 0], "US",
                 f"2026-04-01 {draw(24):02}:{draw(60):02}:{draw(60):02}{('', '.5', '.123456')[draw(3)]}+00")
        lines.append(json.dumps(dict(zip(COLUMNS, event)), separators=(",", ":")))
    return lines


BROKEN_LINES = [
    "", "   ", "{", "null", "[]", "nonsense", '{"user_id":"u1"', '{"user_id":1}', '{"event_id":true}',
    '{"session_id":"a"} {"session_id":"b"}', '{"session_id":"nul \\u0000"}', '{"session_id":nulL}',
    '{"session_id":"s1","user_id":["u1"]}',
]
# Broken for pipelines that read the time.
BROKEN_TIMES = [f'{{"event_ts":"{time}"}}' for time in ("yesterday", "2026-02-30 00:00:00+00", "2026-04-01 09:00:00.+0x",
                                                        "2026-04-01 25:00:00+00")]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory", type=pathlib.Path)
    parser.add_argument("--events", type=int, default=100_000)
    arguments = parser.parse_args()
    generated = subprocess.run([arguments.directory / "generate_events", "--events", str(arguments.events)],
                               check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()
    few_users = subprocess.run([arguments.directory / "generate_events", "--events", str(arguments.events), "--seed",
                                "2", "--users", "50", "--pages", "200", "--late-percent", "20", "--utm-percent", "30"],
                               check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()
    sample = (HERE / "data" / "clickstream.ndjson").read_text().splitlines()
    inputs = {"sample": sample, "generated": generated + sample, "few users": few_users,
              "orderly": orderly_lines(arguments.events * 2, 1), "awkward": awkward_lines(20_000, 1)}
    postgres = Postgres()
    try:
        failures = 0
        for pipeline in NAMES:
            views = create_views(postgres, pipeline)
            binary = arguments.directory / f"baseline_{pipeline}"
            for name, lines in inputs.items():
                broken = BROKEN_LINES + (BROKEN_TIMES if pipeline != "ab_test" else [])
                failures += compare(f"{pipeline}, {name}", postgres, views, binary, lines, broken if name == "awkward" else ())
    finally:
        postgres.stop()
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
