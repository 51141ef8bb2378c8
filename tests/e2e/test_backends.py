"""Backends that refuse, die, speak nonsense or want TLS."""

import pytest

from support.addresses import C2S, C2S_TLS, free_address
from support.certificates import Authority
from support.client import DIRECT
from support.raw_session import header
from support.routed_gate import wait_for_features
from support.start_stanzagate import backend
from support.strict_xml import SASL, has_ended, stream_error, whole_stream
from support.waiting import wait_until
from support.wire import CLOSED, CUT

from conftest import DOMAIN


PLAIN_LOGIN = b"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>AHJvbWVvAHg=</auth>"
UNKNOWN_FEATURES = {"checks": False}  # so that a backend is chosen for the header, not for the login


def refusal(session, domain=DOMAIN):
    """The stream error that a client gets for its header inside TLS or, where the proxy answers that by
    itself, for the login behind it; after a clean close."""
    session.secure(domain)
    session.wire.forget()
    session.wire.send(header(domain) + PLAIN_LOGIN)
    assert session.wire.receive_to_end() == CLOSED
    return stream_error(session.wire.received)


def home_of(jid, servers):
    """That one of `servers` in which `jid` is bound."""
    def search():
        for server in servers:
            if f"e2e bound {jid} from" in server.process.log():
                return server

    return wait_until(search, f"some server has bound {jid}")


def test_killed_backend_cuts_who_can_resume_and_tells_who_cannot(start_prosody, start_gate, new_session):
    servers = [start_prosody(), start_prosody()]
    gate = start_gate({DOMAIN: [backend("a", servers[0].address), backend("b", servers[1].address)]})
    resumable, plain = {}, {}
    while not any(server in plain for server in resumable):
        session = new_session(gate)
        server = home_of(session.log_in("romeo", DOMAIN), servers)
        session.enable_resumption()
        resumable[server] = session
        for user in ("juliet", "mercutio"):  # one of them shares a server, if sessions go by turns
            session = new_session(gate)
            plain[home_of(session.log_in(user, DOMAIN), servers)] = session
    victim = next(server for server in resumable if server in plain)
    survivor = servers[1 - servers.index(victim)]

    victim.kill()

    assert plain[victim].wire.receive_to_end() == CLOSED
    assert stream_error(plain[victim].wire.received) == "internal-server-error"
    assert resumable[victim].wire.receive_to_end() in (CLOSED, CUT)
    assert not has_ended(resumable[victim].wire.received)
    for others in (resumable, plain):
        if survivor in others:
            others[survivor].ping()
    for _ in range(4):
        assert home_of(new_session(gate).log_in("mercutio", DOMAIN), servers) is survivor


def test_what_a_backend_says_of_its_own_end_reaches_the_client(start_fake, start_gate, new_session):
    """By a fake, for Prosody loses its last words when SIGTERM comes while it writes."""
    def shut_down(peer):
        peer.log_in(DOMAIN)
        peer.read_until(b"go")
        peer.send(b"<stream:error><system-shutdown xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>"
                  b"</stream:error></stream:stream>")

    gate = start_gate({DOMAIN: [backend("a", start_fake(shut_down).address)]})
    source = free_address()
    session = new_session(gate, source=source)
    session.authenticate("romeo", DOMAIN)
    session.wire.send(b"<message><body>go</body></message>")

    assert session.wire.receive_to_end() == CLOSED
    assert stream_error(session.wire.received) == "system-shutdown"
    assert gate.wait_for_session_end(source)["reason"] == "backend_error"


def test_candidate_that_refuses_is_followed_by_the_next(prosody, start_gate, new_client, transport):
    gate = start_gate({DOMAIN: [backend("dead", free_address()), backend("alive", prosody.address)]})

    for _ in range(4):
        new_client().log_in(f"romeo@{DOMAIN}", gate.address, transport)


def test_no_backend_is_an_internal_server_error(start_gate, new_session, transport):
    gate = start_gate({DOMAIN: [backend("dead", free_address())]})
    source = free_address()

    assert refusal(new_session(gate, transport, source=source)) == "internal-server-error"
    assert gate.wait_for_session_end(source)["reason"] == "no_backend"


def test_full_pool_is_a_resource_constraint(prosody, start_gate, new_session):
    gate = start_gate({DOMAIN: [backend("small", prosody.address, max_sessions=1)]}, worker={"threads": 1},
                      health=UNKNOWN_FEATURES)
    first = new_session(gate)
    first.log_in("romeo", DOMAIN)
    source = free_address()

    assert refusal(new_session(gate, source=source)) == "resource-constraint"
    assert gate.wait_for_session_end(source)["reason"] == "pool_full"
    first.ping()


def test_login_for_a_full_pool_may_be_tried_again(prosody, authority, start_gate, new_session):
    gate = start_gate({DOMAIN: [backend("small", prosody.address, max_sessions=1)]}, worker={"threads": 1})
    wait_for_features(gate, DOMAIN, authority)
    first = new_session(gate)
    first.log_in("romeo", DOMAIN)
    source = free_address()
    second = new_session(gate, source=source)
    second.secure(DOMAIN).open_stream(DOMAIN)
    second.wire.send(PLAIN_LOGIN)

    assert second.next_element().find(SASL + "temporary-auth-failure") is not None
    assert second.wire.receive_to_end() == CLOSED
    assert gate.wait_for_session_end(source)["reason"] == "pool_full"
    first.ping()


