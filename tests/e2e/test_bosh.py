"""BOSH (XEP-0124, XEP-0206) ended by the proxy in front of real servers, which see an ordinary stream."""

import time

import pytest

from support.bosh_session import BoshSession, Requests
from support.client import DIRECT
from support.http_client import WebClient
from support.start_stanzagate import backend, plain_binary
from support.waiting import wait_until

from conftest import DOMAIN

MIB = 1 << 20
ITEM_NOT_FOUND = "<body xmlns='http://jabber.org/protocol/httpbind' type='terminate' condition='item-not-found'/>"


@pytest.fixture
def gate(start_gate, prosody):
    """Before a Prosody that has no HTTP port, with two workers."""
    gate = start_gate({DOMAIN: [backend("a", prosody.address, prosody.proxied_port, proxy="v2")]},
                      web={"origins": ["https://chat.example.org"]}, health={"every": "200ms"})
    gate.wait_for_offers(DOMAIN)
    return gate


@pytest.fixture
def connect(gate, authority):
    return lambda **keys: BoshSession(gate.address, authority.certificate, **keys)


def ends(gate):
    return [event for event in gate.events("session_end") if event["kind"] == "bosh"]


def test_a_session_from_creation_to_terminate(gate, connect):
    session = connect(fields={"Origin": "https://chat.example.org"})
    jid = session.log_in("juliet", DOMAIN)
    assert jid.startswith(f"juliet@{DOMAIN}/")
    created = session.creation.attrib
    assert created["requests"] == "2" and created["hold"] == "1" and created["wait"] == "20"
    assert created["from"] == DOMAIN and created["authid"]
    assert session.fields["Access-Control-Allow-Origin"] == "https://chat.example.org"
    assert session.fields["Content-Type"] == "text/xml; charset=utf-8"
    session.wire.post()  # is held
    session.send_message(jid, "to myself")
    assert session.next_body() == "to myself"
    assert session.terminate() is None
    wait_until(lambda: ends(gate), "the session has ended")
    assert ends(gate)[0]["reason"] == "client_closed"
    assert gate.ask("sessions")["matching"] == 0


def test_many_sessions_over_many_connections_of_two_workers(gate, connect):
    sessions = [connect(rid=100 * i) for i in range(1, 9)]
    jids = [session.log_in("juliet", DOMAIN) for session in sessions]
    for session, jid in zip(sessions, jids):
        session.wire.post()
        session.send_message(jid, jid)
    for session, jid in zip(sessions, jids):
        assert session.next_body() == jid


def test_a_request_that_is_repeated_is_answered_again(connect):
    session = connect()
    jid = session.log_in("juliet", DOMAIN)
    session.send_message(jid, "once")
    assert session.next_body() == "once"
    while session.wire.open:
        session.next_body_element()
    last = session.entity
    session.wire.post(rid=session.wire.rid, payload="<message to='nobody'/>")
    session.next_body_element()
    assert session.entity == last


def test_nobody_can_guess_a_session(gate, authority):
    requests = Requests(gate.address, authority.certificate, DOMAIN)
    answers = [requests.post(f"<body rid='{i}' sid='{i:048x}' xmlns='http://jabber.org/protocol/httpbind' ver='1.6'/>")
               for i in range(1, 40)]
    assert (answers[0][0], answers[0][2]) == (200, ITEM_NOT_FOUND)
    assert answers[-1][0] == 429


