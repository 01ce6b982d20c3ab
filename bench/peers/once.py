"""What the systems that compute the views once share: how they are started, and what is measured apart from loading."""
import argparse
import contextlib
import pathlib
import resource
import time

MODE = "computed once"
VARIANTS = {"1 thread": 1, "2 threads": 2}
EVENTS = 1_000_000


def command(script, peer, variant, events, results):
    return [peer.python, script, VARIANTS[variant], events, *([results] if results else [])]


def arguments():
    """threads, events, and the folder for the results or None."""
    parser = argparse.ArgumentParser()
    parser.add_argument("threads", type=int)
    parser.add_argument("events")
    parser.add_argument("results", nargs="?", type=pathlib.Path)
    return parser.parse_args()


@contextlib.contextmanager
def queries():
    """Prints what the queries took, which `run` reads."""
    def used():
        usage = resource.getrusage(resource.RUSAGE_SELF)
        return usage.ru_utime + usage.ru_stime, time.monotonic()
    before = used()
    yield
    after = used()
    print(f"queries: {after[0] - before[0]:.3f} CPU s, {after[1] - before[1]:.3f} s")
