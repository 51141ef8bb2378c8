"""After an outage: clients that all lost their connections come back at one moment, with and without a session to
resume (XEP-0198), to three servers that have a login rate. Does any server get more than its rate, when is everybody
back, and who is first?"""

import asyncio
import contextlib
import random
import statistics
import threading
import time

from support.nodes_apart import NodesApart
from support.returning_crowd import ReturningCrowd
from support.waiting import wait_until
from support.xml_stream import StreamEnded

from harness.command import Row
from harness.pressure_bench import DOMAIN

RATE = 100       # full logins a second at each server
USERS = 300
WANTED = 60      # seconds until all are back
STEP = 0.25      # seconds between two looks at the counters
NAMES = "abc"


def storm(bench):
    devices = 3 if bench.is_quick else 30  # a session is two descriptors of the proxy's 20,000
    rows = []
    with contextlib.ExitStack() as stack:
        nodes = NodesApart(bench.directory / "storm", DOMAIN, {f"user{each}": "secret" for each in range(USERS)})
        stack.callback(nodes.end)
        # Sessions begin while there is no rate, and the crowd is let in before it counts.
        pool = {"balance": "round-robin"}
        gate = stack.enter_context(bench.gate(nodes.backends(), pool=pool))
        for name in NAMES:
            gate.wait_for_health(name, "up")
        gate.wait_for_offers(DOMAIN)
        crowd = ReturningCrowd(gate.address, DOMAIN, bench.authority.certificate,
                               {f"user{each}": "secret" for each in range(USERS)}, devices=devices, is_inline=True)
        stack.callback(crowd.end)
        crowd.come()
        gate.configure({DOMAIN: nodes.backends()}, pool={**pool, "login_rate": RATE},
                       log={"level": "warn"}, worker={"threads": 1})
        gate.say("reload")
        assert gate.ask("backends")["pools"][0]["login_rate"] == RATE
        rows += _wave(gate, crowd, "with a session to resume", lambda client: False)
        rows += _wave(gate, crowd, "without one", lambda client: True)
        # By users, as they stand in the crowd: a user with a session is remembered.
        rows += _wave(gate, crowd, "every second one with a session",
                      lambda client, turn=iter(range(10**6)): next(turn) % 2 == 0)
    return rows


def _wave(gate, crowd, what, is_new):
    """All are gone; those for whom `is_new` holds have left their sessions, the others were cut."""
    new = [client for client in crowd.clients if is_new(client)]
    crowd._at_once = 100
    if new:
        crowd.leave(new)
    crowd.cut()
    wait_until(lambda: all(each["sessions"] == 0 for each in gate.backends().values()), "all are gone", 60)
    before = _told_back(gate)
    watch = _Watch(gate)
    start = time.monotonic()
    back = {}

    async def come_back(client):
        while client not in back:
            try:
                was_resumed = await client.come()
                back[client] = (time.monotonic() - start, was_resumed)
            except (StreamEnded, EOFError, OSError, TimeoutError, AssertionError):
                client.cut()
                await asyncio.sleep(random.uniform(1, 3))  # as clients do

    crowd._at_once = len(crowd.clients)
    crowd._each(come_back)
    watch.end()
    took = max(seconds for seconds, _ in back.values())
    resumed = sum(was_resumed for _, was_resumed in back.values())
    rates = {name: watch.most_in(name, 2) / 2 for name in NAMES}
    # Each resumption is a quarter of a login.
    most = RATE * 4 if not new else RATE if len(new) == len(crowd.clients) else None
    figure = f"{len(crowd.clients):,} come back at once, {what}"
    rows = [Row(f"{figure}: all back after", f"{took:.1f} s, {resumed:,} resumed", f"{WANTED} s", took <= WANTED),
            Row("... most logins a second that a server was given, over 2 s", f"{max(rates.values()):.0f}",
                f"{most * 1.1 + 6:.0f}" if most else "", not most or max(rates.values()) <= most * 1.1 + 6),
            Row("... told to come back", f"{_told_back(gate) - before:,}")]
    if new and len(new) < len(crowd.clients):
        first = statistics.median(seconds for client, (seconds, was) in back.items() if was)
        last = statistics.median(seconds for client, (seconds, was) in back.items() if not was)
        rows.append(Row("... half of those that resume, and of the others, are back after",
                        f"{first:.1f} and {last:.1f} s", "the first before", first < last))
    return rows


def _told_back(gate):
    return sum(each["logins_told_to_come_back"] for each in gate.backends().values())


class _Watch:
    """The sessions at each server every quarter of a second. They count from their connection on, and all of them stay:
    so these are the logins that the server was given, however long it took for them."""

    def __init__(self, gate):
        self._gate = gate
        self._looks = []
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def _look(self):
        while not self._is_over.wait(STEP):
            backends = self._gate.backends()
            self._looks.append((time.monotonic(), {name: backends[name]["sessions"] for name in NAMES}))

    def end(self):
        self._is_over.set()
        self._thread.join()

    def most_in(self, name, seconds):
        """Logins in any span of about so many seconds, made as long as that exactly."""
        most = 0.0
        for at, (begin, then) in enumerate(self._looks):
            for end, now in self._looks[at + 1:]:
                if end - begin >= seconds:
                    most = max(most, (now[name] - then[name]) * seconds / (end - begin))
                    break
        return most
