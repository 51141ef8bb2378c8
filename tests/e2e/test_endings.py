"""What each side is told when the other one's stream is over, and what it is not told when it was lost: XEP-0198
lets a client resume what was lost, and nothing else."""

import socket

import pytest

from support.addresses import free_address
from support.raw_session import header
from support.start_stanzagate import backend
from support.strict_xml import BIND, SM, has_ended, stream_error, whole_stream
from support.waiting import wait_until
from support.wire import CLOSED

from conftest import DOMAIN

END = b"</stream:stream>"
SHUTDOWN = b"<stream:error><system-shutdown xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>"
TEXT = "{urn:ietf:params:xml:ns:xmpp-streams}text"
ENABLED = b"<enabled xmlns='urn:xmpp:sm:3' id='sm-of-a-scripted-server' resume='true'/>"


def message(to, body):
    return f"<message to='{to}' type='chat'><body>{body}</body></message>".encode()


def bind(session):
    session.wire.send(b"<iq type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>")
    return session.next_stanza().find(f".//{BIND}jid").text


def error_text(received):
    return [element.text for element in whole_stream(received).iter(TEXT)]


# A stanza that is refused, its condition, and what is said about it.
REFUSED = {
    "control character": ("\x02", "not-well-formed", []),
    "too large": ("x" * 300_000, "policy-violation", ["a stanza may have 262144 bytes here"]),
}


@pytest.mark.parametrize("body, condition, text", REFUSED.values(), ids=REFUSED)
def test_refused_stanza_does_not_come_back_for_ever(body, condition, text, gate, server, domain, new_session):
    """The client resumes and sends again what was not acknowledged: it must learn that there is nothing to resume.
    What stood in front has arrived, what stood behind can be sent, and what was for the client is not lost in
    silence."""
    juliet = new_session(gate)
    juliet_jid = juliet.log_in("juliet", domain)
    romeo = new_session(gate)
    romeo_jid = romeo.log_in("romeo", domain)
    sm_id = romeo.enable_resumption()
    juliet.send_message(romeo_jid, "never acknowledged")
    romeo.wire.receive_until(b"never acknowledged")
    romeo.wire.send(message(juliet_jid, "in front") + message(juliet_jid, body) + message(juliet_jid, "behind"))
    assert romeo.wire.receive_to_end() == CLOSED
    assert stream_error(romeo.wire.received) == condition
    assert error_text(romeo.wire.received) == text
    assert juliet.next_body() == "in front"

    again = new_session(gate)
    again.authenticate("romeo", domain)
    again.wire.send(f"<resume xmlns='urn:xmpp:sm:3' previd='{sm_id}' h='0'/>".encode())

    assert again.next_element().tag == SM + "failed"
    bind(again)
    again.wire.send(message(juliet_jid, "behind"))
    told = [juliet.next_stanza(), juliet.next_stanza()]
    assert {each.get("type") for each in told} == {"error", "chat"}, "the server says what it could not deliver"


def fake_session(then):
    """A backend that logs everybody in, takes up stream management, and goes on as `then(peer)` says."""
    def behaviour(peer):
        peer.log_in(DOMAIN)
        peer.read_until(b"<enable")
        peer.send(ENABLED)
        then(peer)

    return behaviour


def session_at(fake, gate, new_session, **keys):
    session = new_session(gate, **keys)
    session.authenticate("romeo", DOMAIN)
    session.enable_resumption()
    return session, next(peer for peer in fake.peers if b"<enable" in peer.received)


class Ending:
    """How a connection from the proxy ended: "fin" or "reset"."""

    how = None

    def wait(self, peer):
        try:
            peer.wait_for_close()
            self.how = "fin"
        except ConnectionResetError:
            self.how = "reset"

    def wait_for(self):
        return wait_until(lambda: self.how, "the backend's connection has ended")


@pytest.fixture
def ending():
    return Ending()


@pytest.fixture
def fake(start_fake, ending):
    return start_fake(fake_session(ending.wait))


REFUSALS = {
    "not well-formed": b"<message><body>\x02</body></message>",
    "too large": b"<message><body>" + b"x" * 300_000,
    "no namespace": b"<message xmlns=''/>",
    "not offered": b"<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>",
}


@pytest.mark.parametrize("how", ["fin", "reset"])
@pytest.mark.parametrize("refused", REFUSALS.values(), ids=REFUSALS)
def test_backend_hears_the_end_of_a_stream_that_was_refused(refused, how, start_gate, new_session, fake, ending):
    gate = start_gate({DOMAIN: [backend("a", fake.address, on_client_loss=how)]})
    session, peer = session_at(fake, gate, new_session)

    session.wire.send(b"<message id='good'/>" + refused)

    assert session.wire.receive_to_end() == CLOSED
    assert ending.wait_for() == "fin", "nobody was lost"
    assert peer.received.endswith(b"<message id='good'/>" + END)


@pytest.mark.parametrize("how", ["fin", "reset"])
@pytest.mark.parametrize("is_reset", [False, True], ids=["fin", "rst"])
def test_backend_is_told_of_a_lost_client_as_it_wants(is_reset, how, start_gate, new_session, fake, ending):
    """And gets all that the client has said before."""
    gate = start_gate({DOMAIN: [backend("a", fake.address, on_client_loss=how)]})
    session, peer = session_at(fake, gate, new_session)
    session.wire.send(b"<message id='%d'/>" % 1)
    wait_until(lambda: b"id='1'" in peer.received, "the backend has it")

    session.wire.cut(is_reset)

    assert ending.wait_for() == how
    assert not has_ended(peer.received)


