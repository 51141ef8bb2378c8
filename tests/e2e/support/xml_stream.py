"""A client's stream over direct TLS for asyncio: elements in, text out."""

import asyncio
import xml.etree.ElementTree as ElementTree
from collections import deque

from support.addresses import C2S_TLS
from support.raw_session import header
from support.strict_xml import ERRORS, STREAMS


class StreamEnded(Exception):
    """By the other side, in words: the condition of its stream error, or "closed"."""


class XmlStream:
    ALPN = "xmpp-client"

    @classmethod
    async def connect(cls, address, tls, domain):
        """To a stanzagate; `tls` verifies that it serves `domain`."""
        return cls(*await asyncio.open_connection(address, C2S_TLS, ssl=tls, server_hostname=domain), domain)

    def __init__(self, reader, writer, domain):
        self._reader, self._writer, self._domain = reader, writer, domain

    async def open(self):
        """A new stream, after TLS or SASL; returns its features."""
        self._parser = ElementTree.XMLPullParser(("start", "end"))
        self._open = []
        self._elements = deque()
        self._writer.write(header(self._domain))
        return await self.expect(STREAMS + "features")

    def write(self, text):
        self._writer.write(text.encode())

    def cut(self):
        """Loses the connection as a phone does."""
        self._writer.transport.abort()

    async def expect(self, tag):
        element = await self.next_element()
        if element.tag != tag:
            raise StreamEnded(f"{element.tag} came for {tag}")
        return element

    async def next_element(self):
        """The next first-level element. Raises EOFError or OSError for a lost connection, StreamEnded for one that
        was ended in words."""
        while not self._elements:
            data = await self._reader.read(65536)
            if not data:
                raise EOFError
            self._parser.feed(data)
            for event, element in self._parser.read_events():
                self._on_tag(event, element)
        element = self._elements.popleft()
        if element is None:
            raise StreamEnded("closed")
        if element.tag == STREAMS + "error":
            raise StreamEnded(next(child.tag.removeprefix(ERRORS) for child in element))
        return element

    def _on_tag(self, event, element):
        if event == "start":
            self._open.append(element)
            return
        self._open.pop()
        if len(self._open) == 1:
            self._elements.append(element)
            self._open[0].remove(element)  # so that a long stream stays small
        elif not self._open:
            self._elements.append(None)
