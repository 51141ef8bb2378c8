"""Very many sessions that say nothing, over several processes on one machine: does their keep-alive kill any? What the
system drops of its questions is counted, for an interface's queue holds fewer than all connections can ask at once."""

import contextlib
import os
import signal
import time

from support.addresses import C2S_TLS
from support.waiting import wait_until

from harness import processes
from harness.command import Row
from harness.processes import Process, RunError

PROCESSES = 4
SESSIONS = 30_000
DESCRIPTORS_OF_A_SESSION = 2     # of the proxy, whose process has 20,000
DESCRIPTORS_OF_A_PROCESS = 400   # that are no sessions
SILENCE = 300                    # seconds
DOUBT = 60                       # of backends that answer no check, while the system answers for them
LOGIN_SECONDS = 600              # that all logins may take, on a machine that is busy with other things
SECONDS = LOGIN_SECONDS + SILENCE + DOUBT + 300  # until all that was started ends by itself
BYTES_OF_A_SESSION = 160 * 1024  # of proxy, client, sink and the kernel together


def idle(bench):
    count, silence, doubt = (1_200, 15, 30) if bench.is_quick else (SESSIONS, SILENCE, DOUBT)
    _require(count)
    with contextlib.ExitStack() as stack:
        crowds = [stack.enter_context(_crowd(bench, count // PROCESSES)) for _ in range(PROCESSES)]
        began = time.monotonic()
        for crowd in crowds:
            crowd.wait_until_in()
        yield Row(f"{count:,} sessions over {PROCESSES} processes: logins took", f"{time.monotonic() - began:.0f} s")
        with _counted() as counts:
            time.sleep(silence)
        yield from _rows(f"... silent for {silence} s, keep-alive as it is by default", crowds, count, counts)
        with _counted() as counts, contextlib.ExitStack() as stops:
            for crowd in crowds:
                stops.enter_context(crowd.stopped_backend())
            end = time.monotonic() + doubt
            for crowd in crowds:
                crowd.wait_for_health("down")
            time.sleep(max(0, end - time.monotonic()))
        yield from _rows(f"... backends stopped for {doubt} s: each session asks its own every 3 s", crowds, count, counts)
        for crowd in crowds:
            crowd.wait_for_health("up")
        answered = sum(crowd.echoes() for crowd in crowds)
        yield Row("... sessions that get the echo of a message then", f"{answered:,}", "all", answered == count)


def _require(count):
    """That this machine can hold so many."""
    limit = processes.resource.getrlimit(processes.resource.RLIMIT_NOFILE)[0]
    needed = DESCRIPTORS_OF_A_SESSION * count // PROCESSES + DESCRIPTORS_OF_A_PROCESS
    if limit < needed:
        raise RunError(f"idle sessions need {needed} file descriptors a process, and may have {limit}")
    with open("/proc/meminfo") as file:
        free = next(int(line.split()[1]) * 1024 for line in file if line.startswith("MemAvailable"))
    if free < count * BYTES_OF_A_SESSION:
        raise RunError(f"{count:,} idle sessions need {count * BYTES_OF_A_SESSION >> 20} MiB, and {free >> 20} are free")


class _Crowd:
    """Sessions of one process with a backend of their own."""

    def __init__(self, gate, sink, client, count):
        self._gate, self._sink, self._client, self._count = gate, sink, client, count

    def wait_until_in(self):
        self._client.expect("ready", LOGIN_SECONDS)

    def live(self):
        return self._gate.backends()["sink"]["sessions"]

    @contextlib.contextmanager
    def stopped_backend(self):
        os.kill(self._sink.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(self._sink.pid, signal.SIGCONT)

    def wait_for_health(self, health):
        self._gate.wait_for_health("sink", health, seconds=60)

    def echoes(self):
        """One message of each session, and its echoes; 0 if one of them has ended, for then the client fails."""
        self._client.tell("go")
        try:
            return int(self._client.expect("done", 120)[0]["echoes_ever"])
        except RunError:
            return 0


@contextlib.contextmanager
def _crowd(bench, count):
    with bench.sink_process(SECONDS) as (sink, server), bench.gate([server], pool={"route": "domain"}) as gate:
        gate.wait_for_health("sink", "up")
        command = [str(bench.bin_dir / "load_client"), "stanzas", "--target", f"{gate.address}:{C2S_TLS}",
                   "--sessions", str(count), "--count", str(count), "--wait", "--timeout", str(SECONDS)]
        with Process(command, log=bench.directory / "load_client.log") as client:
            yield _Crowd(gate, sink, client, count)


@contextlib.contextmanager
def _counted():
    """What the system did meanwhile: packets that an interface's queue did not hold, and keep-alive's questions."""
    before, counts = (_dropped(), _questions()), {}
    yield counts
    counts["dropped"], counts["questions"] = _dropped() - before[0], _questions() - before[1]


def _dropped():
    with open("/proc/net/softnet_stat") as file:
        return sum(int(line.split()[1], 16) for line in file)


def _questions():
    with open("/proc/net/netstat") as file:
        names, values = [line.split() for line in file if line.startswith("TcpExt:")]
    return int(dict(zip(names, values))["TCPKeepAlive"])


def _rows(what, crowds, count, counts):
    lost = count - sum(crowd.live() for crowd in crowds)
    return [Row(f"{what}: lost", f"{lost:,}", "0", lost == 0),
            Row("... ... questions of keep-alive / packets that this machine dropped",
                f"{counts['questions']:,} / {counts['dropped']:,}")]
