"""WebSocket (RFC 6455, RFC 7395) ended by the proxy in front of real servers, which see an ordinary stream."""

import pytest

from support.websocket_session import BINARY, CLOSE, PING, PONG, TEXT, WebSocketSession, frame
from support.start_stanzagate import backend
from support.waiting import wait_until

from conftest import DOMAIN

ERROR = "<stream:error"


@pytest.fixture
def gate(start_gate, prosody):
    """Before a Prosody that has no HTTP port."""
    gate = start_gate({DOMAIN: [backend("a", prosody.address, prosody.proxied_port, proxy="v2")]}, web={},
                      health={"every": "200ms"})
    gate.wait_for_offers(DOMAIN)
    return gate


def session_end(gate):
    """Of the first session over WebSocket."""
    def ends():
        return [event for event in gate.events("session_end") if event["kind"] == "websocket"]

    return wait_until(ends, "the session has ended")[0]


@pytest.fixture
def connect(gate, authority):
    opened = []

    def one():
        opened.append(WebSocketSession(gate.address, authority.certificate))
        return opened[-1]

    yield one
    for session in opened:
        session.wire.close()


def test_a_session_from_login_to_goodbye(gate, connect):
    session = connect()
    jid = session.log_in("juliet", DOMAIN)
    assert jid.startswith(f"juliet@{DOMAIN}/")
    assert session.opened.startswith("<open ") and "xmlns:stream" not in session.opened
    session.send_message(jid, "to myself")
    assert session.next_body() == "to myself"
    assert 'xmlns=' in session.message
    assert session.close_stream() == 1000
    assert session.last_message == '<close xmlns="urn:ietf:params:xml:ns:xmpp-framing" />'
    assert session_end(gate)["reason"] == "client_closed"


def test_a_cut_can_be_resumed(gate, connect):
    session = connect()
    session.log_in("juliet", DOMAIN)
    sm_id = session.enable_resumption()
    session.wire.cut()
    again = connect()
    again.authenticate("juliet", DOMAIN)
    again.resume(sm_id, 0)
    again.wire.raw.send(frame(CLOSE, (1001).to_bytes(2, "big")))  # a page that is left, without <close/>
    while isinstance(message := again.wire.next_message(), str):
        pass
    assert message == 1001
    third = connect()
    third.authenticate("juliet", DOMAIN)
    third.resume(sm_id, 0)
    assert gate.ask("status")["resumes"]["resumed"] == 2


def test_fragments_and_pings_are_taken(connect):
    session = connect()
    session.log_in("juliet", DOMAIN)
    text = b"<iq type='get' id='1'><ping xmlns='urn:xmpp:ping'/></iq>"
    session.wire.raw.send(frame(TEXT, text[:5], first=0) + frame(PING, b"hello") + frame(0, text[5:20], first=0)
                          + frame(0, text[20:]))
    assert session.wire.next_frame() == (PONG, b"hello")
    assert session.next_element().get("id") == "1"


BREACHES = {
    "binary": (frame(BINARY, b"<iq/>"), 1003, "bad-format"),
    "no utf-8": (frame(TEXT, b"<message>\xff"), 1007, "unsupported-encoding"),
    "no mask": (frame(TEXT, b"<iq/>", masked=False), 1002, "bad-format"),
    "reserved bit": (frame(TEXT, b"<iq/>", first=0xC0), 1002, "bad-format"),
    "long ping": (frame(PING, b"x" * 126), 1002, "bad-format"),
    "two elements": (frame(TEXT, b"<iq/><iq/>"), 1008, "bad-format"),
    "too big": (frame(TEXT, b"<message><body>" + b"x" * 300_000 + b"</body></message>"), 1009, "policy-violation"),
}


@pytest.mark.parametrize("breach", BREACHES)
def test_who_breaks_the_rules_hears_which(gate, connect, breach):
    sent, code, condition = BREACHES[breach]
    session = connect()
    session.log_in("juliet", DOMAIN)
    session.enable_resumption()
    session.wire.raw.send(sent)
    error = session.wire.next_message()
    assert error.startswith(ERROR) and f"<{condition} " in error, error
    assert session.wire.next_message().startswith("<close ")
    assert session.wire.next_message() == code
    assert session_end(gate)["reason"] == ("bad_client_xml" if breach == "two elements" else "bad_frame")


def test_what_a_browser_asks_for_is_answered_in_its_words(gate, authority):
    def head(**keys):
        session = WebSocketSession(gate.address, authority.certificate, **{k: v for k, v in keys.items() if k == "path"})
        try:
            return session.secure(DOMAIN, **{k: v for k, v in keys.items() if k != "path"})
        finally:
            session.wire.close()

    assert "Sec-WebSocket-Protocol: xmpp\r\n" in head() + "\r\n"
    assert "Sec-WebSocket-Protocol: XMPP\r\n" in head(protocol="chat, XMPP") + "\r\n"
    assert "Sec-WebSocket-Protocol" not in head(protocol="")
    assert head(protocol="chat").startswith("HTTP/1.1 400 ")
    assert head(path="/other").startswith("HTTP/1.1 404 ")
