"""A client of the web listener that writes its requests byte by byte, and takes its answers apart strictly."""

import ssl

from support.addresses import WEB
from support.wire import Wire


class Answer:
    """One response, whole: `rest` is what came behind it."""

    def __init__(self, data):
        head, end, rest = bytes(data).partition(b"\r\n\r\n")
        assert end, f"no whole head: {bytes(data[:300])!r}"
        line, *fields = head.decode().split("\r\n")
        version, status, self.reason = line.split(" ", 2)
        assert version == "HTTP/1.1", line
        self.status = int(status)
        self.fields = {}
        for field in fields:
            name, _, value = field.partition(": ")
            before = self.fields.get(name.lower())
            assert before is None or name == "Connection", f"twice: {name}"
            self.fields[name.lower()] = value if before is None else f"{before}, {value}"
        size = int(self.fields.get("content-length", 0))
        self.body, self.rest = rest[:size].decode(), rest[size:]
        assert len(rest) >= size, f"{len(rest)} of {size} bytes"


class HttpWire:
    """One TLS connection to the web listener."""

    def __init__(self, address, context, source=None, port=WEB):
        self.wire = Wire(address, port, source)
        if context:
            self.wire.secure(None, context=context)

    @staticmethod
    def context(authority):
        """For many connections, which verify the chain and no name."""
        context = ssl.create_default_context(cafile=authority)
        context.check_hostname = False
        context.set_alpn_protocols(["http/1.1"])
        return context

    def ask(self, request):
        """The next answer, of a connection that stays."""
        self.wire.forget()
        self.wire.send(request)
        self.wire.receive_until(b"\r\n\r\n")
        head = self.wire.received.partition(b"\r\n\r\n")[0].lower()
        if b"content-length: " in head and not request.startswith(b"HEAD "):
            size = int(head.partition(b"content-length: ")[2].partition(b"\r\n")[0])
            while len(self.wire.received) < len(head) + 4 + size:
                assert self.wire.receive_some()
        return self._answer(request)

    def refusal(self, request):
        """The one answer of a connection that ends with it, and how it ended."""
        self.wire.forget()
        self.wire.send(request)
        end = self.wire.receive_to_end()
        return self._answer(request), end

    def _answer(self, request):
        data = self.wire.received
        if request.startswith(b"HEAD "):
            assert data.endswith(b"\r\n\r\n"), "a body for HEAD"
            data = b"\r\n".join(line for line in bytes(data).split(b"\r\n")
                                if not line.lower().startswith(b"content-length"))
        return Answer(data)
