"""The figures of bench/operating: what commands and pages take of a process that has much to tell."""

import contextlib
import http.client
import re
import statistics
import subprocess
import time

from support.addresses import C2S_TLS, free_address
from support.start_stanzagate import backend

from harness.command import Row
from harness.pressure_bench import Bench
from harness.processes import Process, RunError

SESSIONS = 9_500
BACKENDS = 300
ROUNDS = 9
SECONDS = 600         # until all that was started ends by itself
HTTP = 9280
METRICS_MS_MAX = 20   # milliseconds, as are those below
LOOP_MS_MAX = 50      # what the alert StanzagateLoopLate takes for late
WINDOW = 15           # seconds that the figure of the loop looks back

COMMANDS = (("status",), ("backends",), ("backends", "pool0"), ("sessions",), ("sessions", "--jid", "nobody@example.org"),
            ("explain", "nobody@example.org"), ("certs",), ("drift",), ("weight", "pool0/b1", "0"), ("reload",))
PAGES = ("/metrics", "/", "/status.json", "/ready")


def commands(bench):
    """From the start of `stanzagate VERB` to its end, and the same of a verb that asks nobody."""
    with _crowded(bench) as gate:
        alone = _median_ms(bench, lambda: subprocess.run([bench.bin_dir / "stanzagate", "version"],
                                                           check=True, capture_output=True))
        yield Row("a command that asks no process (version)", f"{alone:.1f} ms")
        for words in COMMANDS:
            taken = _median_ms(bench, lambda: gate.say(*words))
            yield Row(f"stanzagate {' '.join(words)}", f"{taken:.1f} ms")
        yield _loop_row(gate, "those commands")


def pages(bench):
    """From the request to the last byte of the answer, on a connection of its own."""
    with _crowded(bench) as gate:
        for path in PAGES:
            length = len(_get(gate, path))
            taken = _median_ms(bench, lambda: _get(gate, path))
            is_bounded = path == "/metrics" and not bench.is_quick
            yield Row(f"{path} ({length / 1000:,.0f} kB)", f"{taken:.1f} ms",
                      f"below {METRICS_MS_MAX} ms" if is_bounded else "", not is_bounded or taken < METRICS_MS_MAX)
        yield _loop_row(gate, "those pages")


@contextlib.contextmanager
def _crowded(bench):
    """A stanzagate with all sessions at one backend; the others are there, and get none."""
    count, backends = (500, 30) if bench.is_quick else (SESSIONS, BACKENDS)
    with bench.sink_process(SECONDS) as (_, server):
        others = [backend(f"b{number}", f"127.89.{number // 200 + 1}.{number % 200 + 1}", weight=0)
                  for number in range(1, backends)]
        monitoring = {"http": f"{free_address()}:{HTTP}"}
        with bench.gate([server, *others], pool={"route": "domain"}, health={"checks": False},
                        admin=monitoring) as gate:
            gate.http = monitoring["http"]
            command = [str(bench.bin_dir / "load_client"), "idle", "--target", f"{gate.address}:{C2S_TLS}",
                       "--sessions", str(count), "--wait", "--timeout", str(SECONDS)]
            with Process(command, log=bench.directory / "load_client.log") as client:
                client.expect("ready", SECONDS)
                there = gate.ask("status")["sessions"]
                if there != count:
                    raise RunError(f"{there} sessions are there, not {count}")
                time.sleep(0 if bench.is_quick else WINDOW + 1)  # what the logins did to the loop is forgotten
                yield gate


def _median_ms(bench, ask):
    taken = []
    for _ in range(3 if bench.is_quick else ROUNDS):
        began = time.monotonic()
        ask()
        taken.append(1000 * (time.monotonic() - began))
    return statistics.median(taken)


def _get(gate, path):
    connection = http.client.HTTPConnection(gate.http, timeout=60)
    connection.request("GET", path)
    text = connection.getresponse().read().decode()
    connection.close()
    return text


def _loop_row(gate, during):
    time.sleep(1.1)  # a worker tells it once a second
    found = re.search(r'^stanzagate_loop_lag_seconds\{worker="0"\} (\S+)$', _get(gate, "/metrics"), re.MULTILINE)
    worst = 1000 * float(found[1])
    return Row(f"... the worker's loop at worst, in the last {WINDOW} s of {during}", f"{worst:.1f} ms",
               f"below {LOOP_MS_MAX} ms", worst < LOOP_MS_MAX)


FIGURES = {"commands": commands, "pages": pages}