def test_a_slow_reader_holds_no_request_of_others(start_gate, prosody, authority, new_session):
    """One worker has both. The slow one's server is stopped before much is held."""
    gate = start_gate({DOMAIN: [backend("a", prosody.address, prosody.proxied_port, proxy="v2")]}, web={},
                      health={"every": "200ms"}, worker={"threads": 1}, binary=plain_binary())
    gate.wait_for_offers(DOMAIN)
    slow, quick = (BoshSession(gate.address, authority.certificate, rid=rid) for rid in (1000, 5000))
    jid = slow.log_in("juliet", DOMAIN)
    quick.log_in("juliet", DOMAIN)
    romeo = new_session(gate, DIRECT)
    romeo.log_in("romeo", DOMAIN)
    before = gate.memory()

    reader = WebClient(gate.address, authority.certificate, receive_buffer=4096)
    poll = f"<body rid='{slow.wire.rid + 1}' sid='{slow.wire.sid}' xmlns='http://jabber.org/protocol/httpbind'/>"
    reader.ask("POST /http-bind", f"Content-Length: {len(poll)}", body=poll.encode())
    for _ in range(60):
        romeo.send_message(jid, "x" * 250_000)
    romeo.ping()
    for _ in range(20):
        begun = time.monotonic()
        quick.ping()
        assert time.monotonic() - begun < 5  # a request that is held waits 20
    assert gate.memory() - before < 4 * MIB
    reader.close()


def test_what_is_no_request_is_refused(gate, authority):
    def status(entity, method="POST", **fields):
        requests = Requests(gate.address, authority.certificate, DOMAIN, fields=fields)
        try:
            return requests.post(entity, method)
        finally:
            requests.close()

    assert status("<body/>")[0] == 400
    assert status("<body rid='1' xmlns='http://jabber.org/protocol/httpbind' to='x'></stream:stream></body>")[0] == 400
    too_much = status("x" * 600_000, Origin="https://chat.example.org")
    assert too_much[0] == 413 and too_much[1]["Access-Control-Allow-Origin"] == "https://chat.example.org"
    assert status("x", **{"Content-Encoding": "gzip"})[0] == 415
    assert status(None, "GET")[0] == 405
    assert status("x", Origin="https://evil.example")[0] == 403
    preflight = status(None, "OPTIONS", Origin="https://chat.example.org")
    assert preflight[0] == 204 and preflight[1]["Access-Control-Max-Age"] == "86400"
    assert status(None, "OPTIONS")[0] == 204


def test_a_lost_backend_is_told_on_what_is_open(start_gate, start_prosody, connect, authority):
    server = start_prosody()
    gate = start_gate({DOMAIN: [backend("a", server.address)]}, web={}, health={"every": "200ms"})
    gate.wait_for_offers(DOMAIN)
    session = BoshSession(gate.address, authority.certificate)
    session.log_in("juliet", DOMAIN)
    session.wire.post()
    server.end()
    while (body := session.next_body_element()).get("type") != "terminate":
        pass
    assert body.get("condition") in ("remote-stream-error", "remote-connection-failed"), session.entity


@pytest.mark.parametrize("nodes", ["sqlite"], indirect=True)
def test_no_stanza_suffers_from_the_death_of_nodes(nodes, start_gate, new_session, authority):
    """A session over BOSH that is resumed (XEP-0198) in another one: each message comes once."""
    gate = start_gate({DOMAIN: nodes.backends()}, pool={"balance": "round-robin", "resume_anywhere": True}, web={},
                      health={"every": "200ms"})
    for name in ("n1", "n2", "n3"):
        gate.wait_for_health(name, "up")
    juliet = BoshSession(gate.address, authority.certificate)
    jid = juliet.log_in("juliet", DOMAIN)
    sm_id = juliet.enable_resumption()
    sent, received = [], []
    for number in range(4):
        romeo = new_session(gate, DIRECT)
        romeo.log_in("romeo", DOMAIN)
        for part in range(10):
            sent.append(f"{number}.{part}")
            romeo.send_message(jid, sent[-1])
        romeo.ping()
        received += [juliet.next_body() for _ in range(5)]
        nodes.lose_one(meanwhile=lambda: None)
        handled = juliet.handled
        juliet = BoshSession(gate.address, authority.certificate, rid=1000 * (number + 2))
        juliet.authenticate("juliet", DOMAIN)
        juliet.resume(sm_id, handled)
        juliet.handled = handled
        received += [juliet.next_body() for _ in range(len(sent) - len(received))]
        assert juliet.ping() == [] and received == sent
    assert gate.ask("status")["resumes"]["resumed"] == 4
