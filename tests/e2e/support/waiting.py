"""Waiting for a condition with a deadline: the tests' only way to wait."""

import time

PATIENCE = 15.0  # seconds; a loaded machine of two cores, not a figure of the product


def wait_until(condition, what, seconds=PATIENCE):
    """Calls `condition` until it returns something true and returns that. After `seconds` it fails."""
    deadline = time.monotonic() + seconds
    while True:
        outcome = condition()
        if outcome:
            return outcome
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds:g} s: {what}")
        time.sleep(0.01)
