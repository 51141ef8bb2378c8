"""What clients are offered before any backend is chosen, with backends that answer as servers do which are not
installed here: ejabberd from 24.02 on, Prosody 13 with FAST, jabberd2."""

import re

import pytest

from support.client import DIRECT
from support.raw_session import header
from support.routed_gate import wait_for_features
from support.start_stanzagate import backend
from support.waiting import wait_until
from support.wire import CLOSED

from conftest import DOMAIN

PLAIN = b"<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>PLAIN</mechanism></mechanisms>"
SASL2 = b"<authentication xmlns='urn:xmpp:sasl:2'><mechanism>PLAIN</mechanism></authentication>"
FAST = (b"<authentication xmlns='urn:xmpp:sasl:2'><mechanism>PLAIN</mechanism><inline><fast xmlns='urn:xmpp:fast:0'>"
        b"<mechanism>HT-SHA-256-NONE</mechanism></fast></inline></authentication>")
NO_FAST = b"<authentication xmlns='urn:xmpp:sasl:2'><mechanism>PLAIN</mechanism><inline/></authentication>"
IQ_AUTH = b"<auth xmlns='http://jabber.org/features/iq-auth'/>"
AUTH = b"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>AHJvbWVvAHg=</auth>"
AUTHENTICATE = (b"<authenticate xmlns='urn:xmpp:sasl:2' mechanism='PLAIN'><initial-response>AHJvbWVvAHg="
                b"</initial-response></authenticate>")
ACK = b" xmlns:ack='http://www.xmpp.org/extensions/xep-0198.html#ns'"
QUICKLY = {"every": "200ms", "timeout": "2s", "rise": 1, "fall": 1}


def stream(features, declarations=b""):
    return (b"<?xml version='1.0'?><stream:stream xmlns='jabber:client' "
            b"xmlns:stream='http://etherx.jabber.org/streams'" + declarations
            + f" id='fake' from='{DOMAIN}' version='1.0'>".encode()
            + b"<stream:features>" + features + b"</stream:features>")


def offering(others, users, declarations=b"", wrong_from=b""):
    """A server that offers `users` to headers that name a user, and `others` to the rest; it grants every login, and
    says in the features after it who it is."""
    def behaviour(peer):
        peer.read_until(b"http://etherx.jabber.org/streams")
        peer.read_until(b">")
        sent_from = re.search(rb"from='([^']*)'", bytes(peer.received))
        address = sent_from.group(1) if sent_from else b""
        name, _, domain = address.partition(b"/")[0].rpartition(b"@")
        if name and domain.decode().lower() != DOMAIN or wrong_from and address == wrong_from:
            peer.send(b"<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' "
                      b"id='fake' version='1.0'><stream:error><invalid-from "
                      b"xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error></stream:stream>")
            return
        peer.send(stream(users if name else others, declarations))
        first = peer.receive()
        if b"<authenticate" in first:
            peer.send(b"<success xmlns='urn:xmpp:sasl:2'><authorization-identifier>romeo@" + DOMAIN.encode()
                      + b"/x</authorization-identifier></success><stream:features><by xmlns='urn:test'>"
                      + address + b"</by></stream:features>")
        elif b"<auth" in first:
            peer.send(b"<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>")
        peer.wait_for_close()

    return behaviour


def named(user):
    return header(DOMAIN).replace(b" to=", f" from='{user}' to=".encode())


def shown(session, opening):
    """What a header is answered with, up to the features."""
    session.secure(DOMAIN)
    session.wire.forget()
    session.wire.send(opening)
    while b"</stream:features>" not in session.wire.received:
        assert session.wire.receive_some(), bytes(session.wire.received)
    return bytes(session.wire.received)


def read_until(session, mark):
    while mark not in session.wire.received:
        assert session.wire.receive_some(), bytes(session.wire.received)


def wait_for_line(gate, event, **fields):
    """The first line of that event in the log with these fields."""
    def found():
        return next((line for line in gate.events(event)
                     if all(line[key] == value for key, value in fields.items())), None)

    return wait_until(found, f"a line {event} with {fields}")


@pytest.fixture
def start_offers(start_fake, start_gate, authority):
    """A stanzagate in front of a fake backend for each behaviour, whose features are known."""
    def start(*behaviours, **sections):
        fakes = [start_fake(behaviour) for behaviour in behaviours]
        gate = start_gate({DOMAIN: [backend(f"fake{number}", fake.address) for number, fake in enumerate(fakes)]},
                          health=sections.pop("health", QUICKLY), **sections)
        wait_for_features(gate, DOMAIN, authority, fakes)
        for number in range(len(fakes)):
            wait_until(lambda: gate.backends()[f"fake{number}"]["health"] != "unknown", "all are checked")
        return gate, fakes

    return start


@pytest.mark.parametrize("others, users", [(PLAIN, PLAIN + SASL2), (PLAIN + NO_FAST, PLAIN + FAST)],
                         ids=["ejabberd 24.12", "Prosody 13"])
