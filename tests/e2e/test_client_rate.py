"""What one client may send in a second ([limits.rate]): one that floods is read more slowly, over TCP and WebSocket;
nothing is lost, all stays in order, others notice nothing, and goodbyes and resumption work."""

import threading
import time

import pytest

from support.client import DIRECT
from support.raw_session import RawSession
from support.start_stanzagate import backend
from support.waiting import wait_until
from support.websocket_session import WebSocketSession
from support.wire import CLOSED

from conftest import DOMAIN

STANZAS = 20
MANY = 100  # with a burst of a second: 80 of them wait, four seconds


@pytest.fixture
def start(start_gate, prosody):
    def made(rate=None, **sections):
        gate = start_gate({DOMAIN: [backend("a", prosody.address)]}, limits={"rate": rate} if rate else None, web={},
                          **sections)
        gate.wait_for_health("a", "up")
        gate.wait_for_offers(DOMAIN)
        return gate

    return made


def opened(kind, gate, authority):
    if kind == "websocket":
        return WebSocketSession(gate.address, authority.certificate)
    return RawSession(gate.address, DIRECT, authority.certificate)


def messages(to, count, first=0):
    return [f"<message to='{to}' type='chat'><body>number {n}</body></message>".encode()
            for n in range(first, first + count)]


def flood(session, pieces):
    """All at once, as fast as they are taken."""
    if isinstance(session, WebSocketSession):
        for piece in pieces:
            session.wire.send(piece)
    else:
        session.wire.send(b"".join(pieces))


def slowed(gate):
    pool = gate.ask("status")["pools"][0]
    return pool["slowed_sessions"], pool["slowed_ms"]


@pytest.mark.parametrize("kind", ["tcp", "websocket"])
def test_a_flood_comes_at_its_rate_whole_and_in_order(start, authority, kind):
    gate = start({"stanzas": STANZAS, "burst": "1s"})
    receiver = RawSession(gate.address, DIRECT, authority.certificate)
    other = RawSession(gate.address, DIRECT, authority.certificate)
    jid = receiver.log_in("juliet", DOMAIN)
    other.log_in("juliet", DOMAIN)
    client = opened(kind, gate, authority)
    client.log_in("romeo", DOMAIN)
    wait_until(lambda: gate.ask("status")["sessions"] == 3, "all are there")
    time.sleep(1.1)  # the burst is there again

    begin = time.monotonic()
    flood(client, messages(jid, MANY))
    delays = []
    for _ in range(3):
        asked = time.monotonic()
        other.ping()
        delays.append(time.monotonic() - asked)
    bodies = [receiver.next_body() for _ in range(MANY)]
    took = time.monotonic() - begin

    assert bodies == [f"number {n}" for n in range(MANY)]
    assert took > 0.75 * (MANY / STANZAS - 1), took
    assert max(delays) < took, "others do not wait"
    sessions, time_ms = slowed(gate)
    assert sessions == 1 and time_ms > 500, (sessions, time_ms)
    assert len(gate.events("session_slowed")) == 1
    assert "1 session slowed by [limits.rate]" in gate.say("status")
    client.ping()
    for each in (client, other, receiver):
        each.wire.close()


@pytest.mark.parametrize("kind", ["tcp", "websocket"])
def test_what_was_said_before_the_goodbye_comes_before_it(start, authority, kind):
    gate = start({"stanzas": STANZAS, "burst": "1s"})
    receiver = RawSession(gate.address, DIRECT, authority.certificate)
    jid = receiver.log_in("juliet", DOMAIN)
    client = opened(kind, gate, authority)
    client.log_in("romeo", DOMAIN)

    flood(client, messages(jid, MANY))
    if kind == "websocket":
        client.wire.send(b"<close xmlns='urn:ietf:params:xml:ns:xmpp-framing'/>")
    else:
        client.wire.send(b"</stream:stream>")

    assert [receiver.next_body() for _ in range(MANY)] == [f"number {n}" for n in range(MANY)]
    if kind == "tcp":
        assert client.wire.receive_to_end() == CLOSED
        assert client.wire.received.endswith(b"</stream:stream>")
    wait_until(lambda: "client_closed" in [end["reason"] for end in gate.events("session_end")], "its session is over")
    client.wire.close()
    receiver.wire.close()


def test_who_is_slowed_hears_others_and_can_resume(start, authority):
    gate = start({"stanzas": STANZAS, "burst": "1s"})
    receiver = RawSession(gate.address, DIRECT, authority.certificate)
    jid = receiver.log_in("juliet", DOMAIN)
    client = RawSession(gate.address, DIRECT, authority.certificate)
    own = client.log_in("romeo", DOMAIN)
    previous = client.enable_resumption()

    flood(client, messages(jid, MANY))
    receiver.send_message(own, "meanwhile")
    assert client.next_body() == "meanwhile"
    client.wire.cut()
    got = [receiver.next_body()]
    wait_until(lambda: any(end["reason"] == "client_lost" for end in gate.events("session_end")), "it is lost", 30)
    again = RawSession(gate.address, DIRECT, authority.certificate)
    again.authenticate("romeo", DOMAIN)
    handled = again.resume(previous, 1)
    # What the server has not had is sent again, as any client does it.
    flood(again, messages(jid, MANY - handled, handled))
    got += [receiver.next_body() for _ in range(MANY - 1)]
    assert got == [f"number {n}" for n in range(MANY)]
    again.wire.close()
    receiver.wire.close()


def test_bytes_have_a_rate_of_their_own_and_a_reload_takes_it_away(start, authority, prosody):
    gate = start({"bytes": "8KiB", "burst": "1s"})
    client = RawSession(gate.address, DIRECT, authority.certificate)
    jid = client.log_in("romeo", DOMAIN)
    large = f"<message to='{jid}'><body>{'x' * 4_000}</body></message>".encode()
    begin = time.monotonic()
    client.wire.send(large * 8)
    for _ in range(8):
        client.next_body()
    assert time.monotonic() - begin > 0.75 * (8 * len(large) / 8_192 - 2)

    gate.configure({DOMAIN: [backend("a", prosody.address)]}, web={})
    assert gate.ask("reload")["is_applied"]
    client.wire.send(large * 30)
    done = threading.Event()

    def read():
        for _ in range(30):
            client.next_body()
        done.set()

    threading.Thread(target=read, daemon=True).start()
    assert done.wait(12), "at the rate of before it would take fifteen seconds"
    client.wire.close()


def test_a_flood_of_presence_ends_only_where_that_is_configured(start, authority):
    presence = b"<presence to='nobody@prosody.test'/>" * 200
    gate = start({"stanzas": 50, "burst": "1s", "end_floods": True})
    client = RawSession(gate.address, DIRECT, authority.certificate)
    client.log_in("romeo", DOMAIN)
    client.wire.send(presence)
    client.wire.receive_until(b"</stream:stream>")
    assert b"<policy-violation" in client.wire.received
    wait_until(lambda: "flood" in [end["reason"] for end in gate.events("session_end")], "the log says why")
    client.wire.close()

    gate = start({"stanzas": 50, "burst": "1s"})
    client = RawSession(gate.address, DIRECT, authority.certificate)
    client.log_in("romeo", DOMAIN)
    client.wire.send(presence)
    client.ping()
    client.wire.close()
