"""What one address may take ([limits.address]): the others still log in, a NAT that is named is let be, and who is
refused hears why, is counted, and is one line in the log."""

import socket

import pytest

from support.addresses import C2S, C2S_TLS, WEB, free_address
from support.bosh_session import BoshSession
from support.client import DIRECT, STARTTLS
from support.raw_session import RawSession, header
from support.start_haproxy import Haproxy
from support.start_stanzagate import backend
from support.waiting import wait_until
from support.websocket_session import WebSocketSession
from support.wire import CLOSED, Wire

from conftest import DOMAIN
from test_failed_logins import try_password

PROXIED_C2S = 15222


@pytest.fixture
def start(start_gate, prosody):
    """A stanzagate before Prosody, with these keys in [limits.address]."""
    def made(address=None, limits=None, **sections):
        gate = start_gate({DOMAIN: [backend("a", prosody.address)]},
                          limits={**(limits or {}), **({"address": address} if address else {})}, **sections)
        gate.wait_for_health("a", "up")
        gate.wait_for_offers(DOMAIN)
        return gate

    return made


@pytest.fixture
def hold():
    """Opens silent connections, which are there until the test is over: hold(gate, number, source)."""
    held = []

    def opened(gate, number, source, port=C2S, address=None):
        these = [Wire(address or gate.address, port, source) for _ in range(number)]
        held.extend(these)
        return these

    yield opened
    for wire in held:
        wire.close()


def refused(gate, reason):
    return gate.ask("status")["refused"][reason]


def lines_of(gate, source):
    return [line for line in gate.events("session_refused") if line["peer"].rpartition(":")[0] == source]


def expect_refusal(gate, source, reason, words, key, port=C2S):
    """In the words of the port, counted, and told with a remedy."""
    before = refused(gate, reason)
    wire = Wire(gate.address, port, source)
    assert wire.receive_to_end() == CLOSED
    if port == C2S:
        assert b"<policy-violation" in wire.received and words in wire.received, bytes(wire.received)
        assert wire.received.endswith(b"</stream:stream>")
    else:
        assert not wire.received
    wire.close()
    assert refused(gate, reason) == before + 1
    line = next(line for line in lines_of(gate, source) if line["reason"] == reason)
    assert f"[limits.address] {key}" in line["remedy"] and "exempt" in line["remedy"], line
    assert reason in gate.say("status")


def log_in(gate, authority, source=None, transport=DIRECT):
    session = RawSession(gate.address, transport, authority.certificate, source)
    session.log_in("romeo", DOMAIN)
    return session


def is_counted(gate, sessions):
    wait_until(lambda: gate.ask("status")["sessions"] == sessions, f"there are {sessions} sessions")


def test_200_silent_connections_of_one_address_leave_room_for_others(start, hold, authority):
    gate = start(limits={"sessions": 200})
    greedy = free_address()

    hold(gate, 200, greedy)
    wait_until(lambda: refused(gate, "before_login") == 50, "a quarter of the places is not for it")
    other = log_in(gate, authority, free_address())

    other.ping()
    other.wire.close()
    assert len(lines_of(gate, greedy)) == 1, "a flood is a line in ten seconds"
    expect_refusal(gate, greedy, "before_login", b"have not logged in", "before_login")


@pytest.mark.parametrize("port", [C2S, C2S_TLS, WEB])
def test_connections_before_login_are_bounded_at_every_door(start, hold, authority, port):
    gate = start({"before_login": 4}, web={})
    source = free_address()
    # All doors are one budget.
    first = hold(gate, 2, source)
    hold(gate, 1, source, C2S_TLS)
    hold(gate, 1, source, WEB)
    wait_until(lambda: refused(gate, "before_login") == 0 and gate.ask("status")["sessions"] >= 3, "they are in")

    expect_refusal(gate, source, "before_login", b"have not logged in", "before_login", port)

    first[0].close()
    is_counted(gate, 2)
    again = RawSession(gate.address, STARTTLS, authority.certificate, source)
    again.log_in("romeo", DOMAIN)
    # Who has logged in counts no more.
    log_in(gate, authority, source).wire.close()
    again.ping()
    again.wire.close()


