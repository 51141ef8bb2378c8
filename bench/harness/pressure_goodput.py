"""More clients than there is processor for: how many logins a second go on succeeding? Each target has the same small
share of a core, and clients give up after ten seconds."""

import re
import time

from support.addresses import C2S_TLS
from support.processor_share import ProcessorShare
from support.steady_talker import SteadyTalker

from harness.command import Row
from harness.pressure_bench import DOMAIN

PERCENT = 8          # of a core
SETTLING = 5         # seconds of a phase before it is judged
NORMAL_AFTER = 10    # seconds behind the overload


def goodput(bench):
    rows = []
    with bench.sink() as sink:
        with bench.gate([sink], pool={"route": "domain"}) as gate, ProcessorShare(gate.process.pid, PERCENT) as share:
            talker = SteadyTalker(gate.address, DOMAIN, bench.authority.certificate)
            try:
                rows += _rows(bench, f"stanzagate, {PERCENT} % of a core ({share.way})",
                              f"{gate.address}:{C2S_TLS}", talker)
                rows.append(Row("... connections shed in all", f"{gate.ask('status').get('shed', 0):,}"))
            finally:
                talker.end()
        with bench.haproxy(sink) as (process, endpoint), ProcessorShare(process.pid, PERCENT):
            rows += _rows(bench, f"HAProxy, {PERCENT} % of a core", endpoint)
    return rows


def _capacity(bench, endpoint):
    """Logins a second, sixteen at a time: what the share can do."""
    count = 300 if bench.is_quick else 1_500
    done = bench.load("logins", "--target", endpoint, "--count", count, seconds=120)
    return count / float(re.search(r"^done .*seconds=(\S+)", done, re.MULTILINE).group(1))


def _rows(bench, what, endpoint, talker=None):
    capacity = _capacity(bench, endpoint)
    rows = [Row(f"{what}: logins, 16 at a time", f"{capacity:.0f} a second")]
    peak = 0
    seconds, after = (8, 12) if bench.is_quick else (40, 20)
    for times in (1, 4) if bench.is_quick else (1, 2, 4):
        begin = time.monotonic()
        came = bench.arrivals(endpoint, (times * capacity, seconds), (capacity / 2, after))
        good = came.goodput(SETTLING, seconds)
        last = came.goodput(seconds - 5, seconds)
        peak = max(peak, good)
        p99 = came.slowest(0.99, 0, seconds)
        of_peak = f" ({good / peak:.0%} of the peak, {last / peak:.0%} in its last 5 s)" if peak else ""
        is_ours = talker is not None
        rows += [Row(f"... at {times} times that for {seconds} s: goodput", f"{good:.0f} a second{of_peak}",
                     "at least 90 %" if is_ours and times > 1 else "", good >= 0.9 * peak and last >= 0.9 * peak),
                 Row("... ... p99 of those that are in", f"{p99:.2f} s", "below 3 s" if is_ours else "", p99 < 3)]
        if is_ours:
            rows.append(_talk_row(talker, begin))
        rows.append(_after_row(came, seconds, seconds + after, is_ours))
    return rows


def _talk_row(talker, begin):
    delays = sorted(took for sent, took in talker.delays if sent >= begin)
    p99 = delays[int(0.99 * len(delays))] if delays else float("inf")
    worst = talker.worst(begin)
    return Row("... ... a live session's echo, p50 / p99 / worst",
               f"{delays[len(delays) // 2] if delays else float('inf'):.2f} / {p99:.2f} / {worst:.2f} s",
               "p99 below 1 s", talker.failure is None and p99 < 1)


def _after_row(came, begin, end, is_ours):
    """Ten seconds behind the overload all are let in again."""
    begin += NORMAL_AFTER
    share, p99 = came.share_in(begin, end), came.slowest(0.99, begin, end)
    return Row(f"... ... {NORMAL_AFTER} s later, at half: let in, p99", f"{share:.0%}, {p99:.2f} s",
               "all, below 1 s" if is_ours else "", share == 1 and p99 < 1)
