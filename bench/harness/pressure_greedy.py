"""One address opens as many silent connections as there are places: do others still log in?"""

import time

from support.addresses import C2S
from support.wire import Wire

from harness.command import Row
from harness.processes import RunError

GREEDY = "127.0.0.2"
PLACES = 200
RATE = 20     # others, a second
SETTLED = 30  # seconds, at most


def greedy(bench):
    others = 20 if bench.is_quick else 100
    with bench.sink() as sink:
        rows = []
        for what, address in ((f"{PLACES} silent connections of one address, {PLACES} places", None),
                              ("... the same without the limit", {"before_login": 0})):
            limits = {"sessions": PLACES, **({"address": address} if address else {})}
            with bench.gate([sink], pool={"route": "domain"}, limits=limits) as gate:
                rows.append(_row(bench, what, gate, others, address is None))
    return rows


def _row(bench, what, gate, others, is_wanted):
    silent = [Wire(gate.address, C2S, GREEDY) for _ in range(PLACES)]
    try:
        _wait_for_all(gate)
        came = bench.arrivals(f"{gate.address}:5223", (RATE, others // RATE), patience=5)
        share = came.share_in(0, others // RATE)
    finally:
        for wire in silent:
            wire.close()
    refused = sum(gate.ask("status")["refused"].values())
    return Row(f"{what}: of {others} clients of another address log in", f"{share:.0%} ({refused:,} refusals)",
               "all" if is_wanted else "", share == 1)


def _wait_for_all(gate):
    """Each of the silent ones is let in or refused."""
    deadline = time.monotonic() + SETTLED
    while time.monotonic() < deadline:
        status = gate.ask("status")
        if status["sessions"] + sum(status["refused"].values()) >= PLACES:
            return
        time.sleep(0.05)
    raise RunError("the silent connections were neither let in nor refused")