def test_reset_does_not_overtake_what_the_client_has_said(start_fake, start_gate, new_session, ending):
    """A backend that reads slowly has everything before the connection breaks."""
    said = b"".join(b"<message id='%05d'><body>%s</body></message>" % (at, b"x" * 1000) for at in range(200))

    def slowly(peer):
        peer.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        peer.read_until(b"<message id='00000'>")
        ending.wait(peer)

    fake = start_fake(fake_session(slowly))
    gate = start_gate({DOMAIN: [backend("a", fake.address, on_client_loss="reset")]})
    session, peer = session_at(fake, gate, new_session)
    session.wire.send(said)
    session.wire.end_of_sending()  # a cut could lose what our own kernel still holds

    assert ending.wait_for() == "reset"
    assert peer.received.endswith(said)


def test_backend_is_reset_for_clients_that_the_proxy_cuts(start_gate, new_session, fake, ending):
    gate = start_gate({DOMAIN: [backend("a", fake.address, on_client_loss="reset")]})
    session, peer = session_at(fake, gate, new_session)

    assert gate.process.end() == 0

    assert ending.wait_for() == "reset"
    session.wire.receive_to_end()
    assert not has_ended(session.wire.received) and not has_ended(peer.received)


@pytest.mark.parametrize("resume_anywhere", [False, True], ids=["resume here", "resume anywhere"])
def test_maintenance_ends_what_could_be_resumed_nowhere_else(resume_anywhere, start_gate, new_session, fake, ending):
    gate = start_gate({DOMAIN: [backend("a", fake.address)]}, pool={"resume_anywhere": resume_anywhere})
    session, peer = session_at(fake, gate, new_session)

    answer = gate.say("maintenance", "pool0/a", "--over", "1s")

    assert ("go on at another backend" if resume_anywhere else "log in anew") in answer.replace("\n", " ")
    session.wire.receive_to_end()
    assert ending.wait_for() == "fin"
    if resume_anywhere:
        assert not has_ended(session.wire.received) and not has_ended(peer.received)
    else:
        assert stream_error(session.wire.received) == "system-shutdown"
        assert peer.received.endswith(END)


def test_client_whose_error_lacks_the_end_tag_is_not_lost(start_gate, new_session, fake, ending):
    gate = start_gate({DOMAIN: [backend("a", fake.address, on_client_loss="reset")]})
    source = free_address()
    session, peer = session_at(fake, gate, new_session, source=source)
    session.wire.send(b"<stream:error><undefined-condition xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>"
                      b"</stream:error>")
    session.wire.cut()

    end = gate.wait_for_session_end(source)
    assert (end["reason"], end["detail"]) == ("client_error", "undefined-condition")
    assert ending.wait_for() == "fin"
    assert peer.received.endswith(END)


@pytest.mark.parametrize("rest", [b"", END, b"<!-- -->"], ids=["fin", "end tag", "nonsense"])
def test_backend_s_error_is_told_once(rest, start_fake, start_gate, new_session):
    def shut_down(peer):
        peer.send(SHUTDOWN + rest)

    fake = start_fake(fake_session(shut_down))
    gate = start_gate({DOMAIN: [backend("a", fake.address)]})
    source = free_address()
    session, _ = session_at(fake, gate, new_session, source=source)

    assert session.wire.receive_to_end() == CLOSED
    assert session.wire.received.endswith(SHUTDOWN + END)
    assert session.wire.received.count(b"<stream:error>") == 1
    end = gate.wait_for_session_end(source)
    assert end["reason"] == ("bad_backend_xml" if rest.startswith(b"<!") else "backend_error")
    if not rest.startswith(b"<!"):
        assert end["detail"] == "system-shutdown"


def test_client_that_leaves_after_the_backend_s_error_is_not_lost(start_fake, start_gate, new_session):
    def shut_down(peer):
        peer.send(SHUTDOWN)
        peer.wait_for_close()

    fake = start_fake(fake_session(shut_down))
    gate = start_gate({DOMAIN: [backend("a", fake.address)]})
    source = free_address()
    session, peer = session_at(fake, gate, new_session, source=source)
    session.wire.receive_until(SHUTDOWN)
    session.wire.cut()

    end = gate.wait_for_session_end(source)
    assert (end["reason"], end["detail"]) == ("backend_error", "system-shutdown")
    wait_until(lambda: peer.received.endswith(END), "the backend's stream is answered")


def test_what_the_backend_wrote_at_once_is_one_record_of_tls(start_fake, start_gate, new_session):
    """Edits included. SSL_read gives one record at a time."""
    resumed = (b"<success xmlns='urn:xmpp:sasl:2'><authorization-identifier>romeo@prosody.test/x"
               b"</authorization-identifier><resumed xmlns='urn:xmpp:sm:3' h='0'/>"
               b"</success>")
    request = b"<r xmlns='urn:xmpp:sm:3'/>"
    login = (b"<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>PLAIN</mechanism></mechanisms>"
             b"</stream:features>")

    def log_in_at_once(peer):
        peer.read_until(b"http://etherx.jabber.org/streams")
        peer.read_until(b">")
        peer.send(header(DOMAIN).replace(b" to=", b" id='fake' from=") + b"<stream:features>"
                  b"<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>" + login)
        peer.read_until(b"<go ")
        peer.send(resumed + request + b"<stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"
                  b"</stream:features>" + request)
        peer.wait_for_close()

    gate = start_gate({DOMAIN: [backend("a", start_fake(log_in_at_once).address)]}, health={"checks": False})
    session = new_session(gate)
    session.secure(DOMAIN)
    session.wire.send(header(DOMAIN))
    first = session.wire.receive_some()
    assert first.startswith(b"<?xml") and first.endswith(b"<stream:features>" + login)
    session.wire.send(b"<go xmlns='urn:test'/>")

    assert session.wire.receive_some() == resumed + request + b"<stream:features></stream:features>" + request
