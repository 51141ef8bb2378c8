"""Real clients log in to real servers through stanzagate, and the servers see who they are: both where the
login chooses the backend and where the stream header does."""

import re

import pytest

from support.addresses import free_address
from support.client import STARTTLS, Client, LoginFailed
from support.known_secrets import new_secret
from support.raw_session import header
from support.routed_gate import start_routed_gate, wait_for_features
from support.start_stanzagate import backend
from support.strict_xml import SASL, stream_error
from support.wire import CLOSED

from conftest import DOMAIN, DOMAINS


@pytest.fixture(scope="module", params=["user", "domain"])
def gate(request, certificates, authority, prosody, ejabberd, tmp_path_factory):
    """A stanzagate in front of both servers that routes by the parameter."""
    running = start_routed_gate(tmp_path_factory.mktemp("gate"), certificates, authority,
                                (prosody, ejabberd), request.param)
    running.route = request.param
    yield running
    running.end()


@pytest.mark.parametrize("mechanism", ["SCRAM-SHA-1", "SCRAM-SHA-256"])
def test_logs_in_with_scram(gate, server, domain, transport, mechanism, new_client):
    jid = new_client().log_in(f"romeo@{domain}", gate.address, transport, mechanism=mechanism)

    assert jid.startswith(f"romeo@{domain}/")


def test_server_sees_the_address_of_the_client(gate, server, domain, transport, new_client):
    source = free_address()

    jid = new_client().log_in(f"romeo@{domain}", gate.address, transport, source=source)

    assert server.wait_for_client_address(jid) == source


def test_server_reads_the_address_from_proxy_protocol_version_1(ejabberd, start_gate, new_client):
    domain = DOMAINS["ejabberd"]
    gate = start_gate({domain: [backend("v1", ejabberd.address, ejabberd.proxied_port, proxy="v1")]})
    source = free_address()

    jid = new_client().log_in(f"romeo@{domain}", gate.address, STARTTLS, source=source)

    assert ejabberd.wait_for_client_address(jid) == source


def test_two_users_chat(gate, server, domain, transport, new_client):
    romeo, juliet = new_client(), new_client()
    romeo_jid = romeo.log_in(f"romeo@{domain}", gate.address, transport)
    juliet_jid = juliet.log_in(f"juliet@{domain}", gate.address, transport)
    question, answer = new_secret("body"), new_secret("body")

    romeo.send(juliet_jid, question)
    assert juliet.next_message() == question
    juliet.send(romeo_jid, answer)
    assert romeo.next_message() == answer


def test_line_feeds_behind_sasl_elements_harm_no_login(gate, server, domain, new_session):
    """The server must not meet one at the start of its new stream. After login they are signs of life."""
    for _ in range(20):
        session = new_session(gate)
        session.behind_sasl = b"\n"
        session.log_in("romeo", domain)
        session.wire.send(b"\n")
        session.ping()
        session.wire.close()


class LineFeeding(Client):
    """Sends a line feed in a write of its own behind each SASL element, and one before each header."""

    def _prepare(self, stream):
        send_raw = stream.send_raw

        def send(data):
            if "<stream:stream" in data:
                send_raw("\n")
            send_raw(data)
            if "urn:ietf:params:xml:ns:xmpp-sasl" in data:
                send_raw("\n")

        stream.send_raw = send


def test_line_feeds_of_their_own_harm_no_scram_login(gate, server, domain, transport, client_loop, authority):
    for _ in range(20):
        client = client_loop.client(authority.certificate, LineFeeding)
        assert client.log_in(f"romeo@{domain}", gate.address, transport).startswith(f"romeo@{domain}/")
        client.log_out()


def test_wrong_password_is_refused_and_the_right_one_taken_after_it(gate, server, domain, transport,
                                                                    new_client):
    with pytest.raises(LoginFailed, match="failed_all_auth"):
        new_client().log_in(f"romeo@{domain}", gate.address, transport, password=new_secret("wrong"))

    new_client().log_in(f"romeo@{domain}", gate.address, transport)


def test_domain_that_nobody_serves_is_unknown(gate, new_client):
    with pytest.raises(LoginFailed, match="stream-error:host-unknown"):
        new_client().log_in("romeo@nowhere.test", gate.address, STARTTLS)


def test_log_tells_of_each_session_where_it_went_and_why_it_ended(gate, domain, server, transport,
                                                                  new_session):
    source = free_address()
    session = new_session(gate, transport, source=source)
    session.log_in("romeo", domain)
    session.wire.send(b"</stream:stream>")
    session.wire.receive_to_end()

    end = gate.wait_for_session_end(source)
    routed = [event for event in gate.events("session_routed") if event["session"] == end["session"]]

    assert end["reason"] == "client_closed"
    assert len(routed) == 1
    assert routed[0]["domain"] == domain and routed[0]["backend"] == server.kind
    assert routed[0]["route"] == gate.route
    assert ("user" in routed[0]) == (gate.route == "user")
    assert re.fullmatch("h:[0-9a-f]{8}", end["user"])


PLAIN = ("<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>PLAIN</mechanism></mechanisms>").encode()
OTHER = PLAIN.replace(b"PLAIN", b"OTHER")
AUTH = b"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>AHJvbWVvAHg=</auth>"
# One check, which shows the features; whoever connects after its two streams is a session.
ONE_CHECK = {"every": "10m"}


class Offering:
    """How a fake backend behaves: PLAIN for the check, which opens a stream for each form of headers, then
    `behaviour`."""

    def __init__(self, behaviour):
        self._behaviour = behaviour
        self._streams_of_check = iter(range(2))

    def __call__(self, peer):
        if next(self._streams_of_check, None) is None:
            self._behaviour(peer)
            return
        peer.open_stream(DOMAIN, PLAIN)
        peer.wait_for_close()


