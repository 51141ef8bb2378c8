"""One of three backends hangs: its process is stopped, and the kernel goes on accepting for it. How long do logins take
until it is out, and what does it cost in quiet times that nobody waits for it?"""

import contextlib
import os
import signal
import threading

from support.addresses import C2S_TLS
from support.start_stanzagate import backend

from harness.command import Row
from harness.processes import Process

RATE = 30     # logins a second
QUIET = 10    # seconds before one is stopped
JUDGED = 10   # seconds behind that
NAMES = "abc"


def hung(bench):
    seconds = 10 if bench.is_quick else 60
    with _sinks(bench) as sinks, bench.gate(_backends(sinks)) as gate:
        _wait_until_up(gate)
        came = bench.arrivals(_endpoint(gate), (RATE, seconds))
        begun = gate.ask("status")["hedges"]["begun"]
    counts = [sink.counts for sink in sinks]
    sessions = sum(each["accepted"] - each["checks"] for each in counts)
    extra = sessions / sum(each["logins"] for each in counts) - 1
    rows = [Row(f"three backends, {RATE} logins a second for {seconds} s: let in, p50, p99", _times(came, 0, seconds),
                "all", came.share_in(0, seconds) == 1),
            Row("... connections at backends beyond one for each login", f"{extra:.2%} ({begun} tried beside)",
                "at most 5 %", extra <= 0.05)]
    return rows + _stopped(bench)


def _stopped(bench):
    after = 5 if bench.is_quick else 30
    end = QUIET + JUDGED
    with _sinks(bench) as sinks, bench.gate(_backends(sinks)) as gate:
        _wait_until_up(gate)
        timers = [threading.Timer(QUIET, os.kill, (sinks[1].process.pid, signal.SIGSTOP)),
                  threading.Timer(end, os.kill, (sinks[1].process.pid, signal.SIGCONT))]
        for timer in timers:
            timer.start()
        try:
            came = bench.arrivals(_endpoint(gate), (RATE, end + after), patience=15)
        finally:
            for timer in timers:
                timer.cancel()
            os.kill(sinks[1].process.pid, signal.SIGCONT)
        status = gate.ask("status")
        out = [each for each in gate.events("backend_state") if each["backend"] == "b" and each["to"] != "up"]
    first, all_of_it = came.slowest(0.99, QUIET, QUIET + 2), came.slowest(0.99, QUIET, end)
    logins = sinks[1].counts["logins"]
    return [Row(f"... one of them stopped for {JUDGED} s: let in, p50, p99", _times(came, QUIET, end),
                "all, p99 at most 1 s", came.share_in(QUIET, end) == 1 and all_of_it <= 1),
            Row("... ... p99 in the first 2 s", f"{first:.2f} s", "at most 1 s", first <= 1),
            Row("... ... taken out by", ", ".join(f"{each['to']}: {each['reason']}" for each in out) or "nobody"),
            Row("... ... tried beside, served by that", "{begun}, {won}".format(**status["hedges"])),
            Row(f"... from then on for {after} s: let in, p50, p99", _times(came, end, end + after), "all",
                came.share_in(end, end + after) == 1),
            Row("... ... logins that the stopped one has had in all", f"{logins:,}")]


def _times(came, begin, end):
    return f"{came.share_in(begin, end):.0%}, {came.slowest(0.5, begin, end):.3f}, {came.slowest(0.99, begin, end):.3f} s"


class _Sink:
    """`counts` once it has ended."""

    def __init__(self, process):
        self.process = process
        self.address, _, self.port = process.expect("listening", 10)[1][0].partition(":")
        self.counts = None

    def end(self):
        self.process.ask_to_stop()
        words = self.process.read_all(10).split()
        self.counts = {key: int(value) for key, value in (word.split("=") for word in words)}


@contextlib.contextmanager
def _sinks(bench):
    with contextlib.ExitStack() as stack:
        sinks = [_Sink(stack.enter_context(Process([str(bench.bin_dir / "sink_server"), f"127.89.1.{number}:0", "echo",
                                                    "1800"]))) for number in (1, 2, 3)]
        yield sinks
        for sink in sinks:
            sink.end()


def _backends(sinks):
    return [backend(name, sink.address, sink.port) for name, sink in zip(NAMES, sinks)]


def _endpoint(gate):
    return f"{gate.address}:{C2S_TLS}"


def _wait_until_up(gate):
    for name in NAMES:
        gate.wait_for_health(name, "up")