def test_nothing_is_left_counted_however_connections_end(start, authority):
    gate = start({"before_login": 2, "sessions": 2}, web={})
    source = free_address()
    for ways in range(12):
        wire = Wire(gate.address, C2S, source)
        if ways % 3 == 1:
            wire.send(header(DOMAIN))
            wire.receive_until(b"</stream:features>")
        if ways % 3 == 2:
            wire.send(b"<!-- no -->")
            wire.receive_to_end()
        wire.close() if ways % 2 else wire.cut(reset=True)
        is_counted(gate, 0)
    for number in range(6):
        session = log_in(gate, authority, source)
        if number % 2:
            session.wire.cut()
        else:
            session.wire.send(b"</stream:stream>")
            session.wire.receive_to_end()
            session.wire.close()
        is_counted(gate, 0)
    for _ in range(4):
        session = WebSocketSession(gate.address, authority.certificate, source=source)
        session.log_in("romeo", DOMAIN)
        session.wire.cut()
        is_counted(gate, 0)
    assert sum(gate.ask("status")["refused"].values()) == 0


def test_sessions_of_an_address_are_bounded_at_login(start, authority):
    gate = start({"sessions": 2})
    source = free_address()
    first, second = (log_in(gate, authority, source) for _ in range(2))

    third = RawSession(gate.address, DIRECT, authority.certificate, source)
    third.secure(DOMAIN)
    third.open_stream(DOMAIN)
    third.wire.send(b"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>AGEAYg==</auth>")
    assert third.wire.receive_to_end() == CLOSED
    assert b"<policy-violation" in third.wire.received and b"too many sessions from this address" in third.wire.received
    third.wire.close()
    assert refused(gate, "address_sessions") == 1
    assert lines_of(gate, source)[0]["reason"] == "address_sessions"
    wait_until(lambda: any((end["reason"], end.get("detail")) == ("address_limit", "address_sessions")
                           for end in gate.events("session_end")), "the log says why")

    log_in(gate, authority, free_address()).wire.close()
    second.wire.close()
    wait_until(lambda: len([end for end in gate.events("session_end") if end["peer"].startswith(source + ":")]) == 2,
               "its session has ended")
    log_in(gate, authority, source).wire.close()
    first.ping()
    first.wire.close()


def test_a_reload_counts_for_new_connections_and_those_that_are_there(start, prosody, authority, hold):
    gate = start()
    source = free_address()
    sessions = [log_in(gate, authority, source) for _ in range(2)]

    def reload(**address):
        gate.configure({DOMAIN: [backend("a", prosody.address)]}, limits={"address": address})
        assert gate.ask("reload")["is_applied"]

    reload(sessions=2, new_per_second=1)
    third = RawSession(gate.address, DIRECT, authority.certificate, source)
    third.secure(DOMAIN)
    third.open_stream(DOMAIN)
    assert "refused" in try_password_and_read(third)
    # The burst is ten.
    hold(gate, 12, source)
    wait_until(lambda: refused(gate, "new_per_second") >= 1, "they come too fast")
    expect_refusal(gate, source, "new_per_second", b"too many new connections", "new_per_second")
    reload(sessions=1, new_per_second=1, exempt=[f"{source}/32"])
    log_in(gate, authority, source).wire.close()
    for session in sessions:
        session.ping()
        session.wire.close()


def try_password_and_read(session):
    session.wire.send(b"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>AGEAYg==</auth>")
    session.wire.receive_to_end()
    session.wire.close()
    return "refused" if b"<policy-violation" in session.wire.received else bytes(session.wire.received).decode()


@pytest.mark.parametrize("threads", [1, 4])
def test_a_guesser_has_one_budget_for_all_workers(start, authority, threads):
    gate = start({"failed_logins": "6 in 10m"}, web={}, worker={"threads": threads})
    source = free_address()
    waiting = RawSession(gate.address, DIRECT, authority.certificate, source)
    waiting.secure(DOMAIN)
    waiting.open_stream(DOMAIN)
    known = log_in(gate, authority, source)

    tries = 0
    while refused(gate, "failed_logins") == 0:
        wire = Wire(gate.address, C2S_TLS, source)
        session = RawSession.__new__(RawSession)
        session.__dict__.update(_transport=DIRECT, _authority=authority.certificate, behind_sasl=b"", wire=wire,
                                handled=0)
        try:
            session.secure(DOMAIN)
        except OSError:
            wire.close()
            break
        session.open_stream(DOMAIN)
        try_password(session, "romeo")
        wire.close()
        tries += 1
        assert tries <= 6, "a budget for each worker"
        wait_until(lambda: gate.ask("status")["failed_logins"] == tries, "it is counted")
    assert tries == 6

    expect_refusal(gate, source, "failed_logins", b"too many failed logins", "failed_logins")
    # A connection that was there before has no budget of its own.
    assert try_password_and_read(waiting) == "refused"
    # On the web it hears so once it wants to begin a session.
    bosh = BoshSession(gate.address, authority.certificate)
    bosh.secure(DOMAIN)
    bosh.wire.requests._connect = at_source(bosh.wire.requests, gate.address, source)
    status, fields, text = bosh.wire.requests.post(
        f"<body rid='1' to='{DOMAIN}' wait='20' hold='1' ver='1.11' xmlns='http://jabber.org/protocol/httpbind'/>")
    assert status == 429 and "Retry-After" in fields, (status, fields, text)
    bosh.wire.close()
    # Others, and who is there, go on.
    log_in(gate, authority, free_address()).wire.close()
    known.ping()
    known.wire.close()


