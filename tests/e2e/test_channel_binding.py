"""What logins are bound to where TLS ends in the proxy: nothing is on offer that cannot hold, or an operator hears of it."""

import hashlib
import shutil
import ssl

import pytest

from support.addresses import C2S
from support.client import DIRECT
from support.making import made_on_demand
from support.scram import log_in_by_scram
from support.start_ejabberd import Ejabberd, ejabberd_version
from support.start_node import StanzanodeCluster
from support.start_prosody import Prosody
from support.start_stanzagate import backend
from support.tls_front import TlsFront, der_of

from conftest import DOMAIN

QUICK = {"every": "100ms"}
OFFER = (b"<authentication xmlns='urn:xmpp:sasl:2'><mechanism>PLAIN</mechanism><inline><fast xmlns='urn:xmpp:fast:0'>"
         b"<mechanism>HT-SHA-256-ENDP</mechanism><mechanism>HT-SHA-256-NONE</mechanism>"
         b"<mechanism>HT-SHA-256-EXPR</mechanism></fast></inline></authentication>"
         b"<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>PLAIN</mechanism>"
         b"<mechanism>SCRAM-SHA-1-PLUS</mechanism></mechanisms>"
         b"<sasl-channel-binding xmlns='urn:xmpp:sasl-cb:0'><channel-binding type='tls-exporter'/></sasl-channel-binding>")


def offers(peer):
    peer.open_stream(DOMAIN, OFFER)
    peer.wait_for_close()


def texts(features, tag):
    return sorted(each.text for each in features.iter(tag))


@pytest.mark.parametrize("route", ["user", "domain"])
@pytest.mark.parametrize("proxy, binding, left", [
    ("off", False, ["HT-SHA-256-NONE"]),
    ("v2", True, ["HT-SHA-256-ENDP", "HT-SHA-256-EXPR", "HT-SHA-256-NONE"]),
], ids=["clear link", "told of the client's TLS"])
def test_tokens_on_offer_can_hold(route, proxy, binding, left, start_fake, start_gate, new_session, transport):
    gate = start_gate({DOMAIN: [backend("a", start_fake(offers).address, proxy=proxy, channel_binding=binding)]},
                      health=QUICK, pool={"route": route})
    gate.wait_for_health("a", "up")
    features = new_session(gate, transport).secure(DOMAIN).open_stream(DOMAIN)
    assert texts(features, "{urn:xmpp:fast:0}mechanism") == left
    # Signed (XEP-0474), so they stay.
    assert texts(features, "{urn:ietf:params:xml:ns:xmpp-sasl}mechanism") == ["PLAIN", "SCRAM-SHA-1-PLUS"]
    assert [each.get("type") for each in features.iter("{urn:xmpp:sasl-cb:0}channel-binding")] == ["tls-exporter"]


@pytest.fixture
def behind_starttls(authority, certificates, start_gate, tmp_path):
    """Makes a stanzagate with a real server behind tls = "starttls"."""
    servers = []

    def start(kind, **keys):
        pair = authority.issue(tmp_path / f"own{len(servers)}", DOMAIN)
        servers.append(kind(tmp_path / f"server{len(servers)}", [DOMAIN], certificate=pair, **keys))
        gate = start_gate({DOMAIN: [backend("a", servers[-1].address, tls="starttls",
                                            ca_file=str(authority.certificate))]}, health=QUICK)
        gate.wait_for_health("a", "up")
        return gate

    yield start
    for server in servers:
        server.end()


def warnings(gate):
    return gate.events("bindings_cannot_hold")


PLUS = ["SCRAM-SHA-1-PLUS", "SCRAM-SHA-256-PLUS", "SCRAM-SHA-512-PLUS"]


