"""Forwarded paths: requests that servers behind the web listener answer themselves, scripted here so that each rare
thing happens. Real servers are in test_forward_servers.py."""

import base64
import hashlib
import itertools
import os
import signal
import threading

import pytest

from support.addresses import free_address
from support.start_stanzagate import backend, plain_binary
from support.waiting import PATIENCE, wait_until
from support.http_client import HTTP, HttpBackend, WebClient, read_chunks, read_exactly, says
from support.wire import CUT, RESET

from conftest import DOMAIN

MIB = 1024 * 1024


@pytest.fixture
def serve():
    """Makes servers with an `answer(peer, head)`."""
    made = []

    def one(answer):
        made.append(HttpBackend(answer))
        return made[-1]

    yield one
    for server in made:
        server.end()


@pytest.fixture
def gate_for(start_gate):
    """A gate that forwards /f/ to servers, or to addresses where nobody listens."""
    def one(*servers, path="/f/", web=None, binary=None, **keys):
        members = [backend(f"b{i}", getattr(each, "address", each)) for i, each in enumerate(servers)]
        forward = {"path": path, "pool": "pool0", "port": HTTP, **keys}
        return start_gate({DOMAIN: members}, web={"forward": [forward], **(web or {})}, health={"checks": False},
                          binary=binary)

    return one


@pytest.fixture
def connect(authority):
    opened = []

    def one(gate, **keys):
        opened.append(WebClient(gate.address, authority.certificate, **keys))
        return opened[-1]

    yield one
    for client in opened:
        client.close()


def plain(peer, head):
    peer.send(says(b"hello"))


def fields_of(head):
    return [line.split(": ", 1) for line in head.split("\r\n")[1:] if line]


def test_a_request_and_its_answer(serve, gate_for, connect):
    server = serve(lambda peer, head: peer.send(says(b"hello", fields="X-Theirs: 1\r\n")))
    client = connect(gate_for(server))
    client.ask("GET /f/a%20b?x=1&y=%2f", "X-Mine: 2", "X-Forwarded-For: 1.2.3.4", "Forwarded: for=9.9.9.9",
               "Connection: X-Secret", "X-Secret: 3")
    response = client.response()
    assert (response.status, response.text, response.field("x-theirs")) == (200, b"hello", "1")
    head, = server.heads
    assert head.startswith("GET /f/a%20b?x=1&y=%2f HTTP/1.1\r\nHost: web.test\r\n")
    fields = fields_of(head)
    source = client.wire.tls.getsockname()[0]
    assert ["X-Mine", "2"] in fields and ["X-Forwarded-For", source] in fields
    assert ["X-Forwarded-Proto", "https"] in fields and ["X-Forwarded-Host", "web.test"] in fields
    assert "1.2.3.4" not in head and "9.9.9.9" not in head and "X-Secret" not in head
    client.ask("GET /f/again")  # the client's connection goes on
    assert client.response().text == b"hello"
    client.ask("GET /elsewhere")
    assert client.response().status == 404
    assert len(server.heads) == 2


def test_a_chunked_body_both_ways_at_every_cut(serve, gate_for, connect):
    def echo(peer, head):
        assert "Transfer-Encoding: chunked" in head and "Content-Length" not in head
        text = read_chunks(peer)
        answer = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\n" + text[:3] + b"\r\n"
        answer += b"%x\r\n" % len(text[3:]) + text[3:] + b"\r\n0\r\nX-Trailer: 1\r\n\r\n"
        cut = int(head.split("cut=")[1].split(" ")[0])
        peer.send(answer[:cut])
        peer.send(answer[cut:])

    client = connect(gate_for(serve(echo)))
    sent = b"5\r\nhello\r\n6;a=b\r\n world\r\n0\r\n\r\n"
    for cut in range(len(sent)):
        client.ask(f"POST /f/?cut={2 * cut}", "Transfer-Encoding: chunked", body=sent[:cut])
        client.send(sent[cut:])
        response = client.response()
        assert (response.status, response.text) == (200, b"hello world")
        assert "x-trailer" not in response.fields