def at_source(requests, address, source):
    plain = requests._connect

    def connect():
        connection = plain()
        connection._create_connection = lambda _, timeout, __: socket.create_connection((address, WEB), timeout,
                                                                                         (source, 0))
        return connection

    return connect


def test_who_guesses_may_come_back_when_the_window_has_passed(start, authority):
    gate = start({"failed_logins": "2 in 3s"})
    source = free_address()
    session = RawSession(gate.address, DIRECT, authority.certificate, source)
    session.secure(DOMAIN)
    session.open_stream(DOMAIN)
    for _ in range(2):
        try_password(session, "romeo")
    assert try_password_and_read(session) == "refused"

    def is_back():
        wire = Wire(gate.address, C2S, source)
        wire.send(header(DOMAIN))
        back = wire.receive_some()
        wire.close()
        return b"<policy-violation" not in back

    wait_until(is_back, "it is let in again", 20)
    log_in(gate, authority, source).wire.close()


def test_a_nat_that_is_named_takes_what_it_needs(start, hold, authority):
    source = free_address()
    gate = start({"before_login": 2, "sessions": 2, "new_per_second": 1, "failed_logins": "2 in 10m",
                  "exempt": [f"{source}/32"]})
    hold(gate, 30, source)
    session = RawSession(gate.address, DIRECT, authority.certificate, source)
    session.secure(DOMAIN)
    session.open_stream(DOMAIN)
    for _ in range(5):
        try_password(session, "romeo")
    session.wire.close()
    sessions = [log_in(gate, authority, source) for _ in range(4)]
    for each in sessions:
        each.ping()
        each.wire.close()
    assert sum(gate.ask("status")["refused"].values()) == 0


def test_behind_haproxy_the_client_is_counted_and_not_haproxy(start, hold, authority, tmp_path):
    gate = start({"before_login": 3}, listen=[{"address": PROXIED_C2S, "kind": "c2s",
                                               "accept_proxy": ["127.0.0.0/8"]}])
    front = Haproxy(tmp_path / "haproxy", gate.address, {C2S: PROXIED_C2S}, "send-proxy-v2")
    greedy = free_address()
    try:
        hold(gate, 10, greedy, address=front.address)
        wait_until(lambda: refused(gate, "before_login") == 7, "only three of them are in")
        assert lines_of(gate, greedy)
        # Many others come through the same HAProxy.
        for _ in range(5):
            hold(gate, 1, free_address(), address=front.address)
        is_counted(gate, 8)
        log_in_through = RawSession(front.address, STARTTLS, authority.certificate, free_address())
        log_in_through.log_in("romeo", DOMAIN)
        log_in_through.ping()
        log_in_through.wire.close()
        assert refused(gate, "before_login") == 7
    finally:
        front.end()


def test_bosh_counts_its_session_and_not_its_connections(start, authority):
    gate = start({"before_login": 2, "sessions": 1}, web={})
    source = free_address()

    def session():
        made = BoshSession(gate.address, authority.certificate)
        made.secure(DOMAIN)
        made.wire.requests._connect = at_source(made.wire.requests, gate.address, source)
        made.secure = lambda domain: made
        return made

    first = session()
    first.log_in("romeo", DOMAIN)
    # Two connections at least are there, and no place before login is taken.
    for _ in range(5):
        first.ping()
    idle = [Wire(gate.address, C2S, source) for _ in range(2)]
    wait_until(lambda: gate.ask("status")["sessions"] == 3, "both are in")
    assert refused(gate, "before_login") == 0
    for wire in idle:
        wire.close()
    is_counted(gate, 1)
    first.wire.post("type='terminate'").join()
    is_counted(gate, 0)
    first.wire.close()
    second = session()
    second.log_in("romeo", DOMAIN)
    second.wire.close()
