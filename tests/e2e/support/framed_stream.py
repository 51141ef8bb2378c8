"""A client's stream over WebSocket (RFC 7395) for asyncio, as XmlStream over direct TLS: elements in, text out."""

import asyncio
import base64
import os
import xml.etree.ElementTree as ElementTree

from support.addresses import WEB
from support.strict_xml import ERRORS, STREAMS
from support.websocket_session import CLOSE, FRAMING, PING, PONG, TEXT, frame
from support.xml_stream import StreamEnded


class FramedStream:
    ALPN = "http/1.1"

    @classmethod
    async def connect(cls, address, tls, domain):
        """To a stanzagate; `tls` verifies that it serves `domain`."""
        reader, writer = await asyncio.open_connection(address, WEB, ssl=tls, server_hostname=domain)
        key = base64.b64encode(os.urandom(16)).decode()
        writer.write(f"GET /xmpp-websocket HTTP/1.1\r\nHost: {domain}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                     f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Protocol: xmpp\r\n\r\n"
                     .encode())
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 101 "), head
        return cls(reader, writer, domain)

    def __init__(self, reader, writer, domain):
        self._reader, self._writer, self._domain = reader, writer, domain

    async def open(self):
        """A new stream, after TLS or SASL; returns its features."""
        self.write(f"<open xmlns='{FRAMING[1:-1]}' to='{self._domain}' version='1.0'/>")
        await self.expect(FRAMING + "open")
        return await self.expect(STREAMS + "features")

    def write(self, text):
        """One element."""
        self._writer.write(frame(TEXT, text.encode()))

    def cut(self):
        """Loses the connection as a phone does."""
        self._writer.transport.abort()

    async def expect(self, tag):
        element = await self.next_element()
        if element.tag != tag:
            raise StreamEnded(f"{element.tag} came for {tag}")
        return element

    async def next_element(self):
        """The next message's. Raises EOFError or OSError for a lost connection and for a Close frame without
        <close/>, StreamEnded for a stream that was ended in words."""
        while True:
            opcode, payload = await self._next_frame()
            if opcode == PING:
                self._writer.write(frame(PONG, payload))
            elif opcode == CLOSE:
                raise EOFError(f"closed with {int.from_bytes(payload[:2], 'big')}")
            elif opcode == TEXT:
                break
        element = ElementTree.fromstring(payload)
        if element.tag == FRAMING + "close":
            raise StreamEnded("closed")
        if element.tag == STREAMS + "error":
            raise StreamEnded(next(child.tag.removeprefix(ERRORS) for child in element))
        return element

    async def _next_frame(self):
        first, size = await self._reader.readexactly(2)
        if size >= 126:
            size = int.from_bytes(await self._reader.readexactly(2 if size == 126 else 8), "big")
        return first & 0x0F, await self._reader.readexactly(size)
