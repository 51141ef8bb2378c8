"""WebSocket sessions in numbers and in trouble: logins by the thousand and in the first second, reloads, servers that are
taken away or die, operators that end them. What is promised for TCP holds."""

import os
import random
import signal

import pytest

from support.addresses import WEB
from support.crowd import Crowd
from support.framed_stream import FramedStream
from support.load import Load
from support.start_node import DOMAIN as CLUSTER_DOMAIN
from support.start_stanzagate import backend
from support.waiting import wait_until
from support.websocket_session import WebSocketSession

from conftest import DOMAIN

HEALTH = {"every": "200ms", "timeout": "1s"}
CLOSE_FRAME = '<close xmlns="urn:ietf:params:xml:ns:xmpp-framing" />'
KILL_ROUNDS = int(os.environ.get("CLUSTER_KILL_ROUNDS", 12)) // 3


@pytest.fixture
def load(tmp_path):
    """Runs load_client over WebSocket."""
    running = []

    def start(gate, mode, **options):
        running.append(Load(tmp_path / f"load{len(running)}", gate, DOMAIN, mode, port=WEB, websocket="/xmpp-websocket",
                            **options))
        return running[-1]

    yield start
    for each in running:
        each.stop()


def session_ends(gate, kind="websocket"):
    return [event for event in gate.events("session_end") if event.get("kind") == kind]


@pytest.mark.alone
def test_two_thousand_log_in_at_once(sink, start_gate, load):
    gate = start_gate({DOMAIN: [backend("a", sink.address)]}, web={"per_address": 0}, log={"level": "warn"})
    crowd = load(gate, "idle", sessions=2000, concurrency=2000)
    crowd.wait_until_ready()
    assert gate.backends()["a"]["sessions"] == 2000
    crowd.stop()
    wait_until(lambda: gate.backends()["a"]["sessions"] == 0, "all are gone", 30)


@pytest.mark.alone
def test_logins_in_the_first_second_find_their_way(sink, start_gate, load):
    """Before a check has passed, or the features are known."""
    gate = start_gate({DOMAIN: [backend("a", sink.address)]}, web={})
    done = load(gate, "logins", count=500, concurrency=100).wait_for_success()
    assert done["logins"] == "500"
    wait_until(lambda: len(session_ends(gate)) == 500, "all ends are logged")
    assert {end["reason"] for end in session_ends(gate)} == {"client_closed"}


@pytest.mark.alone
def test_reloads_touch_no_session(sink, start_gate, load):
    gate = start_gate({DOMAIN: [backend("a", sink.address)]}, web={}, health=HEALTH)
    live = load(gate, "stanzas", sessions=200, seconds=300, timeout=320)
    live.wait_until_ready()
    for number in range(20):
        gate.configure({DOMAIN: [backend("a", sink.address, weight=50 + number)]}, health=HEALTH,
                       web={"keep_alive": f"{10 + number}s", "origins": [f"https://{number}.test"]})
        assert gate.ask("reload")["is_applied"]
    live.finish()
    assert int(live.wait_for_success()["stanzas"]) > 1000
    wait_until(lambda: len(session_ends(gate)) == 200, "all ends are logged")
    assert {end["reason"] for end in session_ends(gate)} == {"client_closed"}


@pytest.fixture
def gate(start_gate, prosody):
    gate = start_gate({DOMAIN: [backend("a", prosody.address, prosody.proxied_port, proxy="v2")]}, web={}, health=HEALTH,
                      pool={"resume_anywhere": True})
    gate.wait_for_offers(DOMAIN)
    return gate


@pytest.fixture
def log_in(gate, authority):
    opened = []

    def one(user, is_resumable=False):
        session = WebSocketSession(gate.address, authority.certificate)
        opened.append(session)
        session.log_in(user, DOMAIN)
        if is_resumable:
            session.enable_resumption()
        return session

    yield one
    for session in opened:
        session.wire.close()


def last_words(session):
    """All that comes until the end: texts and the number of the Close frame."""
    words = []
    while (message := session.wire.next_message()) is not None:
        words.append(message)
    return words


def assert_cut(session):
    """So that its client resumes: no <close/>, and a Close frame that says why."""
    assert last_words(session) == [1012]


def assert_told(session, condition):
    """In words, and in the order that browsers take for a clean end."""
    error, close, code = last_words(session)
    assert error.startswith("<stream:error") and f"<{condition} " in error, error
    assert (close, code) == (CLOSE_FRAME, 1000)


def test_a_stop_cuts_who_can_resume_and_tells_the_others(gate, log_in):
    resumable, other = log_in("romeo", is_resumable=True), log_in("juliet")
    gate.process.send_signal(signal.SIGTERM)
    assert_cut(resumable)
    assert_told(other, "system-shutdown")
    assert gate.process.wait() == 0


def test_maintenance_cuts_who_can_resume_and_tells_the_others(gate, log_in):
    resumable, other = log_in("romeo", is_resumable=True), log_in("juliet")
    gate.say("maintenance", "pool0/a", "--over", "1s")
    assert_cut(resumable)
    assert_told(other, "system-shutdown")
    assert {end["reason"] for end in session_ends(gate)} == {"maintenance"}


def test_drain_leaves_sessions_alone(gate, log_in):
    session = log_in("romeo")
    gate.say("drain", "pool0/a")
    assert session.ping() == []
    assert session.close_stream() == 1000


def test_who_is_kicked_hears_it(gate, log_in):
    romeo, juliet = log_in("romeo"), log_in("juliet", is_resumable=True)
    found = gate.ask("sessions", "--jid", f"romeo@{DOMAIN}")["sessions"]
    assert gate.ask("kick", found[0]["id"])["ended"] == 1
    assert_told(romeo, "policy-violation")
    assert juliet.ping() == []


def test_a_lost_server_is_a_cut_to_who_can_resume(start_gate, start_prosody, authority):
    server = start_prosody()
    gate = start_gate({DOMAIN: [backend("a", server.address)]}, web={}, health=HEALTH)
    gate.wait_for_offers(DOMAIN)
    session = WebSocketSession(gate.address, authority.certificate)
    session.log_in("romeo", DOMAIN)
    session.enable_resumption()
    server.kill()
    assert_cut(session)
    session.wire.close()


@pytest.mark.parametrize("nodes", ["sqlite"], indirect=True)
def test_no_stanza_suffers_from_the_death_of_nodes(nodes, start_gate, authority):
    gate = start_gate({CLUSTER_DOMAIN: nodes.backends()}, pool={"balance": "round-robin", "resume_anywhere": True}, web={},
                      health=HEALTH)
    for name in ("n1", "n2", "n3"):
        gate.wait_for_health(name, "up")
    crowd = Crowd(gate.address, CLUSTER_DOMAIN, authority.certificate, stream=FramedStream)
    try:
        crowd.begin()
        for _ in range(KILL_ROUNDS):
            crowd.wait_for_progress()
            crowd.cut(random.sample(crowd.clients, 2))
            nodes.lose_one(meanwhile=crowd.wait_for_progress)
        verdict = crowd.settle()
        assert not verdict, verdict
        assert crowd.account.received_count() == crowd.account.sent_count() > 0
        assert crowd.resumptions() > KILL_ROUNDS
    finally:
        crowd.end()
    assert {event["kind"] for event in gate.events("session_end") if "backend" in event} == {"websocket"}
