"""HTTP/1.1 written out on a Wire, for tests that must see and send each byte: a client of the web listener, and servers
behind it that do what they are told."""

import ssl

from support.addresses import WEB
from support.fake_backend import FakeBackend
from support.wire import Wire

HTTP = 5280  # of servers behind the web listener


class Response:
    def __init__(self, head):
        self.head = head
        lines = head.decode("latin-1").split("\r\n")
        self.status = int(lines[0].split(" ")[1])
        self.fields = {}
        for line in filter(None, lines[1:]):
            name, _, value = line.partition(":")
            self.fields.setdefault(name.lower(), []).append(value.strip())

    def field(self, name):
        """The value of the only field of that name, or None."""
        values = self.fields.get(name, [])
        assert len(values) < 2, (name, values)
        return values[0] if values else None


class WebClient:
    """One connection to the web listener at `address`."""

    def __init__(self, address, authority, source=None, receive_buffer=None):
        self.wire = Wire(address, WEB, source, receive_buffer)
        self.wire.secure(authority, alpn=["http/1.1"])
        self._bytes = bytearray()

    def close(self):
        self.wire.close()

    def send(self, data):
        self.wire.send(data)

    def ask(self, line, *fields, body=b""):
        """Sends a request: its line without version, fields as text, Host being there."""
        head = "\r\n".join([f"{line} HTTP/1.1", "Host: web.test", *fields])
        self.send(head.encode("latin-1") + b"\r\n\r\n" + body)

    def _more(self):
        data = self.wire.receive_some()
        self._bytes += data
        return data

    def head(self):
        """The next head, of an interim answer too."""
        while b"\r\n\r\n" not in self._bytes:
            assert self._more(), f"closed in front of a head: {bytes(self._bytes)!r}"
        head, _, rest = bytes(self._bytes).partition(b"\r\n\r\n")
        self._bytes = bytearray(rest)
        return Response(head)

    def take(self, size):
        while len(self._bytes) < size:
            assert self._more(), f"closed after {len(self._bytes)} of {size} bytes"
        data, self._bytes = bytes(self._bytes[:size]), self._bytes[size:]
        return data

    def line(self):
        while b"\r\n" not in self._bytes:
            assert self._more(), "closed in a line"
        line, _, rest = bytes(self._bytes).partition(b"\r\n")
        self._bytes = bytearray(rest)
        return line

    def body(self, response):
        """The whole body behind that head."""
        if response.field("transfer-encoding") == "chunked":
            body = bytearray()
            while size := int(self.line(), 16):
                body += self.take(size)
                assert self.line() == b""
            assert self.line() == b""
            return bytes(body)
        length = response.field("content-length")
        if length is not None:
            return self.take(int(length))
        return self.rest()

    def response(self, to_head=False):
        """The next response with its body as `text`; interim ones are passed over."""
        response = self.head()
        while response.status < 200 and response.status != 101:
            response = self.head()
        has_body = not to_head and response.status not in (101, 204, 304)
        response.text = self.body(response) if has_body else b""
        return response

    def rest(self):
        """All that comes until the connection ends."""
        while self._more():
            pass
        rest, self._bytes = bytes(self._bytes), bytearray()
        return rest


    def rest_of_tunnel(self):
        """The same of a tunnel whose own end has been cut, so that nobody says goodbye in TLS."""
        try:
            return self.rest()
        except ssl.SSLEOFError:
            rest, self._bytes = bytes(self._bytes), bytearray()
            return rest


class HttpBackend(FakeBackend):
    """Runs `answer(peer, head)` for each request that comes at HTTP; `head` is its text. `heads` has all of them."""

    port = HTTP

    def __init__(self, answer):
        self.heads = []
        self._answer = answer
        super().__init__(self._behave)

    def _behave(self, peer):
        head = read_head(peer)
        self.heads.append(head)
        self._answer(peer, head)


def read_head(peer):
    while b"\r\n\r\n" not in peer._read:
        data = peer.receive()
        if not data:
            raise ConnectionError("closed")
        peer._read += data
    at = peer._read.index(b"\r\n\r\n") + 4
    head = bytes(peer._read[:at]).decode("latin-1")
    del peer._read[:at]
    return head


def read_exactly(peer, size):
    while len(peer._read) < size:
        data = peer.receive()
        if not data:
            raise ConnectionError("closed")
        peer._read += data
    data = bytes(peer._read[:size])
    del peer._read[:size]
    return data


def read_chunks(peer):
    """A chunked body, its data joined."""
    body = bytearray()
    while True:
        size = int(_read_line(peer), 16)
        if size == 0:
            assert _read_line(peer) == b""
            return bytes(body)
        body += read_exactly(peer, size)
        assert _read_line(peer) == b""


def _read_line(peer):
    line = bytearray()
    while not line.endswith(b"\r\n"):
        line += read_exactly(peer, 1)
    return bytes(line[:-2])


def says(text, status="200 OK", fields=""):
    """An answer with a length, as bytes."""
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(text)}\r\n{fields}\r\n".encode() + text
