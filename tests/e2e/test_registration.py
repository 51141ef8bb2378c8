"""Who registers an account before login (XEP-0077), perhaps with a CAPTCHA, has `[limits] registration` for it."""

import time

import pytest

from support.addresses import C2S, free_address
from support.client import DIRECT
from support.start_stanzagate import backend
from support.strict_xml import stream_error
from support.waiting import wait_until
from support.wire import CLOSED, Wire

from conftest import DOMAIN

LOGIN = 1.0
REGISTRATION = 2.5
ASK = b"<iq type='get' id='form'><query xmlns='jabber:iq:register'/></iq>"
OFFER = (b"<register xmlns='http://jabber.org/features/iq-register'/>"
         b"<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>PLAIN</mechanism></mechanisms>")
FORM = b"<iq type='result' id='form'><query xmlns='jabber:iq:register'><username/><password/></query></iq>"
REFUSAL = (b"<iq type='error' id='form'><error type='cancel'>"
           b"<service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>")


def answering(answer):
    """A server that says `answer` to every iq."""
    def behave(peer):
        peer.open_stream(DOMAIN, OFFER)
        while True:
            peer.read_until(b"</iq>")
            peer.send(answer)
    return behave


@pytest.fixture(params=["user", "domain"])
def route(request):
    return request.param


@pytest.fixture
def start_hasty_gate(start_gate, start_fake, route):
    """A gate with short limits in front of a server that says `answer` to every iq."""
    def start(answer):
        fake = start_fake(answering(answer))
        gate = start_gate({DOMAIN: [backend("a", fake.address)]}, pool={"route": route},
                          limits={"login": "1s", "handshake": "1s", "registration": "2500ms"})
        wait_until(lambda: fake.connections, "the backend is checked")
        return gate
    return start


def open_session(gate, new_session):
    source = free_address()
    session = new_session(gate, DIRECT, source=source)
    began = time.monotonic()
    session.secure(DOMAIN)
    session.open_stream(DOMAIN)
    return source, session, began


def assert_ends_for_its_login(gate, source, session):
    assert session.wire.receive_to_end() == CLOSED
    assert stream_error(session.wire.received) == "connection-timeout"
    assert gate.wait_for_session_end(source)["reason"] == "login_timeout"


def test_registration_outlives_the_login_deadline(start_hasty_gate, new_session):
    gate = start_hasty_gate(FORM)
    _, session, _ = open_session(gate, new_session)
    session.wire.send(ASK)
    assert session.next_element().get("type") == "result"

    assert Wire(gate.address, C2S).receive_to_end() == CLOSED  # another's login deadline passes

    session.wire.send(ASK)
    assert session.next_element().get("type") == "result"


def test_registration_has_an_end_that_more_iqs_do_not_move(start_hasty_gate, new_session):
    gate = start_hasty_gate(FORM)
    source, session, began = open_session(gate, new_session)
    answered = None
    while time.monotonic() < began + LOGIN + REGISTRATION + 5:
        session.wire.send(ASK)
        element = session.next_element()
        if element.get("type") != "result":
            break
        answered = answered or time.monotonic()

    lasted = time.monotonic() - answered
    assert REGISTRATION - 0.2 < lasted < REGISTRATION + 2
    assert_ends_for_its_login(gate, source, session)


def test_an_iq_that_is_refused_gives_no_more_time(start_hasty_gate, new_session):
    gate = start_hasty_gate(REFUSAL)
    source, session, began = open_session(gate, new_session)
    session.wire.send(ASK)
    assert session.next_element().get("type") == "error"

    assert_ends_for_its_login(gate, source, session)
    assert time.monotonic() - began < LOGIN + 1