def test_bindings_of_ejabberd_that_cannot_hold_are_warned_of_with_its_switch(behind_starttls, new_session):
    gate = behind_starttls(Ejabberd)
    session = new_session(gate)
    features = session.secure(DOMAIN).open_stream(DOMAIN)
    offered = texts(features, "{urn:ietf:params:xml:ns:xmpp-sasl}mechanism")
    assert set(PLUS) <= set(offered), offered
    exporter = new_session(gate)
    exporter.secure(DOMAIN).open_stream(DOMAIN)
    assert log_in_by_scram(exporter, "SCRAM-SHA-1-PLUS", "romeo", "p=tls-exporter", bytes(32)) == "failure"
    for _ in range(3):
        gate.say("drain", "pool0/a")
        gate.say("ready", "pool0/a")

    warned, = warnings(gate)
    assert warned["pool"] == "pool0" and warned["backend"] == "a"
    assert warned["detail"].startswith("offers SCRAM-SHA-1-PLUS, SCRAM-SHA-256-PLUS, SCRAM-SHA-512-PLUS")
    assert "are refused" in warned["effect"] and "(y)" in warned["effect"]
    # Newer ones could keep the bindings, too, and are told how.
    assert warned["remedy"].startswith("set ejabberd's disable_sasl_mechanisms: [" + ", ".join(PLUS) + "]")
    assert "24.02 to 26.02" in warned["remedy"] and "tls = " in warned["remedy"]
    assert "SCRAM-SHA-1-PLUS" in gate.backends()["a"]["warning"]


def test_switch_of_ejabberd_lets_all_clients_in(behind_starttls, new_session):
    """All but the versions that the remedy names, which refuse over TLS who could have bound."""
    gate = behind_starttls(Ejabberd, options={"disable_sasl_mechanisms": ["X-OAUTH2", *PLUS]})
    answers = {"n": "success", "y": "failure" if (24, 2) <= ejabberd_version() < (26, 3) else "success"}
    for flag, answer in answers.items():
        session = new_session(gate)
        session.secure(DOMAIN).open_stream(DOMAIN)
        assert log_in_by_scram(session, "SCRAM-SHA-1", "romeo", flag) == answer
    # Newer ones go on listing what could be bound to.
    assert [each for each in warnings(gate) if "no mechanism binds" not in each["detail"]] == []


def test_bindings_of_prosody_that_cannot_hold_are_warned_of_with_its_switch(behind_starttls, new_session):
    """Debian 12's Prosody binds to tls-unique alone, of TLS 1.2; and refuses who could have bound over TLS whatever
    is switched off, so the remedy names the clear link."""
    gate = behind_starttls(Prosody, tls_protocol="tlsv1_2")
    session = new_session(gate)
    session.secure(DOMAIN).open_stream(DOMAIN)
    assert log_in_by_scram(session, "SCRAM-SHA-1", "romeo", "y") == "failure"

    warned, = warnings(gate)
    # Newer ones list the binding, too.
    assert warned["detail"].startswith("offers SCRAM-SHA-1-PLUS, SCRAM-SHA-256-PLUS")
    assert "Prosody's disable_sasl_mechanisms = {" in warned["remedy"]
    assert "ejabberd" not in warned["remedy"] and "tls = " in warned["remedy"]


@pytest.mark.parametrize("flag", ["n", "y"])
def test_a_clear_link_lets_all_clients_in_and_warns_of_nothing(flag, gate, domain, new_session):
    session = new_session(gate)
    session.secure(domain).open_stream(domain)
    assert log_in_by_scram(session, "SCRAM-SHA-1", "romeo", flag) == "success"
    assert warnings(gate) == []


# One certificate on both legs.


@pytest.fixture(scope="module")
def node(tmp_path_factory):
    running = StanzanodeCluster(tmp_path_factory.mktemp("node"), [DOMAIN], count=1)
    yield running
    running.end()


@pytest.fixture
def start_front(node):
    """Makes a server with TLS of its own: start_front((chain, key))."""
    yield from made_on_demand(lambda _, pair: TlsFront((node.addresses[0], C2S), pair), TlsFront.end)


@pytest.fixture
def shown(authority, tmp_path):
    """A cert_dir of the test's own; its pair for the domain."""
    return authority.issue(tmp_path / "shown" / DOMAIN, DOMAIN)


@pytest.fixture
def another(authority, tmp_path):
    return authority.issue(tmp_path / "another", DOMAIN)


def same(name, front, authority):
    return backend(name, front.address, front.port, tls="direct", ca_file=str(authority.certificate),
                   channel_binding="same-certificate")


