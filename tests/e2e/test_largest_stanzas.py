"""Limits hold who sends, never who receives: a stanza that a client may send reaches its receiver however the
server writes it, and what a server makes itself may be large."""

import pytest

from support.addresses import free_address
from support.client import DIRECT
from support.start_stanzagate import backend
from support.waiting import wait_until
from support.wire import CLOSED

from conftest import DOMAIN

LIMIT = 256 * 1024  # the default of [limits] stanza, in bytes


def filled_with(text):
    """A message of LIMIT bytes to TO."""
    def fill(to):
        begin, end = f"<message to='{to}'><body>", "</body></message>"
        return begin + text * (LIMIT - len(begin) - len(end)) + end

    return fill


# Each is as large as a client may make it; the server adds to it and writes it longer.
LARGEST = {
    "bytes": filled_with("x"),
    "bytes to be escaped": filled_with('"'),
    "attributes": lambda to: (f"<message to='{to}' " + " ".join(f"a{n}=''" for n in range(63))
                              + "><body>x</body></message>"),
    "attributes of namespaces": lambda to: (
        f"<message to='{to}' " + " ".join(f"xmlns:n{n}='urn:{n}' n{n}:a=''" for n in range(31))
        + "><body>x</body></message>"),
    "depth": lambda to: f"<message to='{to}'>" + "<a>" * 99 + "</a>" * 99 + "<body>x</body></message>",
}


@pytest.mark.parametrize("stanza", LARGEST.values(), ids=LARGEST)
def test_largest_stanza_of_a_client_ends_nobodys_session(stanza, gate, new_session):
    sender, receiver = new_session(gate, DIRECT), new_session(gate, DIRECT)
    sender.log_in("romeo", DOMAIN)
    to = receiver.log_in("juliet", DOMAIN)

    sender.wire.send(stanza(to).encode())

    assert receiver.next_body()
    assert receiver.ping() == []
    assert sender.ping() == []


def test_large_roster_arrives(start_fake, start_gate, new_session):
    contacts = 20_000
    roster = ("<iq xmlns='jabber:client' type='result' id='roster'><query xmlns='jabber:iq:roster'>"
              + "".join(f"<item jid='contact{n}@{DOMAIN}' name='Contact {n}' subscription='both'>"
                        "<group>Everybody</group></item>" for n in range(contacts))
              + "</query></iq>")

    def behaviour(peer):
        peer.log_in(DOMAIN)
        peer.read_until(b"</iq>")
        peer.send(roster.encode())
        peer.wait_for_close()

    gate = start_gate({DOMAIN: [backend("a", start_fake(behaviour).address)]})
    session = new_session(gate)
    session.authenticate("romeo", DOMAIN)
    session.wire.send(b"<iq type='get' id='roster'><query xmlns='jabber:iq:roster'/></iq>")

    assert len(session.next_stanza()[0]) == contacts


def test_stanza_under_way_outlives_lower_limits(prosody, start_gate, new_session):
    """What is lowered while a stanza arrives holds for the next one."""
    domains = {DOMAIN: [backend("a", prosody.address)]}
    gate = start_gate(domains)
    source = free_address()
    sender, receiver = new_session(gate, source=source), new_session(gate)
    sender.log_in("romeo", DOMAIN)
    to = receiver.log_in("juliet", DOMAIN)
    begin = f"<message to='{to}'><body>".encode() + b"x" * 60_000
    sender.wire.send(begin)
    wait_until(lambda: gate.ask("sessions")["matching"] == 2, "both are there")

    gate.configure(domains, limits={"stanza": "10000B"})
    wait_until(lambda: gate.events("reloaded"), "the new limits count")
    sender.wire.send(b"y" * 50)
    sender.wire.send(b"</body></message>")

    assert receiver.next_body() == "x" * 60_000 + "y" * 50
    sender.wire.send(begin)
    assert sender.wire.receive_to_end() == CLOSED
    assert gate.wait_for_session_end(source)["detail"] == "too-many-bytes"
