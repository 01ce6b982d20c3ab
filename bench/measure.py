"""What the benchmarks share: the programs they run and what those took, the events, the report."""
import datetime
import json
import os
import pathlib
import re
import statistics
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD = pathlib.Path(os.environ.get("BUILD", ROOT / "build")).resolve()
WORK = BUILD / "bench"  # A benchmark may set another before anything is written.
BIN = BUILD / "bin"
FLAGS = ("-O3", "--native")
UNITS = {"B": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}
SOURCE_OPTIONS = ") WITH (connector = 'file', path = 'events.ndjson') FORMAT PLAIN ENCODE JSON;"
CLICK_EVENTS = ("CREATE SOURCE click_events (event_id VARCHAR, user_id VARCHAR, session_id VARCHAR, event_type VARCHAR, "
                "page_url VARCHAR, referrer_url VARCHAR, device_type VARCHAR, country VARCHAR, event_ts TIMESTAMPTZ\n"
                + SOURCE_OPTIONS + "\n")


class Failure(Exception):
    """A program that is measured did not do what it should."""


class Run:
    """What a finished process took. Sums and maxima include the processes that it waited for."""

    def __init__(self, command, environment=None, output=None, stdin=subprocess.DEVNULL):
        with tempfile.TemporaryFile() as errors:
            start = time.monotonic()
            process = subprocess.Popen([str(word) for word in command], stdin=stdin,
                                       stdout=output or subprocess.DEVNULL, stderr=errors,
                                       env={**os.environ, **(environment or {})})
            _, status, usage = os.wait4(process.pid, 0)
            self.seconds = time.monotonic() - start
            process.returncode = os.waitstatus_to_exitcode(status)
            errors.seek(0)
            self.errors = errors.read().decode(errors="replace")
        self.user_seconds, self.system_seconds = usage.ru_utime, usage.ru_stime
        self.cpu_seconds = self.user_seconds + self.system_seconds
        self.max_bytes = usage.ru_maxrss * 1024
        if process.returncode != 0:
            raise Failure(f"{' '.join(map(str, command))} ended with {process.returncode}:\n{self.errors[-2000:]}")

    def find(self, pattern):
        found = re.search(pattern, self.errors)
        if not found:
            raise Failure(f"nothing like {pattern!r} in:\n{self.errors[-2000:]}")
        return [part.replace(",", "") if part else part for part in found.groups()]


def median(runs, value):
    return statistics.median(value(run) for run in runs)


class Report:
    def __init__(self, is_json):
        self.is_json = is_json
        self.header = {}
        self.figures = []
        self.failed = False

    def describe(self, header):
        self.header = header
        if not self.is_json:
            for key, value in header.items():
                print(f"{key + ':':10} {value}")
            print(flush=True)

    def add(self, name, value, unit, detail="", **more):
        self.figures.append({"name": name, "value": value, "unit": unit, "detail": detail, **more})
        if not self.is_json:
            shown = f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
            print(f"{name:44} {shown:>12} {unit:20} {detail}".rstrip(), flush=True)

    def fail(self, text):
        self.failed = True
        print(f"FAILED: {text}", file=sys.stderr, flush=True)

    def finish(self):
        if self.is_json:
            print(json.dumps({"header": self.header, "figures": self.figures, "failed": self.failed}, indent=2))


def first_line(*command):
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()[0]
    except (OSError, subprocess.CalledProcessError, IndexError):
        return "?"


def machine():
    cpu = re.search(r"model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text())
    memory = int(re.search(r"MemTotal:\s*(\d+)", pathlib.Path("/proc/meminfo").read_text())[1]) / (1 << 20)
    cores = os.cpu_count()
    load = os.getloadavg()[0]
    busy = ": others are at work, believe the CPU seconds" if load > cores / 2 else ""
    revision = first_line("git", "-C", str(ROOT), "describe", "--always", "--dirty")
    return {
        "machine": f"{cpu[1] if cpu else '?'}, {cores} cores, {memory:.0f} GiB, Linux {os.uname().release}",
        "load": f"{load:.1f}{busy}",
        "versions": f"{first_line(str(BIN / 'sqlmill'), '--version')} ({revision}), {first_line('g++', '--version')}, "
                    f"simdjson {first_line('dpkg-query', '-W', '-f', '${Version}', 'libsimdjson-dev')}",
        "date": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC"),
    }


def events_file(count, *options):
    """Made once; a changed generator makes it anew."""
    generator = BIN / "generate_events"
    path = WORK / ("-".join(["events", str(count), *(o.strip("-") for o in options)]) + ".ndjson")
    if not path.exists() or path.stat().st_mtime < generator.stat().st_mtime:
        temporary = path.with_suffix(".tmp")
        with open(temporary, "wb") as out:
            Run([generator, "--events", count, *options], output=out)
        temporary.rename(path)
    return path


def sqlmill(*arguments, cache=None):
    return Run([BIN / "sqlmill", *arguments], {"SQLMILL_CACHE": str(cache or WORK / "cache")})


def replay(binary, events, *arguments, output=None):
    return Run([binary, "replay", "--input", f"click_events={events}", *arguments], output=output)


def took(run):
    """Seconds and CPU seconds of a replay, as its summary has them: with --preload, from the first record on, in memory."""
    return [float(number) for number in run.find(r"events? in ([\d.]+) s, ([\d.]+) CPU s")]


def state_bytes(run):
    size, unit = run.find(r"([\d.,]+) (B|KiB|MiB|GiB) of state")
    return float(size) * UNITS[unit]


def tutorial_sql(name="clickstream", source_options=SOURCE_OPTIONS):
    """pipelines/clickstream with a source in place of its table."""
    text = (ROOT / "pipelines/clickstream/clickstream.sql").read_text()
    text = text.replace("CREATE TABLE click_events", "CREATE SOURCE click_events", 1).replace(");", source_options, 1)
    path = WORK / f"{name}.sql"
    path.write_text(text)
    return path


def view_with_its_own_key(i):
    """The text of a view over CLICK_EVENTS that shares no operator with another one."""
    return f"""CREATE MATERIALIZED VIEW view_{i} AS
SELECT user_id, substr(page_url, 1, {i + 3}) AS page, COUNT(*) AS events, MIN(event_ts) AS first_seen,
       COUNT(*) FILTER (WHERE event_type = 'purchase') AS purchases, bool_or(country = 'C{i}') AS was_there
FROM click_events GROUP BY user_id, substr(page_url, 1, {i + 3});
"""
