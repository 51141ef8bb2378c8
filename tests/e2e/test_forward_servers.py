"""Forwarded paths before a real server: Prosody's own BOSH, WebSocket and file upload behind the web listener."""

import hashlib
import os
import re
import xml.etree.ElementTree as ElementTree

import pytest

from support.addresses import free_address
from support.start_stanzagate import backend, plain_binary
from support.waiting import wait_until
from support.http_client import HTTP, WebClient
from support.websocket_session import WebSocketSession

from conftest import DOMAIN

MIB = 1024 * 1024
SIZE = 50 * MIB
UPLOAD = f"upload.{DOMAIN}"


@pytest.fixture
def server(start_prosody):
    address = free_address()
    return start_prosody(address=address, lines=f"""
http_ports = {{ {HTTP} }}
http_interfaces = {{ "{address}" }}
https_ports = {{ }}
trusted_proxies = {{ "127.0.0.1" }}
http_file_share_size_limit = {2 * SIZE}
http_file_share_daily_quota = {20 * SIZE}
""", host_lines=f"""
modules_enabled = {{ "bosh", "websocket" }}
Component "{UPLOAD}" "http_file_share"
http_host = "{DOMAIN}"
http_external_url = "https://{DOMAIN}/"
""")


@pytest.fixture
def start_forwarding(start_gate, server):
    forwards = [{"path": path, "pool": "pool0", "port": HTTP, "sticky": sticky}
                for path, sticky in (("/http-bind", "bosh-sid"), ("/xmpp-websocket", "address"), ("/file_share/", "none"))]
    return lambda **keys: start_gate({DOMAIN: [backend("a", server.address)]}, health={"every": "200ms"},
                                     web={"bosh": "", "websocket": "", "forward": forwards}, **keys)


@pytest.fixture
def gate(start_forwarding):
    return start_forwarding()


@pytest.fixture
def connect(authority):
    """Makes clients of Prosody's own WebSocket."""
    opened = []

    def one(gate):
        session = WebSocketSession(gate.address, authority.certificate, source="127.0.0.77")
        send = session.wire.send
        session.wire.send = lambda data: send(re.sub(rb"^<(iq|message) ", rb"<\1 xmlns='jabber:client' ", data))
        opened.append(session)
        return session

    yield one
    for session in opened:
        session.wire.close()


def test_its_own_websocket(server, gate, connect):
    session = connect(gate)
    jid = session.log_in("juliet", DOMAIN)
    session.send_message(jid, "to myself")
    assert session.next_body() == "to myself"
    assert server.wait_for_client_address(jid) == "127.0.0.77"


def test_its_own_bosh(gate, authority):
    rid = 1000

    def post(attributes, inside=""):
        nonlocal rid
        rid += 1
        text = (f"<body xmlns='http://jabber.org/protocol/httpbind' rid='{rid}' {attributes}>{inside}</body>").encode()
        client.send(f"POST /http-bind HTTP/1.1\r\nHost: {DOMAIN}\r\nContent-Type: text/xml\r\n"
                    f"Content-Length: {len(text)}\r\n\r\n".encode() + text)
        response = client.response()
        assert response.status == 200
        return ElementTree.fromstring(response.text)

    client = WebClient(gate.address, authority.certificate)
    created = post(f"to='{DOMAIN}' wait='5' hold='1' ver='1.6' xmpp:version='1.0' xmlns:xmpp='urn:xmpp:xbosh'")
    sid = f"sid='{created.get('sid')}'"
    assert created.find(".//{urn:ietf:params:xml:ns:xmpp-sasl}mechanism") is not None
    answer = post(sid, "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='ANONYMOUS'/>")
    assert answer.find("{urn:ietf:params:xml:ns:xmpp-sasl}failure") is not None
    assert post(f"{sid} type='terminate'").get("type") == "terminate"
    client.close()


def test_a_file_up_and_down(start_forwarding, connect, authority):
    gate = start_forwarding(binary=plain_binary())  # its memory is measured
    session = connect(gate)
    session.log_in("juliet", DOMAIN)
    session.wire.send(f"<iq type='get' to='{UPLOAD}' id='slot'><request xmlns='urn:xmpp:http:upload:0' filename='x.bin' "
                      f"size='{SIZE}' content-type='application/octet-stream'/></iq>".encode())
    slot = session.next_element()
    space = "{urn:xmpp:http:upload:0}"
    put = slot.find(f".//{space}put")
    assert put is not None, session.message
    fields = "".join(f"{field.get('name')}: {field.text}\r\n" for field in put.findall(f"{space}header"))
    block = os.urandom(MIB)
    digest = hashlib.sha256(block * (SIZE // MIB)).hexdigest()
    client = WebClient(gate.address, authority.certificate)
    path = re.sub("^https://[^/]*", "", put.get("url"))
    before = gate.memory()
    client.send(f"PUT {path} HTTP/1.1\r\nHost: {DOMAIN}\r\nContent-Type: application/octet-stream\r\n{fields}"
                f"Content-Length: {SIZE}\r\n\r\n".encode())
    for _ in range(SIZE // MIB):
        client.send(block)
    response = client.response()
    assert response.status in (200, 201), response.head
    path = re.sub("^https://[^/]*", "", slot.find(f".//{space}get").get("url"))
    client.send(f"GET {path} HTTP/1.1\r\nHost: {DOMAIN}\r\n\r\n".encode())
    response = client.response()
    assert response.status == 200
    assert hashlib.sha256(response.text).hexdigest() == digest
    assert gate.memory() - before < 8 * MIB
    client.close()


def test_nothing_else_of_it(gate, authority):
    client = WebClient(gate.address, authority.certificate)
    for path in ("/", "/http-bind/", "/file_share", "/admin", "/host-meta"):
        client.ask(f"GET {path}")
        response = client.response()
        assert response.status == 404, path
        if response.field("connection") == "close":
            client.close()
            client = WebClient(gate.address, authority.certificate)
    client.close()
