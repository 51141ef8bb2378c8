"""PROXY protocol at our own listeners, with a real HAProxy in front: everybody behind sees the client and not HAProxy."""

import socket
import struct

import pytest

from support.addresses import C2S, C2S_TLS, WEB, free_address
from support.fake_backend import FakeBackend
from support.making import made_on_demand
from support.raw_session import header
from support.start_haproxy import Haproxy
from support.start_stanzagate import backend
from support.waiting import wait_until
from support.websocket_session import WebSocketSession
from support.wire import Wire

from conftest import DOMAIN, DOMAINS

PROXIED_C2S = 15222
PROXIED_TLS = 15223
PROXIED_WEB = 18443
FROM_LOOPBACK = ["127.0.0.0/8"]
SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"


def listeners(accept_proxy=FROM_LOOPBACK):
    return [{"address": port, "kind": kind, "accept_proxy": accept_proxy}
            for port, kind in ((PROXIED_C2S, "c2s"), (PROXIED_TLS, "c2s-tls"), (PROXIED_WEB, "web"))]


@pytest.fixture
def start_haproxy(tmp_path):
    def start(number, gate, header, **keys):
        return Haproxy(tmp_path / f"haproxy{number}", gate.address,
                       {C2S: PROXIED_C2S, C2S_TLS: PROXIED_TLS, WEB: PROXIED_WEB}, header, **keys)

    yield from made_on_demand(start, Haproxy.end)


@pytest.mark.parametrize("version", ["send-proxy", "send-proxy-v2"])
def test_server_and_log_see_the_client_behind_haproxy(start_gate, start_haproxy, ejabberd, transport, version,
                                                      new_client):
    domain = DOMAINS["ejabberd"]
    gate = start_gate({domain: [backend("a", ejabberd.address, ejabberd.proxied_port, proxy="v2")]},
                      listen=listeners(), health={"every": "200ms"})
    gate.wait_for_health("a", "up")
    front = start_haproxy(gate, version)
    source = free_address()
    client = new_client()

    jid = client.log_in(f"romeo@{domain}", front.address, transport, source=source)

    assert ejabberd.wait_for_client_address(jid) == source
    assert gate.first_event("session_routed")["peer"].startswith(source + ":")
    client.log_out()
    assert gate.wait_for_session_end(source)
    assert not gate.events("proxy_header_refused")


def test_a_web_client_behind_haproxy_is_who_it_is(start_gate, start_haproxy, prosody, authority):
    gate = start_gate({DOMAIN: [backend("a", prosody.address, prosody.proxied_port, proxy="v2")]}, listen=listeners(),
                      health={"every": "200ms"})
    gate.wait_for_health("a", "up")
    front = start_haproxy(gate, "send-proxy-v2")
    source = free_address()
    session = WebSocketSession(front.address, authority.certificate, source=source)

    jid = session.log_in("romeo", DOMAIN)

    assert prosody.wait_for_client_address(jid) == source
    session.wire.close()
    assert gate.wait_for_session_end(source)["kind"] == "websocket"


def test_backend_is_told_where_the_client_connected_to(start_gate, start_haproxy, authority):
    server = FakeBackend(lambda peer: peer.wait_for_close())
    gate = start_gate({DOMAIN: [backend("a", server.address, proxy="v2")]}, listen=listeners(),
                      pool={"route": "domain"}, health={"checks": False})
    front = start_haproxy(gate, "send-proxy-v2")
    source = free_address()
    wire = Wire(front.address, C2S_TLS, source)
    wire.secure(authority.certificate, sni=DOMAIN, alpn=["xmpp-client"])
    wire.send(header(DOMAIN))

    wait_until(lambda: server.peers and len(server.peers[0].received) >= 28, "the backend has a PROXY header")
    told = bytes(server.peers[0].received)
    assert told.startswith(SIGNATURE + b"\x21\x11")
    assert told[16:20] == socket.inet_aton(source)
    assert told[20:24] == socket.inet_aton(front.address)
    assert struct.unpack("!HH", told[24:28])[1] == C2S_TLS
    wire.close()
    server.end()


@pytest.mark.parametrize("version", ["send-proxy", "send-proxy-v2"])
def test_health_checks_of_haproxy_leave_no_lines(start_gate, start_haproxy, version):
    gate = start_gate({DOMAIN: [backend("a", free_address())]}, listen=listeners(), health={"checks": False},
                      log={"level": "debug"}, pool={"route": "domain"})
    start_haproxy(gate, version, checks=True)

    wait_until(lambda: len(gate.events("proxy_check_ended")) >= 5, "HAProxy has looked several times")
    assert not gate.events("proxy_header_refused")
    # Those of the test's own look at the other ports come from elsewhere.
    checks = {event["peer"].rpartition(":")[0] for event in gate.events("proxy_check_ended")}
    assert not [end for end in gate.events("session_end") if end["peer"].rpartition(":")[0] in checks]


@pytest.mark.parametrize("sent", [b"<stream:stream ", b"\x16\x03\x01\x02\x00", b"PROXY TCP4 nobody\r\n"])
def test_who_sends_no_header_where_one_is_wanted_is_closed_with_one_line(start_gate, sent):
    gate = start_gate({DOMAIN: [backend("a", free_address())]}, listen=listeners())
    source = free_address()
    wire = Wire(gate.address, PROXIED_C2S, source)
    wire.send(sent)

    wire.receive_to_end()
    assert not wire.received
    refused = gate.first_event("proxy_header_refused")
    assert refused["peer"].startswith(source + ":")
    assert refused["reason"] == "no_header"
    assert len(gate.events("proxy_header_refused")) == 1
    assert not [end for end in gate.events("session_end") if end["peer"].startswith(source + ":")]


def test_a_header_from_a_stranger_is_no_xmpp(start_gate):
    gate = start_gate({DOMAIN: [backend("a", free_address())]}, listen=listeners(["192.0.2.1"]))
    wire = Wire(gate.address, PROXIED_C2S)
    wire.send(b"PROXY TCP4 192.0.2.7 192.0.2.1 40000 5222\r\n" + header(DOMAIN))

    wire.receive_to_end()
    assert b"<stream:error>" in wire.received
    assert b"this port speaks XMPP" in wire.received


def test_who_says_nothing_has_the_time_of_a_handshake(start_gate):
    gate = start_gate({DOMAIN: [backend("a", free_address())]}, listen=listeners(), limits={"handshake": "300ms"})
    wire = Wire(gate.address, PROXIED_TLS)

    wire.receive_to_end()
    assert gate.first_event("proxy_header_refused")["reason"] == "timeout"


def test_a_reload_takes_and_leaves_proxies(start_gate):
    domains = {DOMAIN: [backend("a", free_address())]}
    gate = start_gate(domains, listen=listeners([]))
    greeting = b"PROXY TCP4 192.0.2.7 192.0.2.1 40000 5222\r\n" + header(DOMAIN)
    wire = Wire(gate.address, PROXIED_C2S)
    wire.send(greeting)
    wire.receive_to_end()
    assert b"this port speaks XMPP" in wire.received

    gate.configure(domains, listen=listeners())
    wait_until(lambda: any("accept_proxy" in line for line in gate.log().splitlines()), "the reload is there")
    wire = Wire(gate.address, PROXIED_C2S)
    wire.send(greeting)
    wire.receive_until(b"</stream:features>")
    wire.close()
