"""Whatever comes to a web listener: exactly one answer with the status that fits, then the end of the connection; nothing
of it at a backend, nobody else disturbed, no memory kept. What is only unusual is answered right."""

import os
import resource

import pytest

from support.addresses import free_address
from support.start_stanzagate import backend, plain_binary
from support.waiting import wait_until
from support.http_wire import HttpWire
from support.wire import CLOSED

from conftest import DOMAIN

MIB = 1024 * 1024
HOST = b"Host: example.test\r\n"
# Would be answered, were it taken for a request.
NEXT = b"GET /.well-known/host-meta HTTP/1.1\r\n" + HOST + b"\r\n"
UPGRADE = (b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
           b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n")


def get(path=b"/.well-known/host-meta", fields=b"", version=b"HTTP/1.1"):
    return b"GET " + path + b" " + version + b"\r\n" + HOST + fields + b"\r\n"


def post(fields, body=b"", path=b"/http-bind"):
    return b"POST " + path + b" HTTP/1.1\r\n" + HOST + fields + b"\r\n" + body


def chunked(body, path=b"/http-bind"):
    return post(b"Transfer-Encoding: chunked\r\n", body, path)


# What two servers could read in two ways, and so carry a hidden request past one of them.
SMUGGLING = {
    "length and coding": (post(b"Content-Length: 6\r\nTransfer-Encoding: chunked\r\n", b"0\r\n\r\nG"), 400),
    "coding and length": (post(b"Transfer-Encoding: chunked\r\nContent-Length: 6\r\n", b"0\r\n\r\nG"), 400),
    "two lengths": (post(b"Content-Length: 3\r\nContent-Length: 4\r\n", b"abcd"), 400),
    "two equal lengths": (post(b"Content-Length: 3\r\nContent-Length: 3\r\n", b"abc"), 400),
    "list of lengths": (post(b"Content-Length: 3, 3\r\n", b"abc"), 400),
    "length with a sign": (post(b"Content-Length: +3\r\n", b"abc"), 400),
    "negative length": (post(b"Content-Length: -1\r\n"), 400),
    "length in hex": (post(b"Content-Length: 0x3\r\n", b"abc"), 400),
    "length with a zero in front": (post(b"Content-Length: 03\r\n", b"abc"), 400),
    "length beyond 64 bits": (post(b"Content-Length: 18446744073709551619\r\n", b"abc"), 400),
    "empty length": (post(b"Content-Length:\r\n"), 400),
    "blank before a colon": (post(b"Content-Length : 3\r\n", b"abc"), 400),
    "tab before a colon": (post(b"Transfer-Encoding\t: chunked\r\n", b"0\r\n\r\n"), 400),
    "name in quotes": (post(b"\"Content-Length\": 3\r\n", b"abc"), 400),
    "bare line feeds": (b"GET / HTTP/1.1\nHost: a\n\n", 400),
    "one bare line feed": (get(fields=b"A: b\nTransfer-Encoding: chunked\r\n"), 400),
    "bare carriage return": (get(fields=b"A: b\rTransfer-Encoding: chunked\r\n"), 400),
    "carriage return twice": (get(fields=b"A: b\r\r\n"), 400),
    "folded field": (get(fields=b"A: b\r\n c\r\n"), 400),
    "folded coding": (post(b"Transfer-Encoding:\r\n chunked\r\n", b"0\r\n\r\n"), 400),
    "first field folded": (b"GET / HTTP/1.1\r\n Host: a\r\n\r\n", 400),
    "nul in a value": (get(fields=b"A: b\0c\r\n"), 400),
    "nul in a name": (get(fields=b"A\0: b\r\n"), 400),
    "nul in a path": (get(b"/a\0b"), 400),
    "vertical tab": (post(b"Transfer-Encoding: \x0bchunked\r\n", b"0\r\n\r\n"), 400),
    "coding that is none": (post(b"Transfer-Encoding: xchunked\r\n", b"0\r\n\r\n"), 501),
    "coding that we do not know": (post(b"Transfer-Encoding: gzip\r\n", b"0\r\n\r\n"), 501),
    "chunked twice": (post(b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", b"0\r\n\r\n"), 400),
    "coding in HTTP/1.0": (b"POST /http-bind HTTP/1.0\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    "chunk size with a sign": (chunked(b"+3\r\nabc\r\n0\r\n\r\n"), 400),
    "chunk size in 0x": (chunked(b"0x3\r\nabc\r\n0\r\n\r\n"), 400),
    "chunk size beyond 64 bits": (chunked(b"10000000000000003\r\nabc\r\n0\r\n\r\n"), 400),
    "negative chunk": (chunked(b"-1\r\nabc\r\n0\r\n\r\n"), 400),
    "chunk with a bare line feed": (chunked(b"3\nabc\n0\n\n"), 400),
    "chunk with two bytes too many": (chunked(b"3\r\nabcXX0\r\n\r\n"), 400),
    "extension with a bare line feed": (chunked(b"3;a\nabc\r\n0\r\n\r\n"), 400),
    "trailer that is folded": (chunked(b"0\r\nA: b\r\n c\r\n\r\n"), 400),
    "trailer with a blank before its colon": (chunked(b"0\r\nA : b\r\n\r\n"), 400),
    "no host": (b"GET / HTTP/1.1\r\n\r\n", 400),
    "two hosts": (b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
    "two equal hosts": (b"GET / HTTP/1.1\r\nHost: a\r\nhost: a\r\n\r\n", 400),
    "host with a path": (b"GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400),
    "host with a user": (b"GET / HTTP/1.1\r\nHost: a@b\r\n\r\n", 400),
    "empty host": (b"GET / HTTP/1.1\r\nHost:\r\n\r\n", 400),
    "absolute target": (get(b"http://example.test/.well-known/host-meta"), 400),
    "absolute target of another host": (get(b"https://other.test/"), 400),
    "authority as target": (get(b"example.test:443"), 400),
    "star for GET": (get(b"*"), 400),
    "fragment": (get(b"/a#b"), 400),
    "dots": (get(b"/file_share/../admin"), 400),
    "encoded dots": (get(b"/file_share/%2e%2e/admin"), 400),
    "dots and semicolon": (get(b"/file_share/..;/admin"), 400),
    "encoded slash": (get(b"/file_share/..%2fadmin"), 400),
    "backslash": (get(b"/file_share\\..\\admin"), 400),
    "encoded nul": (get(b"/file_share/%00"), 400),
    "encoded line break": (get(b"/file_share/%0d%0aA:b"), 400),
    "overlong utf-8": (get(b"/file_share/%c0%ae%c0%ae/"), 400),
}

IN_A_BODY = ("chunk ", "negative chunk", "extension ", "trailer ")

OTHER_REFUSALS = {
    "junk": (b"\x80\x00\x01junk\r\n\r\n", 400),
    "xml": (b"<stream:stream>\r\n\r\n", 400),
    "HTTP/0.9": (b"GET /\r\n", 400),
    "HTTP/2.0": (get(version=b"HTTP/2.0"), 505),
    "HTTP/1.2": (get(version=b"HTTP/1.2"), 505),
    "preface of h2": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
    "CONNECT": (b"CONNECT example.test:443 HTTP/1.1\r\n" + HOST + b"\r\n", 501),
    "TRACE": (b"TRACE / HTTP/1.1\r\n" + HOST + b"\r\n", 501),
    "unknown method": (b"BREW /http-bind HTTP/1.1\r\n" + HOST + b"\r\n", 501),
    "long line": (get(b"/" + b"a" * 9_000), 414),
    "large field": (get(fields=b"A: " + b"b" * 17_000 + b"\r\n"), 431),
    "many fields": (get(fields=b"".join(b"A%d: b\r\n" % n for n in range(101))), 431),
    "another expectation": (post(b"Expect: 200-ok\r\nContent-Length: 3\r\n", b"abc"), 417),
    "nothing there": (get(b"/"), 404),
    "console of Openfire": (get(b"/login.jsp"), 404),
    "path in other letters": (get(b"/HTTP-BIND"), 404),
    "path with more behind": (get(b"/xmpp-websocket/"), 404),
    "websocket without upgrade": (get(b"/xmpp-websocket"), 426),
    "old version of websocket": (get(b"/xmpp-websocket", UPGRADE.replace(b"13", b"8")), 426),
    "websocket without key": (get(b"/xmpp-websocket", UPGRADE.replace(b"Sec-WebSocket-Key", b"X-Key")), 400),
    "websocket with a short key": (get(b"/xmpp-websocket", UPGRADE.replace(b"dGhl", b"")), 400),
    "websocket with two keys": (get(b"/xmpp-websocket", UPGRADE + UPGRADE.split(b"13\r\n")[1]), 400),
    "websocket with a body": (get(b"/xmpp-websocket", UPGRADE + b"Content-Length: 3\r\n"), 400),
    "websocket of HTTP/1.0": (get(b"/xmpp-websocket", UPGRADE, b"HTTP/1.0"), 426),
    "another subprotocol": (get(b"/xmpp-websocket", UPGRADE + b"Sec-WebSocket-Protocol: chat\r\n"), 400),
    "websocket from elsewhere": (get(b"/xmpp-websocket", UPGRADE + b"Origin: https://evil.test\r\n"), 403),
    "websocket from nowhere": (get(b"/xmpp-websocket", UPGRADE + b"Origin: null\r\n"), 403),
    "websocket from two places": (get(b"/xmpp-websocket", UPGRADE + b"Origin: https://chat.test\r\n" * 2), 403),
    "bosh from elsewhere": (post(b"Origin: https://evil.test\r\nContent-Length: 3\r\n", b"abc"), 403),
    "body that says it is too large": (post(b"Content-Length: 600000\r\n"), 413),
    "chunk that is too large": (chunked(b"F0000\r\n"), 413),
    "packed body": (post(b"Content-Encoding: gzip\r\nContent-Length: 3\r\n", b"abc"), 415),
}

# Method and path, and what the Allow field must say.
NOT_ALLOWED = {
    "POST to websocket": (post(b"Content-Length: 0\r\n", path=b"/xmpp-websocket"), "GET"),
    "GET of bosh": (get(b"/http-bind"), "POST, OPTIONS"),
    "PUT to bosh": (b"PUT /http-bind HTTP/1.1\r\n" + HOST + b"Content-Length: 3\r\n\r\nabc", "POST, OPTIONS"),
    "POST to host-meta": (post(b"Content-Length: 0\r\n", path=b"/.well-known/host-meta"), "GET, HEAD, OPTIONS"),
    "DELETE of host-meta.json": (b"DELETE /.well-known/host-meta.json HTTP/1.1\r\n" + HOST + b"\r\n",
                                 "GET, HEAD, OPTIONS"),
}


@pytest.fixture
def server(start_fake):
    """Behind the gate. Nothing here may reach it."""
    return start_fake(lambda peer: peer.wait_for_close())


@pytest.fixture
def web_gate(start_gate, server):
    """Before it, for streams and for forwarded paths."""
    def start(web=None, **sections):
        forward = {"path": "/file_share/", "pool": "pool0", "port": server.port}
        return start_gate({DOMAIN: [backend("a", server.address)]}, health={"checks": False},
                          web={"origins": ["https://chat.test"], "forward": [forward], **(web or {})}, **sections)

    return start


@pytest.fixture
def context(authority):
    return HttpWire.context(authority.certificate)


def assert_refused(gate, context, request, status):
    """One answer, the end, and nothing behind it."""
    answer, end = HttpWire(gate.address, context).refusal(request + NEXT)
    assert (answer.status, answer.rest, end) == (status, b"", CLOSED), (request, answer.body)
    assert answer.fields["connection"].endswith("close"), request
    assert answer.body.startswith(f"{status} "), request
    return answer


def test_each_way_to_smuggle_a_request_is_refused_before_a_backend_hears_of_it(web_gate, context, server):
    gate = web_gate()
    for name, (request, status) in SMUGGLING.items():
        assert_refused(gate, context, request, status)
        if not name.startswith(IN_A_BODY):  # which is not held back until all of it has come
            assert_refused(gate, context, request.replace(b"/http-bind", b"/file_share/x"), status)
    for name in (b"chunked, gzip", b"chunked, chunked", b"chunked;a=b", b"\"chunked\"", b",chunked"):
        request = post(b"Transfer-Encoding: " + name + b"\r\n", b"0\r\n\r\n") + NEXT
        answer, end = HttpWire(gate.address, context).refusal(request)
        assert answer.status in (400, 501) and (answer.rest, end) == (b"", CLOSED), (name, answer.body)
    assert server.connections == 0
    assert HttpWire(gate.address, context).ask(NEXT).status == 200


def test_each_refusal_has_its_status(web_gate, context, server):
    gate = web_gate()
    for request, status in OTHER_REFUSALS.values():
        assert_refused(gate, context, request, status)
    for request, allowed in NOT_ALLOWED.values():
        assert assert_refused(gate, context, request, 405).fields["allow"] == allowed
    answer = assert_refused(gate, context, get(b"/xmpp-websocket"), 426)
    assert (answer.fields["upgrade"], answer.fields["sec-websocket-version"]) == ("websocket", "13")
    assert server.connections == 0


@pytest.mark.alone
def test_ten_thousand_bad_requests_leave_nothing_behind(web_gate, context, server):
    gate = web_gate(binary=plain_binary(), log={"level": "warn"})
    requests = [request for request, _ in (*SMUGGLING.values(), *OTHER_REFUSALS.values())]

    def send(number):
        for at in range(number):
            client = HttpWire(gate.address, context)
            client.wire.send(requests[at % len(requests)])
            client.wire.receive_until(b"HTTP/1.1 ")
            client.wire.close()

    send(2_000)
    before = gate.memory()
    send(8_000)
    assert gate.memory() - before < MIB
    assert server.connections == 0
    assert HttpWire(gate.address, context).ask(NEXT).status == 200


# Wrong for a hasty reader, but legal.
LEGAL = {
    "names in any case": get(fields=b"aCCEPT: */*\r\nX-eMPTY:\r\nconnection:keep-alive\r\n"),
    "blanks around values": get(fields=b"Accept: \t a \t\r\n"),
    "host with port": b"GET /.well-known/host-meta HTTP/1.1\r\nhost: example.test:8443\r\n\r\n",
    "address as host": b"GET /.well-known/host-meta HTTP/1.1\r\nHost: [::1]:8443\r\n\r\n",
    "empty line in front": b"\r\n" + get(),
    "query": get(b"/.well-known/host-meta?a=/../b"),
    "bytes beyond ascii in a value": get(fields=b"A: \xc3\xa4\xff\r\n"),
    "several of a list": get(fields=b"Accept: a\r\nAccept: b\r\n"),
    "no upgrade for that": get(fields=b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AA\r\n"),
    "fields of a proxy that nobody trusts": get(fields=b"X-Forwarded-For: x\r\nX-Forwarded-Proto: http\r\n"),
    "100 fields": get(fields=b"".join(b"A%d: b\r\n" % n for n in range(99))),
    "nearly 16 KiB": get(fields=b"A: " + b"b" * 16_000 + b"\r\n"),
}


def test_what_is_only_unusual_is_answered(web_gate, context):
    client = HttpWire(web_gate().address, context)
    for name, request in LEGAL.items():
        answer = client.ask(request)
        assert (answer.status, answer.rest) == (200, b""), name
        assert "connection" not in answer.fields and "<XRD" in answer.body, name
    head = client.ask(b"HEAD" + get()[3:])
    assert head.status == 200 and head.fields["content-type"].startswith("application/xrd+xml")
    assert client.ask(b"OPTIONS * HTTP/1.1\r\n" + HOST + b"\r\n").status == 204
    assert client.ask(b"GET /.well-known/host-meta.json HTTP/1.1\r\n" + HOST + b"\r\n").body.startswith("{")
    old, end = client.refusal(b"GET /.well-known/host-meta HTTP/1.0\r\nConnection: keep-alive\r\nHost: a\r\n\r\n")
    assert (old.status, end) == (200, CLOSED), "HTTP/1.0 gets its answer and the end"


@pytest.mark.parametrize("fields", [
    UPGRADE.replace(b"Connection: Upgrade", b"Connection: keep-alive, Upgrade"),
    UPGRADE.lower().replace(b"dghlihnhbxbszsbub25jzq==", b"dGhlIHNhbXBsZSBub25jZQ=="),
    UPGRADE.replace(b"websocket", b"WebSocket") + b"Sec-WebSocket-Protocol: chat, xmpp\r\n",
    UPGRADE + b"Sec-WebSocket-Protocol: chat\r\nSec-WebSocket-Protocol: XMPP\r\n",
    UPGRADE + b"Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n",
    UPGRADE + b"Origin: https://chat.test\r\nCookie: a=b\r\n",
], ids=["Firefox", "lower case", "other case", "two fields", "extensions", "page"])
def test_each_spelling_of_an_upgrade_is_understood(fields, web_gate, context):
    client = HttpWire(web_gate().address, context)
    answer = client.ask(get(b"/xmpp-websocket", fields))
    assert (answer.status, answer.fields["upgrade"]) == (101, "websocket")
    assert answer.fields["sec-websocket-accept"] == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
    assert "sec-websocket-extensions" not in answer.fields


def test_who_takes_too_long_is_cut_at_the_deadline(web_gate, context, server):
    gate = web_gate({"head_timeout": "500ms", "keep_alive": "1s", "stall": "1s"}, limits={"handshake": "500ms"})

    trickles = HttpWire(gate.address, context)
    assert trickles.ask(NEXT).status == 200
    trickles.wire.send_slowly(get(fields=b"A: " + b"b" * 1_000 + b"\r\n"), pause=0.02)
    assert trickles.refusal(b"")[0].status == 408
    stalls = HttpWire(gate.address, context)
    assert stalls.refusal(post(b"Content-Length: 100\r\n", b"<body"))[0].status == 408
    in_a_chunk = HttpWire(gate.address, context)
    assert in_a_chunk.refusal(chunked(b"5\r\n<bo"))[0].status == 408
    silent = HttpWire(gate.address, context)
    assert silent.wire.receive_to_end() == CLOSED and not silent.wire.received
    used = HttpWire(gate.address, context)
    assert used.ask(NEXT).status == 200
    used.wire.forget()
    assert used.wire.receive_to_end() == CLOSED and not used.wire.received
    no_tls = HttpWire(gate.address, None)
    assert no_tls.wire.receive_to_end() == CLOSED
    assert server.connections == 0


def test_an_address_has_so_many_connections(web_gate, context):
    gate = web_gate({"per_address": 3})
    source, other = free_address(), free_address()
    clients = [HttpWire(gate.address, context, source) for _ in range(3)]
    assert all(client.ask(NEXT).status == 200 for client in clients)
    with pytest.raises(OSError):  # ssl.SSLError is one
        HttpWire(gate.address, context, source)
    assert gate.first_event("session_refused")["reason"] == "per_address"
    assert HttpWire(gate.address, context, other).ask(NEXT).status == 200
    clients.pop().wire.close()

    def is_let_in():
        try:
            return HttpWire(gate.address, context, source).ask(NEXT).status == 200
        except OSError:
            return False

    wait_until(is_let_in, "a place is free again")


def test_one_session_too_many_is_refused_in_words(web_gate, context):
    gate = web_gate(limits={"sessions": 1})
    kept = HttpWire(gate.address, context)
    assert kept.ask(get(b"/xmpp-websocket", UPGRADE)).status == 101
    answer = assert_refused(gate, context, get(b"/xmpp-websocket", UPGRADE), 503)
    assert answer.fields["retry-after"] == "10"
    assert gate.first_event("session_refused")["reason"] == "process_full"
    kept.wire.cut()
    wait_until(lambda: gate.events("session_end"), "the session has ended")

    def is_let_in():
        return HttpWire(gate.address, context).ask(get(b"/xmpp-websocket", UPGRADE)).status == 101

    wait_until(is_let_in, "its place is free again")


def test_a_connection_serves_so_many_requests(web_gate, context):
    gate = web_gate({"requests": 3})
    client = HttpWire(gate.address, context)
    assert all("connection" not in client.ask(NEXT).fields for _ in range(2))
    answer, end = client.refusal(NEXT + NEXT)
    assert (answer.status, answer.fields["connection"], answer.rest, end) == (200, "close", b"", CLOSED)


IDLE = 5_000


@pytest.mark.alone
def test_thousands_of_idle_connections_come_and_go(web_gate, context):
    """Each costs its TLS and little more, and all of them are gone when their time is over."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    if hard < IDLE + 1_000:
        pytest.skip(f"{hard} descriptors")
    gate = web_gate({"per_address": 0, "keep_alive": "15s"}, binary=plain_binary(), log={"level": "warn"})

    def descriptors():
        return len(os.listdir(f"/proc/{gate.process.pid}/fd"))

    HttpWire(gate.address, context).ask(NEXT)
    at_rest, memory = descriptors(), gate.memory()
    try:
        clients = [HttpWire(gate.address, context) for _ in range(IDLE)]
        assert descriptors() >= at_rest + IDLE - 1
        each = (gate.memory() - memory) / IDLE
        print(f"an idle web connection: {each:.0f} bytes")
        assert each < 24 * 1024
        assert clients[-1].ask(NEXT).status == 200
        for client in clients[:IDLE // 2]:
            client.wire.close()
        wait_until(lambda: descriptors() <= at_rest + IDLE // 2, "who has gone is forgotten")
        wait_until(lambda: descriptors() <= at_rest, "the others are closed when their time is over", 60)
        assert clients[-1].wire.receive_to_end() == CLOSED
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
