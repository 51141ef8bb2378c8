"""What the listeners of the web are in the configuration: one port for HTTPS and XMPP, port 80, a proxy in front; and
reloads of all of it."""

import ssl

import pytest

from support.addresses import WEB, free_address
from support.client import DIRECT
from support.http_wire import HttpWire
from support.raw_session import RawSession
from support.start_stanzagate import backend
from support.waiting import wait_until
from support.websocket_session import Messages, WebSocketSession
from support.wire import CLOSED, Wire

from conftest import DOMAIN

CLEAR = 8080
HOST = b"Host: example.test\r\n"
HOST_META = b"GET /.well-known/host-meta HTTP/1.1\r\n" + HOST + b"\r\n"
UPGRADE = (b"GET /xmpp-websocket HTTP/1.1\r\n" + HOST + b"Connection: Upgrade\r\nUpgrade: websocket\r\n"
           b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n")


@pytest.fixture
def context(authority):
    return HttpWire.context(authority.certificate)


@pytest.fixture
def domains(prosody):
    return {DOMAIN: [backend("a", prosody.address, prosody.proxied_port, proxy="v2")]}


class XmppOnTheWebPort(RawSession):
    def __init__(self, address, authority, alpn):
        super().__init__(address, DIRECT, authority)
        self.wire.close()
        self.wire = Wire(address, WEB)
        self._alpn = alpn

    def secure(self, domain, **tls):
        self.wire.secure(self._authority, sni=domain, alpn=self._alpn, **tls)
        return self


@pytest.mark.parametrize("alpn", [["xmpp-client"], ["h2", "xmpp-client"], []], ids=["alpn", "alpn of two", "first byte"])
def test_one_port_serves_both(alpn, domains, start_gate, authority, context):
    gate = start_gate(domains, listen=[{"address": WEB, "kind": "web", "xmpp": True}])
    session = XmppOnTheWebPort(gate.address, authority.certificate, alpn)
    session.log_in("juliet", DOMAIN)
    assert session.ping() == []
    assert gate.ask("sessions", "--jid", f"juliet@{DOMAIN}")["sessions"][0]["kind"] == "c2s-tls"
    assert HttpWire(gate.address, context).ask(HOST_META).status == 200
    browser = WebSocketSession(gate.address, authority.certificate)
    browser.log_in("romeo", DOMAIN)
    assert browser.close_stream() == 1000
    session.wire.close()


def test_a_port_for_the_web_alone_refuses_xmpp(domains, start_gate, authority):
    gate = start_gate(domains, web={})
    with pytest.raises(ssl.SSLError, match="(?i)no.application.protocol"):
        XmppOnTheWebPort(gate.address, authority.certificate, ["xmpp-client"]).secure(DOMAIN)


def test_port_80_leads_to_https_and_answers_challenges(domains, start_gate, tmp_path):
    challenges = tmp_path / "acme"
    challenges.mkdir()
    (challenges / "token_-1").write_text("token_-1.thumbprint")
    gate = start_gate(domains, web={"acme_challenge": str(challenges)}, listen=[{"address": CLEAR, "kind": "web-clear"}])
    client = HttpWire(gate.address, None, port=CLEAR)
    moved = client.ask(b"GET /xmpp-websocket?a=b HTTP/1.1\r\nHost: chat.example.test:8080\r\n\r\n")
    assert (moved.status, moved.fields["location"]) == (308, f"https://chat.example.test:{WEB}/xmpp-websocket?a=b")
    assert client.ask(HOST_META).status == 308, "host-meta is believed over TLS alone"
    answer = client.ask(b"GET /.well-known/acme-challenge/token_-1 HTTP/1.1\r\n" + HOST + b"\r\n")
    assert (answer.status, answer.body) == (200, "token_-1.thumbprint")
    missing, end = client.refusal(b"GET /.well-known/acme-challenge/token2 HTTP/1.1\r\n" + HOST + b"\r\n")
    assert (missing.status, end) == (404, CLOSED)
    upgrade = HttpWire(gate.address, None, port=CLEAR).ask(UPGRADE + b"X-Forwarded-Proto: https\r\n\r\n")
    assert upgrade.status == 308, "nobody is trusted here"


def test_who_is_trusted_speaks_for_its_clients(domains, start_gate):
    proxy, stranger = free_address(), free_address()
    gate = start_gate(domains, listen=[{"address": CLEAR, "kind": "web-clear", "trust": [proxy]}])
    gate.wait_for_offers(DOMAIN)
    fields = b"X-Forwarded-Proto: https\r\nX-Forwarded-For: 198.51.100.1, 203.0.113.5\r\n\r\n"
    assert HttpWire(gate.address, None, stranger, CLEAR).ask(UPGRADE + fields).status == 308

    through = HttpWire(gate.address, None, proxy, CLEAR)
    assert through.ask(UPGRADE + fields).status == 101
    session = WebSocketSession.__new__(WebSocketSession)
    session.behind_sasl, session.handled = b"", 0
    session.wire = Messages(through.wire)
    session.secure = lambda domain: session
    session.log_in("juliet", DOMAIN)
    assert session.close_stream() == 1000
    assert gate.wait_for_session_end("203.0.113.5")["reason"] == "client_closed"


def test_a_reload_changes_what_is_served(domains, start_gate, context, authority):
    gate = start_gate(domains, web={"origins": ["https://old.test"]})
    client = HttpWire(gate.address, context)
    assert "wss://example.test/xmpp-websocket" in client.ask(HOST_META).body

    def status_of(path, origin):
        request = UPGRADE.replace(b"/xmpp-websocket", path) + b"Origin: " + origin + b"\r\n\r\n"
        return HttpWire(gate.address, context).ask(request).status

    assert status_of(b"/xmpp-websocket", b"https://old.test") == 101
    session = WebSocketSession(gate.address, authority.certificate)
    session.log_in("juliet", DOMAIN)

    gate.configure(domains, web={"origins": ["https://new.test"], "websocket": "/ws", "public_url": "https://chat.test/x"})
    assert gate.ask("reload")["is_applied"]

    wait_until(lambda: "wss://chat.test/x/ws" in client.ask(HOST_META).body, "host-meta names the new address")
    assert status_of(b"/ws", b"https://new.test") == 101
    assert status_of(b"/ws", b"https://old.test") == 403
    assert status_of(b"/xmpp-websocket", b"https://new.test") == 404
    assert session.ping() == [], "who is there stays"
    gate.configure(domains)  # no listener of the web
    assert gate.ask("reload")["is_applied"]
    assert session.ping() == []
    assert session.close_stream() == 1000
