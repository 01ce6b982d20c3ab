"""Waiting for a condition, with a deadline."""
import time

DEADLINE = 120  # Seconds, for what takes one or two on an idle machine.


def wait_for(condition, what, deadline=DEADLINE):
    """The first true value of condition(). `what`: told if there is none in time; called if it is a function."""
    until = time.monotonic() + deadline
    while time.monotonic() < until:
        found = condition()
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError(f'not within {deadline} s: {what() if callable(what) else what}')