def test_who_names_its_user_is_offered_what_is_for_users(others, users, start_offers, new_session):
    gate, _ = start_offers(offering(others, users), health={"every": "10m"})

    assert others in shown(new_session(gate, DIRECT), header(DOMAIN))
    assert others in shown(new_session(gate, DIRECT), named("romeo@another.test"))
    assert others in shown(new_session(gate, DIRECT), named(DOMAIN))
    session = new_session(gate, DIRECT)
    assert users in shown(session, named(f"romeo@{DOMAIN}"))
    session.wire.send(AUTHENTICATE)
    read_until(session, f"<by xmlns='urn:test'>romeo@{DOMAIN}</by>".encode())


def test_from_reaches_the_backend_as_it_was_sent(start_offers, new_session):
    """What is wrong with it is the backend's to say, too."""
    gate, (fake,) = start_offers(offering(PLAIN, PLAIN), health={"every": "10m"})
    good, bad = new_session(gate, DIRECT), new_session(gate, DIRECT)
    shown(good, named(f"Romeo@{DOMAIN.upper()}/a&amp;b"))
    good.wire.send(AUTH)
    read_until(good, b"<success")
    shown(bad, named("romeo@another.test"))
    bad.wire.send(AUTH)

    assert bad.wire.receive_to_end() == CLOSED
    assert b"<invalid-from" in bad.wire.received
    assert any(f"from='Romeo@{DOMAIN.upper()}/a&amp;b'".encode() in peer.received for peer in fake.peers)
    assert any(b"from='romeo@another.test'" in peer.received for peer in fake.peers)


def test_members_agree_in_what_they_offer_to_users_or_one_is_out(start_offers):
    gate, _ = start_offers(offering(PLAIN, PLAIN + SASL2), offering(PLAIN, PLAIN + SASL2), offering(PLAIN, PLAIN))

    line = wait_for_line(gate, "backend_state", backend="fake2", to="down")
    assert "lacks SASL2 PLAIN" in line["detail"]


def test_server_that_refuses_users_is_up_for_others_and_the_log_says_so(start_offers, new_session):
    gate, _ = start_offers(offering(PLAIN, PLAIN, wrong_from=f"nobody@{DOMAIN}".encode()))

    line = wait_for_line(gate, "user_refused")
    assert line["backend"] == "fake0" and "invalid-from" in line["detail"]
    assert PLAIN in shown(new_session(gate, DIRECT), header(DOMAIN))
    session = new_session(gate, DIRECT)
    shown(session, named(f"romeo@{DOMAIN}"))
    session.wire.send(AUTH)
    read_until(session, b"<success")


def test_members_of_one_pool_may_declare_different_prefixes(start_offers, new_session):
    """jabberd2 declares one more; each of them serves logins, alone too."""
    usual, jabberd = offering(PLAIN, PLAIN), offering(PLAIN + b"<ack:ack/>", PLAIN + b"<ack:ack/>", ACK)
    for behaviours in ((usual, jabberd), (jabberd, usual), (jabberd,)):
        gate, fakes = start_offers(*behaviours, pool={"balance": "round-robin"}, health={"every": "10m"})
        wait_until(lambda: ACK in shown(new_session(gate, DIRECT), header(DOMAIN)), "all prefixes are declared")
        for _ in range(2 * len(behaviours)):
            session = new_session(gate, DIRECT)
            shown(session, header(DOMAIN))
            session.wire.send(AUTH)
            read_until(session, b"<success")
        for fake in fakes:
            assert sum(b"<auth" in peer.received for peer in fake.peers) == 2


def test_headers_that_nobody_can_stand_for_are_routed_by_domain(start_fake, start_gate, new_session):
    def prefix_free(peer):
        peer.read_until(b"http://etherx.jabber.org/streams")
        peer.read_until(b">")
        peer.send(f"<stream xmlns='http://etherx.jabber.org/streams' id='fake' from='{DOMAIN}' version='1.0'>"
                  .encode() + b"<features>" + PLAIN + b"</features>")
        peer.read_until(b"</auth>")
        peer.send(b"<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>")
        peer.wait_for_close()

    gate = start_gate({DOMAIN: [backend("odd", start_fake(prefix_free).address)]}, health={"every": "10m"})
    assert wait_for_line(gate, "routed_by_domain")["domain"] == DOMAIN
    session = new_session(gate, DIRECT)
    session.secure(DOMAIN)
    session.wire.forget()
    session.wire.send(header(DOMAIN))
    read_until(session, b"</features>")
    session.wire.send(AUTH)
    read_until(session, b"<success")


def test_what_needs_the_servers_own_stream_id_is_not_offered(start_offers, new_session):
    gate, _ = start_offers(offering(IQ_AUTH + PLAIN, PLAIN + IQ_AUTH), health={"every": "10m"})

    for opening in (header(DOMAIN), named(f"romeo@{DOMAIN}")):
        answer = shown(new_session(gate, DIRECT), opening)
        assert PLAIN in answer and b"iq-auth" not in answer