def says(*answer):
    """A backend that greets with these bytes and then waits."""
    def behaviour(peer):
        peer.send(*answer)
        peer.wait_for_close()

    return behaviour


def insists_on_tls(peer):
    peer.open_stream(DOMAIN, b"<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'><required/></starttls>")
    peer.wait_for_close()


NONSENSE = {
    "http": (says(b"HTTP/1.1 400 Bad Request\r\n\r\n"), "backend_refused"),
    "comment": (says(b"<!-- --><stream:stream>"), "backend_refused"),
    "another root": (says(b"<html xmlns='http://www.w3.org/1999/xhtml'>"), "backend_refused"),
    "closes at once": (lambda peer: None, "backend_refused"),
    "silence": (lambda peer: peer.wait_for_close(), "backend_timeout"),
    "insists on tls": (insists_on_tls, "backend_refused"),
}


@pytest.mark.parametrize("behaviour, reason", NONSENSE.values(), ids=NONSENSE)
def test_backend_that_speaks_nonsense_is_an_internal_server_error(behaviour, reason, start_fake, start_gate,
                                                                  new_session):
    fake = start_fake(behaviour)
    gate = start_gate({DOMAIN: [backend("fake", fake.address)]}, pool={"answer_timeout": "1s"})
    source = free_address()

    assert refusal(new_session(gate, source=source)) == "internal-server-error"
    assert gate.wait_for_session_end(source)["reason"] == reason


def test_nonsense_behind_the_first_features_is_told_in_their_stream(start_fake, start_gate, new_session):
    def behaviour(peer):
        peer.read_until(b"http://etherx.jabber.org/streams")
        peer.send(header(DOMAIN).replace(b" to=", b" id='fake' from=")
                  + b"<stream:features><mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>"
                    b"<mechanism>PLAIN</mechanism></mechanisms></stream:features><!-- -->")  # in one write
        peer.wait_for_close()

    gate = start_gate({DOMAIN: [backend("fake", start_fake(behaviour).address)]}, health=UNKNOWN_FEATURES)
    source = free_address()

    assert refusal(new_session(gate, source=source)) == "internal-server-error"
    assert gate.wait_for_session_end(source)["reason"] == "bad_backend_xml"


def test_what_comes_in_place_of_features_reaches_nobody(start_fake, start_gate, new_session):
    def something_else(peer):
        peer.read_until(b"http://etherx.jabber.org/streams")
        peer.send(header(DOMAIN).replace(b" to=", b" id='fake' from=") + b"<early xmlns='urn:test'/>")
        peer.wait_for_close()

    gate = start_gate({DOMAIN: [backend("fake", start_fake(something_else).address)]}, health=UNKNOWN_FEATURES)
    source = free_address()
    session = new_session(gate, source=source)

    assert refusal(session) == "internal-server-error"
    assert b"early" not in session.wire.received
    assert gate.wait_for_session_end(source)["reason"] == "backend_refused"


@pytest.mark.parametrize("nonsense", [b"<!-- secret -->", b"<a><b></a>", b"\xff", b"junk",
                                      b"<message><body>half"], ids=repr)
def test_nonsense_of_a_backend_after_login_never_reaches_the_client(nonsense, start_fake, start_gate,
                                                                    new_session):
    def behaviour(peer):
        peer.log_in(DOMAIN)
        peer.read_until(b"go")
        peer.send(b"<message><body>whole</body></message>" + nonsense)
        if nonsense.endswith(b"half"):
            return
        peer.wait_for_close()

    gate = start_gate({DOMAIN: [backend("fake", start_fake(behaviour).address)]})
    source = free_address()
    session = new_session(gate, source=source)
    session.authenticate("romeo", DOMAIN)
    session.wire.send(b"<message><body>go</body></message>")

    assert session.wire.receive_to_end() == CLOSED
    assert stream_error(session.wire.received) == "internal-server-error"
    assert b"<body>whole</body>" in session.wire.received
    assert nonsense not in session.wire.received
    reason = "backend_lost" if nonsense.endswith(b"half") else "bad_backend_xml"
    assert gate.wait_for_session_end(source)["reason"] == reason


@pytest.mark.parametrize("tls, port", [("starttls", C2S), ("direct", C2S_TLS)])
def test_tls_towards_the_backend_is_verified(tls, port, authority, tmp_path, start_prosody, start_gate,
                                             new_client, new_session):
    server = start_prosody(certificate=authority.issue(tmp_path / "backend", DOMAIN))
    stranger = Authority(tmp_path / "stranger", "a stranger")
    good = start_gate({DOMAIN: [backend("good", server.address, port, tls=tls,
                                        ca_file=str(authority.certificate))]})
    bad = start_gate({DOMAIN: [backend("bad", server.address, port, tls=tls,
                                       ca_file=str(stranger.certificate))]})
    source = free_address()

    new_client().log_in(f"romeo@{DOMAIN}", good.address, DIRECT, mechanism="SCRAM-SHA-256")

    assert refusal(new_session(bad, source=source)) == "internal-server-error"
    assert bad.wait_for_session_end(source)["reason"] == "backend_refused"


def test_certificate_of_another_domain_does_not_do_for_a_backend(authority, tmp_path, start_prosody,
                                                                 start_gate, new_session):
    server = start_prosody(certificate=authority.issue(tmp_path / "backend", "another.test"))
    gate = start_gate({DOMAIN: [backend("other", server.address, tls="starttls",
                                        ca_file=str(authority.certificate))]})

    assert refusal(new_session(gate)) == "internal-server-error"