def bound_login(session, chain):
    """To what this client knows its server by."""
    return log_in_by_scram(session, "SCRAM-SHA-256-PLUS", "romeo", "p=tls-server-end-point",
                           hashlib.sha256(der_of(chain)).digest())


def opened(new_session, gate, transport, **tls):
    session = new_session(gate, transport).secure(DOMAIN, **tls)
    session.open_stream(DOMAIN)
    return session


@pytest.mark.parametrize("route", ["user", "domain"])
def test_logins_are_bound_to_the_certificate_of_both_legs(route, shown, another, start_front, start_gate, authority,
                                                          new_session, transport):
    gate = start_gate({DOMAIN: [same("a", start_front(shown), authority)]}, health=QUICK, pool={"route": route},
                      certificates=shown[0].parents[1])
    gate.wait_for_health("a", "up")
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        session = opened(new_session, gate, transport, version=version)
        assert bound_login(session, shown[0]) == "success"
    session = opened(new_session, gate, transport)
    assert bound_login(session, another[0]) == "failure"
    session = opened(new_session, gate, transport)
    assert log_in_by_scram(session, "SCRAM-SHA-256", "romeo", "n") == "success"
    assert warnings(gate) == []


def test_who_resumes_tls_binds_to_the_certificate_it_was_shown_once(shown, start_front, start_gate, authority,
                                                                    new_session):
    gate = start_gate({DOMAIN: [same("a", start_front(shown), authority)]}, health=QUICK,
                      certificates=shown[0].parents[1])
    gate.wait_for_health("a", "up")
    context = ssl.create_default_context(cafile=authority.certificate)
    first = opened(new_session, gate, DIRECT, context=context)
    again = opened(new_session, gate, DIRECT, context=context, session=first.wire.tls.session)
    assert again.wire.tls.session_reused
    assert bound_login(again, shown[0]) == "success"


def test_a_server_with_another_certificate_is_down_and_told_why(shown, another, start_front, start_gate, authority,
                                                                new_session):
    gate = start_gate({DOMAIN: [same("a", start_front(another), authority)]}, health=QUICK,
                      certificates=shown[0].parents[1])
    gate.wait_for_health("a", "down")
    failure = gate.backends()["a"]["failure"]
    assert failure.startswith("certificate_differs: ") and "give the server the certificate and key" in failure
    assert gate.first_event("backend_state")["reason"] == "certificate_differs"
    session = new_session(gate).secure(DOMAIN)
    session.wire.send(b"<?xml version='1.0'?><stream:stream to='prosody.test' version='1.0' xmlns='jabber:client' "
                      b"xmlns:stream='http://etherx.jabber.org/streams'>")
    session.wire.receive_to_end()
    assert b"<stream:features" not in session.wire.received, "no login is on offer that cannot hold"
    assert gate.first_event("backend_attempt_failed")["reason"] == "certificate_differs"


def test_sessions_pass_over_a_server_with_another_certificate(shown, another, start_front, start_gate, authority,
                                                              new_session):
    fronts = [start_front(another), start_front(shown)]
    gate = start_gate({DOMAIN: [same(f"front{number}", front, authority) for number, front in enumerate(fronts)]},
                      health={"checks": False}, certificates=shown[0].parents[1])
    for _ in range(4):
        assert bound_login(opened(new_session, gate, DIRECT), shown[0]) == "success"
    failed = gate.events("backend_attempt_failed")
    assert failed and {event["backend"] for event in failed} == {"front0"}
    assert {event["reason"] for event in failed} == {"certificate_differs"}


def test_a_renewed_certificate_serves_once_both_have_it(shown, another, start_front, start_gate, authority, new_session):
    front = start_front(shown)
    gate = start_gate({DOMAIN: [same("a", front, authority)]}, health={**QUICK, "rise": 1},
                      certificates=shown[0].parents[1])
    gate.wait_for_health("a", "up")
    for renewed, place in zip(another, shown):
        shutil.copy(renewed, place)
    gate.say("reload")
    gate.wait_for_health("a", "down")
    front.use(another)
    gate.wait_for_health("a", "up")
    assert bound_login(opened(new_session, gate, DIRECT), another[0]) == "success"