def test_large_bodies_pass_with_little_memory(serve, gate_for, connect, authority):
    size = 48 * MIB
    block = os.urandom(MIB)

    def answer(peer, head):
        if head.startswith("PUT"):
            digest = hashlib.sha256()
            left = size
            while left:
                piece = bytes(peer._read) or peer.socket.recv(65536)
                peer._read.clear()
                digest.update(piece)
                left -= len(piece)
            return peer.send(says(digest.hexdigest().encode()))
        peer.send(f"HTTP/1.1 200 OK\r\nContent-Length: {size}\r\n\r\n".encode())
        for _ in range(size // MIB):
            peer.send(block)

    gate = gate_for(serve(answer), binary=plain_binary())
    client = connect(gate)
    client.ask("GET /f/warm", "Range: bytes=0-1")
    client.take(MIB)
    before = gate.memory()
    client = connect(gate)
    client.ask("PUT /f/x", f"Content-Length: {size}")
    expected = hashlib.sha256()
    for _ in range(size // MIB):
        client.send(block)
        expected.update(block)
    assert client.response().text.decode() == expected.hexdigest()
    client.ask("GET /f/x")
    response = client.head()
    got = hashlib.sha256()
    for _ in range(size // MIB):
        got.update(client.take(MIB))
    assert got.hexdigest() == expected.hexdigest()
    assert gate.memory() - before < 6 * MIB


@pytest.mark.parametrize("how", ["length", "chunked", "until the end", "tunnel"])
def test_a_slow_client_stops_its_server(serve, gate_for, connect, how):
    """Nothing but what the buffers hold is sent."""
    begin = {"length": f"HTTP/1.1 200 OK\r\nContent-Length: {64 * MIB}\r\n\r\n".encode(),
             "chunked": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
             "until the end": b"HTTP/1.1 200 OK\r\n\r\n", "tunnel": AGREES}[how]
    piece = b"8000\r\n" + b"x" * 0x8000 + b"\r\n" if how == "chunked" else b"x" * 0x8000
    sent, stuck, done = [], threading.Event(), threading.Event()

    def flood(peer, head):
        peer.send(begin)
        peer.socket.settimeout(1)
        try:
            while sum(sent) < 64 * MIB:
                sent.append(peer.socket.send(piece))
        except TimeoutError:
            stuck.set()
            done.wait(PATIENCE)

    gate = gate_for(serve(flood))
    client = connect(gate, receive_buffer=65536)
    client.ask("GET /f/flood", *(ASKS if how == "tunnel" else ()))
    assert stuck.wait(PATIENCE)
    assert sum(sent) < 16 * MIB
    done.set()


def test_a_slow_server_stops_its_client(serve, gate_for, connect):
    done = threading.Event()
    client = connect(gate_for(serve(lambda peer, head: done.wait(PATIENCE))))
    client.ask("PUT /f/flood", f"Content-Length: {64 * MIB}")
    assert send_until_stuck(client) < 16 * MIB
    done.set()


def send_until_stuck(client):
    """Returns how many bytes the other side took."""
    client.wire.tls.settimeout(1)
    sent = 0
    with pytest.raises(TimeoutError):
        while sent < 64 * MIB:
            client.send(b"x" * 65536)
            sent += 65536
    return sent


def test_a_client_that_waits_for_100_gets_it_from_the_server(serve, gate_for, connect):
    def answer(peer, head):
        assert "Expect: 100-continue" in head
        if "refuse" in head:
            return peer.send(says(b"no", "417 No"))
        peer.send(b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n")
        peer.send(says(read_exactly(peer, 5)))

    gate = gate_for(serve(answer))
    client = connect(gate)
    client.ask("PUT /f/x", "Content-Length: 5", "Expect: 100-continue")
    assert [client.head().status, client.head().status] == [103, 100]
    client.send(b"12345")
    assert client.response().text == b"12345"
    client = connect(gate)
    client.ask("PUT /f/refuse", "Content-Length: 5", "Expect: 100-continue")
    response = client.response()
    assert (response.status, response.text, response.field("connection")) == (417, b"no", "close")
    assert client.rest() == b""


@pytest.mark.parametrize("size", [1_000, 4 * MIB])
def test_an_answer_before_the_body_is_read(serve, gate_for, connect, size):
    """Its server reads no more and closes, so that what is on its way there is reset."""
    server = serve(lambda peer, head: peer.send(says(b"too much", "413 Too Large")))
    gate = gate_for(server)
    for _ in range(20):
        client = connect(gate)
        client.ask("PUT /f/x", f"Content-Length: {20 * MIB}", body=b"x" * size)
        response = client.response()
        assert (response.status, response.text, response.field("connection")) == (413, b"too much", "close")


@pytest.mark.parametrize("how", ["length", "chunked"])
def test_a_server_that_dies_in_its_answer(serve, gate_for, connect, how):
    length = "Content-Length: 100" if how == "length" else "Transfer-Encoding: chunked"

    def die(peer, head):
        peer.send(f"HTTP/1.1 200 OK\r\n{length}\r\n\r\n".encode() + (b"5\r\nhello\r\n" if how == "chunked" else b"hello"))

    gate = gate_for(serve(die))
    client = connect(gate)
    client.ask("GET /f/x")
    assert client.head().status == 200
    assert client.wire.receive_to_end() in (CUT, RESET)  # which nobody takes for the end of an answer
    assert gate.first_event("forward_failed")["reason"] == "ended_early"


@pytest.mark.parametrize("answer, reason", [
    (b"", "ended_early"),
    (b"SSH-2.0-OpenSSH\r\n\r\n", "bad_answer"),
    (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello", "bad_answer"),
    (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\nhello", "bad_answer"),
    (b"HTTP/1.1 200 OK\r\nX: a\rSet-Cookie: b\r\nContent-Length: 5\r\n\r\nhello", "bad_answer"),
    (b"HTTP/1.1 200 OK\r\nX: a\nSet-Cookie: b\r\nContent-Length: 5\r\n\r\nhello", "bad_answer"),
    (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n", "bad_upgrade"),
])
def test_an_answer_that_is_none(serve, gate_for, connect, answer, reason):
    gate = gate_for(serve(lambda peer, head: peer.send(answer)))
    client = connect(gate)
    client.ask("GET /f/x")
    response = client.response()
    assert response.status == 502 and b"Set-Cookie" not in response.head
    assert client.rest() == b""
    event = gate.first_event("forward_failed")
    assert (event["reason"], event["path"], event["backend"], event["status"]) == (reason, "/f/", "b0", "502")


def test_what_follows_an_answer_is_no_answer(serve, gate_for, connect):
    """Response splitting: bytes behind an answer reach nobody."""
    server = serve(lambda peer, head: peer.send(says(b"hello") + says(b"poison")))
    client = connect(gate_for(server))
    for _ in range(3):
        client.ask("GET /f/x")
        assert client.response().text == b"hello"


def test_answers_without_a_body(serve, gate_for, connect):
    def answer(peer, head):
        if head.startswith("HEAD"):
            peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 77\r\n\r\n")
        elif "304" in head:
            peer.send(b"HTTP/1.1 304 Not Modified\r\nETag: x\r\n\r\n")
        else:
            peer.send(b"HTTP/1.1 204 No Content\r\n\r\n")

    client = connect(gate_for(serve(answer)))
    client.ask("HEAD /f/x")
    response = client.response(to_head=True)
    assert (response.status, response.field("content-length")) == (200, "77")
    client.ask("GET /f/304")
    assert client.response().field("etag") == "x"
    client.ask("DELETE /f/x")
    assert client.response().status == 204


def test_a_body_until_the_end(serve, gate_for, connect):
    """It has no length; a client of HTTP/1.1 gets chunks, an older one the end of its connection."""
    server = serve(lambda peer, head: peer.send(b"HTTP/1.0 200 OK\r\n\r\n" + b"x" * 100_000))
    gate = gate_for(server)
    client = connect(gate)
    client.ask("GET /f/x")
    response = client.response()
    assert (response.field("transfer-encoding"), response.text) == ("chunked", b"x" * 100_000)
    client.send(b"GET /f/x HTTP/1.0\r\n\r\n")
    response = client.head()
    assert response.field("transfer-encoding") is None and response.field("connection") == "close"
    assert client.rest() == b"x" * 100_000


def test_a_client_that_leaves_takes_its_request_along(serve, gate_for, connect):
    gone = threading.Event()

    def hold(peer, head):
        peer.wait_for_close()
        gone.set()

    server = serve(hold)
    gate = gate_for(server)
    client = connect(gate)
    client.ask("GET /f/x")
    wait_until(lambda: server.heads, "the server has the request")
    client.close()
    assert gone.wait(PATIENCE)
    gone.clear()
    client = connect(gate)
    client.ask("PUT /f/x", "Content-Length: 1000", body=b"half")
    wait_until(lambda: len(server.heads) == 2, "the server has the request")
    client.wire.cut()
    assert gone.wait(PATIENCE)


def test_a_gate_that_stops_ends_what_it_has_begun(serve, gate_for, connect):
    go_on = threading.Event()

    def hold(peer, head):
        go_on.wait(PATIENCE)
        peer.send(says(b"x" * 1_000_000))

    server = serve(hold)
    gate = gate_for(server)
    client = connect(gate)
    client.ask("GET /f/x")
    wait_until(lambda: server.heads, "the server has the request")
    gate.process.send_signal(signal.SIGTERM)
    gate.first_event("stopping")
    go_on.set()
    assert client.response().text == b"x" * 1_000_000
    assert gate.process.wait() == 0


# Servers that are not there.

def test_a_server_that_refuses_is_passed_over(serve, gate_for, connect):
    server = serve(plain)
    gate = gate_for(free_address(), free_address(), server)
    client = connect(gate)
    for _ in range(5):
        client.ask("POST /f/x", "Content-Length: 5", body=b"12345")
        assert client.response().text == b"hello"
    assert not gate.events("forward_failed")


def test_no_server_at_all(gate_for, connect):
    gate = gate_for(free_address())

    def status():
        client = connect(gate)
        client.ask("GET /f/x")
        return client.response().status

    assert status() == 502
    gate.ask("drain", "pool0/b0")
    wait_until(lambda: status() == 503, "the workers know that it drains")
    wait_until(lambda: {event["reason"] for event in gate.events("forward_failed")} == {"unreachable", "no_backend"},
               "both are logged")


@pytest.mark.parametrize("method", ["POST", "GET"])
def test_20_what_a_server_has_got_no_other_one_gets(serve, gate_for, connect, method):
    """Each of them dies when it has the request."""
    servers = [serve(lambda peer, head: None) for _ in range(3)]
    client = connect(gate_for(*servers))
    client.ask(f"{method} /f/x", "Content-Length: 2", body=b"hi")
    assert client.response().status == 502
    assert sum(len(each.heads) for each in servers) == 1


def test_a_server_that_says_nothing(serve, gate_for, connect):
    done = threading.Event()

    def stall(peer, head):
        peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhello")
        done.wait(PATIENCE)

    gate = gate_for(serve(stall), web={"stall": "1s"})
    client = connect(gate)
    client.ask("GET /f/x")
    assert client.head().status == 200
    assert client.wire.receive_to_end() in (CUT, RESET)
    assert gate.first_event("forward_failed")["reason"] == "stalled"
    done.set()


def test_a_server_that_takes_nothing(serve, gate_for, connect):
    done = threading.Event()
    gate = gate_for(serve(lambda peer, head: done.wait(PATIENCE)), web={"stall": "1s"})
    client = connect(gate)
    client.ask("PUT /f/x", f"Content-Length: {32 * MIB}")
    for _ in range(32):
        client.send(b"x" * MIB)  # what comes behind the answer is read and dropped
    assert client.response().status == 504
    assert gate.first_event("forward_failed")["reason"] == "no_answer"
    done.set()


def test_a_client_that_stops_in_its_body(serve, gate_for, connect):
    gone = threading.Event()

    def wait(peer, head):
        peer.wait_for_close()
        gone.set()

    client = connect(gate_for(serve(wait), web={"stall": "1s"}))
    client.ask("PUT /f/x", "Content-Length: 1000", body=b"half")
    assert client.response().status == 408
    assert gone.wait(PATIENCE)


def test_a_reload_leaves_what_is_under_way(serve, gate_for, connect):
    go_on = threading.Event()

    def slow(peer, head):
        peer.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n")
        go_on.wait(PATIENCE)
        peer.send(b"3\r\ntwo\r\n0\r\n\r\n")

    server = serve(slow)
    gate = gate_for(server)
    client = connect(gate)
    client.ask("GET /f/x")
    response = client.head()
    gate.configure({DOMAIN: [backend("other", free_address())]}, web={}, health={"checks": False})
    gate.first_event("reloaded")
    other = connect(gate)
    other.ask("GET /f/x")
    assert other.response().status == 404
    go_on.set()
    assert client.body(response) == b"onetwo"


# Smuggling: each is answered once and never seen behind.

SMUGGLED = b"GET /f/smuggled HTTP/1.1\r\nHost: x\r\n\r\n"
REFUSED = {
    "length and coding": b"POST /f/ HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "two lengths": b"POST /f/ HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\n",
    "list of lengths": b"POST /f/ HTTP/1.1\r\nHost: x\r\nContent-Length: 4, 4\r\n\r\n",
    "signed length": b"POST /f/ HTTP/1.1\r\nHost: x\r\nContent-Length: +4\r\n\r\n",
    "coding that is none": b"POST /f/ HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n",
    "coding twice": b"POST /f/ HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked, chunked\r\n\r\n",
    "coding with a tab": b"POST /f/ HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: \x0bchunked\r\n\r\n",
    "blank before colon": b"POST /f/ HTTP/1.1\r\nHost: x\r\nTransfer-Encoding : chunked\r\n\r\n",
    "bare line feed": b"POST /f/ HTTP/1.1\r\nHost: x\r\nX: y\nContent-Length: 4\r\n\r\n",
    "bare return": b"POST /f/ HTTP/1.1\r\nHost: x\r\nX: y\rContent-Length: 4\r\n\r\n",
    "folded": b"POST /f/ HTTP/1.1\r\nHost: x\r\nX: y\r\n Content-Length: 4\r\n\r\n",
    "NUL": b"POST /f/ HTTP/1.1\r\nHost: x\r\nX: \0\r\n\r\n",
    "two hosts": b"GET /f/ HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
    "no host": b"GET /f/ HTTP/1.1\r\n\r\n",
    "absolute": b"GET http://y/f/ HTTP/1.1\r\nHost: x\r\n\r\n",
    "upwards": b"GET /f/../admin HTTP/1.1\r\nHost: x\r\n\r\n",
    "upwards in code": b"GET /f/%2e%2e/admin HTTP/1.1\r\nHost: x\r\n\r\n",
    "upwards for Java": b"GET /f/..;/admin HTTP/1.1\r\nHost: x\r\n\r\n",
    "encoded slash": b"GET /f/..%2fadmin HTTP/1.1\r\nHost: x\r\n\r\n",
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "method": b"CONNECT /f/ HTTP/1.1\r\nHost: x\r\n\r\n",
    "coding in 1.0": b"POST /f/ HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_can_be_read_in_two_ways_is_answered_once(serve, gate_for, connect, case):
    server = serve(plain)
    client = connect(gate_for(server))
    client.send(REFUSED[case] + SMUGGLED)
    response = client.response()
    assert 400 <= response.status < 506
    assert client.rest() == b""
    assert server.connections == 0


@pytest.mark.parametrize("chunks", [b"x\r\n", b"5\nhello\r\n0\r\n\r\n", b"5\r\nhelloX\r\n0\r\n\r\n", b"0x5\r\nhello\r\n0\r\n\r\n",
                                    b"-1\r\n", b"5 \r\nhello\r\n0\r\n\r\n", b"5;\x00\r\nhello\r\n0\r\n\r\n",
                                    b"fffffffffffffffff\r\n"])
def test_a_broken_chunk_ends_the_request(serve, gate_for, connect, chunks):
    """Its server sees a body that never ends, and what follows is no request for it."""
    seen = []

    def answer(peer, head):
        while data := peer.receive():
            seen.append(data)

    server = serve(answer)
    client = connect(gate_for(server))
    client.ask("POST /f/x", "Transfer-Encoding: chunked", body=chunks + SMUGGLED)
    assert client.response().status == 400
    assert client.rest() == b""
    assert len(server.heads) <= 1 and all(b"smuggled" not in bytes(peer.received) for peer in server.peers)
    assert not any(bytes(peer.received).endswith(b"0\r\n\r\n") for peer in server.peers)


# Tunnels.

KEY = base64.b64encode(b"0123456789abcdef").decode()
ACCEPT = base64.b64encode(hashlib.sha1((KEY + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest()).decode()
ASKS = ("Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", f"Sec-WebSocket-Key: {KEY}")
AGREES = (f"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
          f"Sec-WebSocket-Accept: {ACCEPT}\r\n\r\n").encode()


def test_a_tunnel_carries_bytes_both_ways(serve, gate_for, connect):
    def echo(peer, head):
        assert "Upgrade: websocket" in head and f"Sec-WebSocket-Key: {KEY}" in head
        peer.send(AGREES + b"first")
        while data := (bytes(peer._read) or peer.receive()):
            peer._read.clear()
            peer.send(data)
        peer.send(b"the client has ended")

    client = connect(gate_for(serve(echo)))
    client.ask("GET /f/ws", *ASKS)
    response = client.head()
    assert (response.status, response.field("upgrade"), response.field("sec-websocket-accept")) == (101, "websocket", ACCEPT)
    assert client.take(5) == b"first"
    for data in (b"GET /f/x HTTP/1.1\r\nHost: y\r\n\r\n", os.urandom(300_000)):
        client.send(data)
        assert client.take(len(data)) == data
    client.wire.end_of_sending()
    assert client.rest_of_tunnel() == b"the client has ended"


def test_a_server_that_ends_a_tunnel_ends_it_for_the_client(serve, gate_for, connect):
    client = connect(gate_for(serve(lambda peer, head: peer.send(AGREES + b"x" * 500_000))))
    client.ask("GET /f/ws", *ASKS)
    assert client.head().status == 101
    assert client.rest() == b"x" * 500_000


def test_a_tunnel_is_under_back_pressure(serve, gate_for, connect):
    done = threading.Event()

    def deaf(peer, head):
        peer.send(AGREES)
        done.wait(PATIENCE)

    gate = gate_for(serve(deaf))
    client = connect(gate)
    client.ask("GET /f/ws", *ASKS)
    assert client.head().status == 101
    assert send_until_stuck(client) < 16 * MIB
    done.set()


@pytest.mark.parametrize("answer, status", [
    (says(b"no"), 200),
    (says(b"no", "403 No"), 403),
    (AGREES.replace(ACCEPT.encode(), b"x" * 28), 502),
    (AGREES.replace(b"Upgrade: websocket", b"Upgrade: h2c"), 502),
])
def test_a_tunnel_is_not_open_before_the_server_agrees(serve, gate_for, connect, answer, status):
    """What the client sends behind its request is a request of its own until then."""
    server = serve(lambda peer, head: (peer.send(answer), peer.wait_for_close()))
    client = connect(gate_for(server))
    client.ask("GET /f/ws", *ASKS, body=SMUGGLED)
    assert client.response().status == status
    assert not any(b"smuggled" in bytes(peer.received) for peer in server.peers if b"Sec-WebSocket" in peer.received)


# Who stays where.

def named(name):
    return lambda peer, head: peer.send(says(name.encode()))


@pytest.fixture
def three(serve):
    return [serve(named(f"b{i}")) for i in range(3)]


def test_requests_of_one_room_meet(three, start_gate, connect):
    paths = ("/http-bind", "/xmpp-websocket")
    gate = start_gate({DOMAIN: [backend(f"b{i}", each.address) for i, each in enumerate(three)]},
                      web={"bosh": "", "websocket": "", "forward": [
                          {"path": path, "pool": "pool0", "port": HTTP, "sticky": "query:room"} for path in paths]},
                      health={"checks": False})
    homes = set()
    for number in range(20):
        spellings = (f"room=r{number}&token=1", f"a=b&room=r{number}", f"room=%72{number}", f"r%6fom=r{number}&room=other")
        answers = set()
        for path in paths:
            for query in spellings:
                client = connect(gate, source=f"127.0.0.{number % 5 + 2}")
                client.ask(f"GET {path}?{query}")
                answers.add(client.response().text)
        assert len(answers) == 1
        homes |= answers
    assert homes == {b"b0", b"b1", b"b2"}


def test_a_room_stays_in_drain_and_new_ones_go_elsewhere(three, gate_for, connect):
    gate = gate_for(*three, sticky="query:room")

    def where(room):
        client = connect(gate)
        client.ask(f"GET /f/?room={room}")
        return client.response().text.decode()

    rooms = {f"r{i}": where(f"r{i}") for i in range(12)}
    gate.ask("drain", "pool0/b1")
    new = itertools.count()
    wait_until(lambda: "b1" not in {where(f"new{next(new)}") for _ in range(20)}, "b1 gets no new rooms")
    assert {room: where(room) for room in rooms} == rooms
    gate.ask("maintenance", "pool0/b1")
    wait_until(lambda: "b1" not in {where(room) for room in rooms}, "b1 gets nothing")


def test_one_address_stays_at_one_server(three, gate_for, connect):
    gate = gate_for(*three, sticky="address")
    homes = set()
    for number in range(2, 14):
        answers = set()
        for _ in range(4):
            client = connect(gate, source=f"127.0.0.{number}")
            client.ask("GET /f/")
            answers.add(client.response().text)
        assert len(answers) == 1
        homes |= answers
    assert len(homes) > 1


def test_20_a_session_of_a_servers_own_bosh_stays_there(serve, gate_for, connect):
    """By the sid of its answer, whatever address its requests come from; the tag may come in pieces."""
    def bosh(name):
        def answer(peer, head):
            size = int(head.lower().split("content-length: ")[1].split("\r\n")[0])
            body = read_exactly(peer, size).decode()
            sid = body.split("sid='")[1].split("'")[0] if "sid='" in body else f"{name}-{os.urandom(4).hex()}"
            assert sid.startswith(name + "-"), (name, sid)
            text = f"<body xmlns='http://jabber.org/protocol/httpbind' wait='60' sid='{sid}'/>".encode()
            peer.send(says(text)[:70])
            peer.send(says(text)[70:])
        return answer

    gate = gate_for(*[serve(bosh(f"b{i}")) for i in range(3)], path="/bosh", sticky="bosh-sid")

    def post(text, source):
        client = connect(gate, source=f"127.0.0.{source}")
        client.ask("POST /bosh", f"Content-Length: {len(text)}", body=text[:30].encode())
        client.send(text[30:].encode())
        response = client.response()
        assert response.status == 200
        return response.text.decode().split("sid='")[1].split("'")[0]

    homes = set()
    for number in range(2, 22):
        sid = post("<body rid='1' xmlns='http://jabber.org/protocol/httpbind' to='x'/>", number)
        homes.add(sid[:2])
        for source in (40, 41):
            assert post(f"<?xml version='1.0'?><body rid='2' sid='{sid}' xmlns='http://jabber.org/protocol/httpbind'>"
                        "<presence xmlns='jabber:client'/></body>", source) == sid
    assert homes == {"b0", "b1", "b2"}


def test_a_client_of_bosh_that_waits_for_100_hears_it_once(serve, gate_for, connect):
    """From us, for the choice needs the body."""
    def answer(peer, head):
        peer.send(b"HTTP/1.1 100 Continue\r\n\r\n" + says(read_exactly(peer, 7)))

    client = connect(gate_for(serve(answer), path="/bosh", sticky="bosh-sid"))
    client.ask("POST /bosh", "Content-Length: 7", "Expect: 100-continue")
    assert client.head().status == 100
    client.send(b"<body/>")
    assert client.head().status == 200


def test_a_client_is_told_in_a_proxy_header(serve, gate_for, connect):
    server = serve(plain)
    client = connect(gate_for(server, proxy="v1"))
    client.ask("GET /f/x")
    assert client.response().text == b"hello"
    line, _, head = server.heads[0].partition("\r\n")
    source, port = client.wire.tls.getsockname()
    assert line.startswith(f"PROXY TCP4 {source} ") and f" {port} " in line
    assert head.startswith("GET /f/x HTTP/1.1\r\n")
