"""Memory stays bounded whatever the peers do. Measured on the plain binary: a sanitizer keeps memory that
was freed, and would be measured instead."""

import contextlib
import os
import resource
import threading
import time

import pytest

from support.addresses import free_address
from support.client import DIRECT
from support.load import Load, Sink
from support.start_stanzagate import backend, plain_binary
from support.strict_xml import has_ended, stream_error
from support.waiting import wait_until
from support.wire import CLOSED

from conftest import DOMAIN

pytestmark = pytest.mark.alone

MIB = 1024 * 1024
FLOOD = 64 * MIB
ROOM = 8 * MIB  # growth allowed over an idle session
MESSAGE = b"<message><body>" + b"x" * 1000 + b"</body></message>"


class Highest:
    """The largest memory() of a gate seen so far, over that at the start."""

    def __init__(self, gate):
        self._gate = gate
        self._start = gate.memory()
        self.growth = 0

    def look(self):
        self.growth = max(self.growth, self._gate.memory() - self._start)


@pytest.mark.parametrize("logged_in", [False, True], ids=["before login", "after login"])
def test_endless_stanza_is_refused_at_the_limit(logged_in, prosody, start_gate, new_session):
    gate = start_gate({DOMAIN: [backend("a", prosody.address)]}, binary=plain_binary())
    source = free_address()
    session = new_session(gate, DIRECT, source=source)
    if logged_in:
        session.log_in("romeo", DOMAIN)
    else:
        session.secure(DOMAIN)
        session.open_stream(DOMAIN)
    highest = Highest(gate)

    def pieces():
        yield b"<message><body>"
        for _ in range(FLOOD // 65536):
            highest.look()
            yield b"x" * 65536

    sent = session.wire.send_while_unanswered(pieces())

    assert session.wire.receive_to_end() == CLOSED
    assert stream_error(session.wire.received) == "policy-violation"
    assert sent < 16 * MIB
    assert highest.growth < ROOM
    assert gate.wait_for_session_end(source)["reason"] == "bad_client_xml"


def test_slow_client_holds_its_server_back(start_fake, start_gate, new_session):
    sent = [0]

    def flood(peer):
        peer.log_in(DOMAIN)
        peer.read_until(b"go")
        while sent[0] < FLOOD:
            peer.send(MESSAGE)
            sent[0] += len(MESSAGE)
        peer.send(b"<message><body>last</body></message>")
        peer.wait_for_close()

    gate = start_gate({DOMAIN: [backend("fake", start_fake(flood).address)]}, binary=plain_binary())
    session = new_session(gate, DIRECT, receive_buffer=65536)
    session.authenticate("romeo", DOMAIN)
    highest = Highest(gate)

    session.wire.send(b"<message><body>go</body></message>")
    stalled_at = wait_until_stalled(lambda: sent[0], highest)
    received = drain(session.wire, b"<body>last</body>", highest)

    assert stalled_at < FLOOD // 2
    assert received >= FLOOD
    assert highest.growth < ROOM


def test_slow_server_holds_its_client_back(start_fake, start_gate, new_session):
    may_read = threading.Event()
    sent = [0]

    listeners = []

    def listen_late(peer):
        peer.log_in(DOMAIN)
        listeners.append(peer)
        may_read.wait(60)
        peer.wait_for_close()

    def flood(wire):
        while sent[0] < FLOOD:
            wire.send(MESSAGE)
            sent[0] += len(MESSAGE)
        wire.send(b"</stream:stream>")

    fake = start_fake(listen_late)
    gate = start_gate({DOMAIN: [backend("fake", fake.address)]}, binary=plain_binary())
    session = new_session(gate, DIRECT)
    session.authenticate("romeo", DOMAIN)
    highest = Highest(gate)

    sender = threading.Thread(target=flood, args=(session.wire,), daemon=True)
    sender.start()
    stalled_at = wait_until_stalled(lambda: sent[0], highest)
    [listener] = listeners  # health checks do not log in
    may_read.set()
    wait_until(lambda: highest.look() or listener.received.endswith(b"</stream:stream>"),
               "the backend has everything", 60)
    sender.join(5)

    assert stalled_at < FLOOD // 2
    assert listener.received.count(MESSAGE) == sent[0] // len(MESSAGE)
    assert highest.growth < ROOM


def test_slow_client_that_has_closed_gets_all_that_was_kept_for_it(start_fake, start_gate, new_session):
    stalled = threading.Event()

    def flood_until_held_back(peer):
        peer.log_in(DOMAIN)
        peer.read_until(b"go")
        peer.socket.settimeout(0.5)
        with contextlib.suppress(TimeoutError):
            while True:
                peer.send(MESSAGE)
        stalled.set()

    fake = start_fake(flood_until_held_back)
    # More than the kernel takes at once, so that the low watermark is passed with much still to send.
    gate = start_gate({DOMAIN: [backend("fake", fake.address)]},
                      limits={"buffer_high": "16MiB", "buffer_low": "15MiB", "close": "3s"})
    source = free_address()
    session = new_session(gate, DIRECT, source=source, receive_buffer=65536)
    session.authenticate("romeo", DOMAIN)
    session.wire.send(b"<message><body>go</body></message>")
    assert stalled.wait(60)

    session.wire.send(b"</stream:stream>")
    session.wire.end_of_sending()
    assert gate.wait_for_session_end(source)["detail"] == "close_timeout"

    assert session.wire.receive_to_end() == CLOSED
    assert has_ended(session.wire.received)


def test_session_limit_leaves_descriptors_for_many_workers(prosody, start_gate):
    gate = start_gate({DOMAIN: [backend("a", prosody.address)]}, worker={"threads": 64})
    started = wait_until(lambda: gate.events("started"), "the start is logged")
    limit = int(started[0]["session_limit"])

    descriptors = len(os.listdir(f"/proc/{gate.process.pid}/fd"))

    assert descriptors + 2 * limit <= resource.getrlimit(resource.RLIMIT_NOFILE)[1]


def wait_until_stalled(progress, highest, still_for=0.5):
    """Waits until `progress()` has not changed for `still_for` seconds; returns its value."""
    state = {"value": -1, "since": time.monotonic()}

    def stalled():
        highest.look()
        value, now = progress(), time.monotonic()
        if value != state["value"]:
            state.update(value=value, since=now)
        return value > 0 and now - state["since"] > still_for

    wait_until(stalled, "the sender is held back", 60)
    return progress()


def drain(wire, mark, highest):
    """Receives up to `mark` without keeping it all; returns the number of bytes."""
    total, tail = 0, b""
    while mark not in tail:
        data = wire.receive_some()
        assert data, "closed before the flood was over"
        wire.forget()
        tail = tail[-len(mark):] + data
        total += len(data)
        highest.look()
    return total


@pytest.mark.parametrize("layer", ["openssl", "compact"])
def test_memory_of_a_storm_goes_back_to_the_system(layer, start_gate, tmp_path):
    """Without OpenSSL's objects there is hardly any: what handshakes took is given back while their sessions stay."""
    sink = Sink(tmp_path / "sink")
    gate = start_gate({DOMAIN: [backend("a", sink.address)]}, binary=plain_binary(), health={"checks": False},
                      pool={"route": "domain"}, tls={"record_layer": layer})
    before = gate.memory()
    load = Load(tmp_path, gate, DOMAIN, "idle", sessions=2000)
    load.wait_until_ready()
    if layer == "compact":
        wait_until(lambda: gate.memory() - before < 6 * MIB, "2,000 sessions take 3 KiB each at most", 20)
    else:
        assert gate.memory() - before > 20 * MIB
    load.stop()
    wait_until(lambda: gate.memory() < before * 1.2, "the memory is the system's again", 20)
    sink.end()
