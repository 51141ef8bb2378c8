"""An XMPP client over WebSocket (RFC 6455, RFC 7395) written out on a Wire, frame by frame, for tests that must see and
send each of them."""

import base64
import os
import struct
import xml.etree.ElementTree as ElementTree

from support.addresses import WEB
from support.raw_session import RawSession
from support.strict_xml import STREAMS
from support.wire import Wire

FRAMING = "{urn:ietf:params:xml:ns:xmpp-framing}"
TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10
FINAL = 0x80


def frame(opcode, payload=b"", first=FINAL, masked=True):
    """One frame of a client; `first`: the other bits of its first byte."""
    size = len(payload)
    head = bytes([first | opcode])
    mask_bit = 0x80 if masked else 0
    if size < 126:
        head += bytes([mask_bit | size])
    elif size < 65536:
        head += bytes([mask_bit | 126]) + struct.pack("!H", size)
    else:
        head += bytes([mask_bit | 127]) + struct.pack("!Q", size)
    if not masked:
        return head + payload
    mask = os.urandom(4)
    return head + mask + bytes(byte ^ mask[i % 4] for i, byte in enumerate(payload))


class Messages:
    """A Wire on which what is sent is a text message, and what comes is messages of the server."""

    def __init__(self, wire):
        self.raw = wire
        self.pings = 0  # answered so far
        self._bytes = b""

    def send(self, data):
        self.raw.send(frame(TEXT, data))

    def forget(self):
        self.raw.forget()

    def cut(self, reset=False):
        self.raw.cut(reset)

    def close(self):
        self.raw.close()

    def next_frame(self):
        """Opcode and payload of the next frame; (None, b"") at the end of the connection."""
        while True:
            if len(self._bytes) >= 2:
                assert self._bytes[0] & 0x70 == 0 and self._bytes[1] & 0x80 == 0, "RSV or mask of a server"
                size, at = self._bytes[1] & 0x7F, 2
                if size >= 126:
                    width = 2 if size == 126 else 8
                    size, at = int.from_bytes(self._bytes[2:2 + width], "big"), 2 + width
                if len(self._bytes) >= at + size:
                    first, payload = self._bytes[0], self._bytes[at:at + size]
                    self._bytes = self._bytes[at + size:]
                    assert first & FINAL, "servers of RFC 7395 send no fragments"
                    return first & 0x0F, payload
            data = self.raw.receive_some()
            if not data:
                return None, b""
            self._bytes += data

    def next_message(self):
        """The next text message; pings are answered. The Close frame's code as a number."""
        while True:
            opcode, payload = self.next_frame()
            if opcode == PING:
                self.raw.send(frame(PONG, payload))
                self.pings += 1
            elif opcode == TEXT:
                return payload.decode()
            elif opcode == CLOSE:
                return int.from_bytes(payload[:2], "big")
            elif opcode is None:
                return None


class WebSocketSession(RawSession):
    """As RawSession, over a WebSocket of the web listener."""

    def __init__(self, address, authority, path="/xmpp-websocket", source=None):
        self._authority = authority
        self._path = path
        self.behind_sasl = b""
        self.wire = Messages(Wire(address, WEB, source))
        self.handled = 0

    def secure(self, domain, protocol="xmpp", fields="", **tls):
        """Until the WebSocket stands; returns the head of the answer."""
        self.wire.raw.secure(self._authority, sni=domain, alpn=["http/1.1"], **tls)
        key = base64.b64encode(os.urandom(16)).decode()
        offered = f"Sec-WebSocket-Protocol: {protocol}\r\n" if protocol else ""
        self.wire.raw.send(f"GET {self._path} HTTP/1.1\r\nHost: {domain}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                           f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n{offered}{fields}\r\n".encode())
        head, _, rest = self.wire.raw.receive_until(b"\r\n\r\n").partition(b"\r\n\r\n")
        self.wire._bytes = rest
        return head.decode()

    def open_stream(self, domain):
        self.wire.send(f"<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' to='{domain}' version='1.0'/>".encode())
        self.opened = self.wire.next_message()
        assert ElementTree.fromstring(self.opened).tag == FRAMING + "open", self.opened
        features = self.next_element()
        assert features.tag == STREAMS + "features", features.tag
        return features

    def next_element(self):
        self.message = self.wire.next_message()
        assert isinstance(self.message, str), f"closed with {self.message}"
        return ElementTree.fromstring(self.message)

    def close_stream(self):
        """<close/> both ways, then the Close frame, whose code is returned."""
        self.wire.send(b"<close xmlns='urn:ietf:params:xml:ns:xmpp-framing'/>")
        while (message := self.wire.next_message()) is not None:
            if isinstance(message, int):
                self.wire.raw.send(frame(CLOSE, message.to_bytes(2, "big")))
                return message
            self.last_message = message
        return None