def grants(peer):
    peer.log_in(DOMAIN)
    peer.wait_for_close()


def refuses(peer):
    peer.send(header(DOMAIN).replace(b" to=", b" id='fake' from=")
              + b"<stream:error><host-unknown xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>")
    peer.wait_for_close()


def offers_something_else(peer):
    peer.open_stream(DOMAIN, OTHER)
    peer.wait_for_close()


@pytest.fixture
def start_offering(start_fake, start_gate, authority):
    """Makes a stanzagate with a fake backend for each behaviour, all of whose features are known."""
    def start(*behaviours, **sections):
        fakes = [start_fake(Offering(behaviour)) for behaviour in behaviours]
        gate = start_gate({DOMAIN: [backend(f"fake{number}", fake.address)
                                    for number, fake in enumerate(fakes)]}, health=ONE_CHECK, **sections)
        wait_for_features(gate, DOMAIN, authority, fakes)
        return gate, fakes

    return start


def test_who_only_looks_costs_no_backend_anything(start_offering, new_session, transport):
    gate, (fake,) = start_offering(grants)
    before = fake.connections
    source = free_address()
    session = new_session(gate, transport, source=source)
    features = session.secure(DOMAIN).open_stream(DOMAIN)
    assert [mechanism.text for mechanism in features.iter(SASL + "mechanism")] == ["PLAIN"]
    session.wire.send(b"</stream:stream>")
    assert session.wire.receive_to_end() == CLOSED

    end = gate.wait_for_session_end(source)
    assert end["reason"] == "client_closed" and "backend" not in end
    assert fake.connections == before
    new_session(gate, transport).authenticate("romeo", DOMAIN)
    assert fake.connections == before + 1


def test_stanza_before_login_costs_no_backend_anything(start_offering, new_session):
    gate, (fake,) = start_offering(grants)
    before = fake.connections
    session = new_session(gate)
    session.secure(DOMAIN).open_stream(DOMAIN)
    session.wire.send(b"<presence/>")

    assert session.wire.receive_to_end() == CLOSED
    assert stream_error(session.wire.received) == "not-authorized"
    assert fake.connections == before


def test_login_that_is_sent_without_waiting_is_served(start_offering, new_session):
    gate, _ = start_offering(grants)
    session = new_session(gate)
    session.secure(DOMAIN)
    session.wire.send(header(DOMAIN) + AUTH)
    session.wire.receive_until(b"<success")


@pytest.mark.parametrize("useless", [refuses, offers_something_else, lambda peer: None],
                         ids=["refuses", "offers something else", "closes"])
def test_login_goes_unseen_from_a_useless_backend_to_the_next(useless, start_offering, new_session):
    gate, fakes = start_offering(useless, grants)
    for _ in range(4):
        new_session(gate).authenticate("romeo", DOMAIN)
    assert fakes[0].connections > 1
    assert all(b"<auth" not in peer.received for peer in fakes[0].peers)


def test_login_that_all_backends_refuse_is_told_why(start_offering, new_session):
    gate, _ = start_offering(refuses, refuses)
    source = free_address()
    session = new_session(gate, source=source)
    session.secure(DOMAIN).open_stream(DOMAIN)
    session.wire.send(AUTH)

    assert session.wire.receive_to_end() == CLOSED
    assert stream_error(session.wire.received) == "host-unknown"
    assert gate.wait_for_session_end(source)["reason"] == "backend_error"


@pytest.mark.parametrize("useless, reason", [
    (offers_something_else, "backend_refused"),
    (lambda peer: peer.wait_for_close(), "backend_timeout"),
    (None, "no_backend"),
], ids=["offers something else", "silent", "drained"])
def test_login_that_no_backend_takes_may_be_tried_again(useless, reason, start_offering, new_session):
    gate, _ = start_offering(useless or grants, pool={"answer_timeout": "1s"})
    if not useless:
        gate.say("drain", "pool0/fake0")
    source = free_address()
    session = new_session(gate, source=source)
    session.secure(DOMAIN).open_stream(DOMAIN)
    session.wire.send(AUTH)

    failure = session.next_element()
    assert failure.tag == SASL + "failure"
    assert failure.find(SASL + "temporary-auth-failure") is not None
    assert "try again later" in failure.find(SASL + "text").text
    assert session.wire.receive_to_end() == CLOSED
    assert session.wire.received.endswith(b"</stream:stream>")
    assert gate.wait_for_session_end(source)["reason"] == reason


def test_unknown_mechanism_is_refused_by_the_server_and_harms_none(gate, server, domain, new_session):
    for _ in range(6):
        session = new_session(gate)
        session.secure(domain).open_stream(domain)
        session.wire.send(AUTH.replace(b"PLAIN", b"X-GUESS"))
        assert session.next_element().tag == SASL + "failure"
        session.wire.close()
    assert {each["state"] for pool in gate.ask("backends")["pools"] for each in pool["backends"]} == {"up"}
    new_session(gate).log_in("romeo", domain)


def test_operator_finds_the_sessions_of_a_user(gate, domain, transport, new_session):
    session = new_session(gate, transport)
    session.log_in("mercutio", domain)

    def found():
        return gate.ask("sessions", "--jid", f"mercutio@{domain}")["sessions"]

    assert [each["user"] for each in found()] == [f"mercutio@{domain}"]
    gate.say("kick", found()[0]["id"])
    assert session.wire.receive_to_end() == CLOSED
    assert stream_error(session.wire.received) == "policy-violation"
