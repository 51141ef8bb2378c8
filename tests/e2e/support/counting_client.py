"""A client that numbers what it sends and keeps account of what it gets, over connections that it loses: it resumes
its session each time, sends again what the server has not handled, and believes no count that cannot be."""

import asyncio
import base64
import random
import ssl
import time
import xml.etree.ElementTree as ElementTree
from collections import Counter, deque

from support.accounts import PASSWORDS
from support.addresses import C2S_TLS
from support.known_secrets import remember
from support.raw_session import header
from support.strict_xml import BIND, CLIENT, ERRORS, SASL, SM, STREAMS

_STANZAS = tuple(CLIENT + kind for kind in ("message", "presence", "iq"))


class Lost(Exception):
    """The connection is of no use any more; the session may be."""


class CountingClient:
    """One session, bound as `user@domain/resource`. On the loop it lives on only."""

    def __init__(self, account, address, domain, authority, user, resource):
        self.account = account
        self.jid = f"{user}@{domain}/{resource}"
        self.contacts = []          # full JIDs to write to
        self.pause = 0.01           # seconds between two stanzas, on average
        self.patience = 10.0        # seconds until a silent server counts as lost
        self.is_talking = True
        self.acknowledged = 0       # of the stanzas sent, by the server
        self.pings_answered = 0
        self.resumptions = 0
        self.losses = Counter()     # by what was seen
        self._address, self._domain, self._user, self._resource = address, domain, user, resource
        self._tls = ssl.create_default_context(cafile=authority)
        self._tls.set_alpn_protocols(["xmpp-client"])
        self._sm_id = None
        self._handled = 0           # stanzas received since <enabled/>
        self._unacknowledged = deque()
        self._asked_at = None       # when the oldest <r/> without an answer was sent
        self._writer = None
        self._is_going_on = False   # stanzas may be written; those of other times go out with the resumption

    async def live(self):
        """Until cancelled. What no loss of a connection explains is raised."""
        while True:
            try:
                async with asyncio.timeout(self.patience):
                    await self._connect()
                    await (self._resume() if self._sm_id else self._log_in())
                await self._go_on()
            except TimeoutError:
                self.losses["timeout"] += 1
            except (OSError, EOFError, Lost) as loss:
                self.losses[str(loss) if isinstance(loss, Lost) else type(loss).__name__] += 1
            finally:
                self.cut()
            await asyncio.sleep(random.uniform(0, 0.1))

    def cut(self):
        """Loses the connection as a phone does."""
        if self._writer:
            self._writer.transport.abort()

    def ping(self):
        """Asks the server for an answer, which comes behind all that waits for this client."""
        self._send_stanza("<iq type='get' id='ping'><ping xmlns='urn:xmpp:ping'/></iq>")
        self._ask()

    @property
    def is_bound(self):
        return self._sm_id is not None

    @property
    def waits_for_nothing(self):
        return not self._unacknowledged

    # The stream.

    async def _connect(self):
        self._reader, self._writer = await asyncio.open_connection(
            self._address, C2S_TLS, ssl=self._tls, server_hostname=self._domain)
        self._asked_at = None
        await self._open_stream()
        response = base64.b64encode(f"\0{self._user}\0{PASSWORDS[self._user]}".encode()).decode()
        self._write("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>"
                    f"{remember(response)}</auth>")
        await self._expect(SASL + "success")
        await self._open_stream()

    async def _open_stream(self):
        self._parser = ElementTree.XMLPullParser(("start", "end"))
        self._open = []
        self._elements = deque()
        self._writer.write(header(self._domain))
        await self._expect(STREAMS + "features")

    async def _log_in(self):
        self._write("<iq type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>"
                    f"<resource>{self._resource}</resource></bind></iq>")
        bound = (await self._expect(CLIENT + "iq")).find(f".//{BIND}jid")
        if bound is None:
            raise Lost("not bound")
        assert bound.text == self.jid, bound.text
        self._write("<enable xmlns='urn:xmpp:sm:3' resume='true'/>")
        self._sm_id = remember((await self._expect(SM + "enabled")).get("id"))

    async def _resume(self):
        self._write(f"<resume xmlns='urn:xmpp:sm:3' previd='{self._sm_id}' h='{self._handled}'/>")
        answer = await self._next_element()
        assert answer.tag == SM + "resumed", f"{self.jid} has lost its session: {ElementTree.tostring(answer)}"
        self.resumptions += 1
        self._on_acknowledged(int(answer.get("h")))
        for stanza in self._unacknowledged:
            self._write(stanza)

    async def _go_on(self):
        self._is_going_on = True
        talking = asyncio.create_task(self._talk())
        try:
            while True:
                self._on_element(await self._next_element())
        finally:
            talking.cancel()
            self._is_going_on = False

    async def _talk(self):
        while True:
            await asyncio.sleep(random.uniform(0, 2 * self.pause))
            if self._asked_at and time.monotonic() > self._asked_at + self.patience:
                self.losses["silence"] += 1
                return self.cut()
            if self.is_talking:
                receiver = random.choice(self.contacts)
                self._send_stanza(f"<message to='{receiver}' type='chat'>"
                                  f"<body>{self.account.send(self.jid, receiver)}</body></message>")
            if self._unacknowledged:
                self._ask()

    def _on_element(self, element):
        if element.tag == SM + "r":
            self._write(f"<a xmlns='urn:xmpp:sm:3' h='{self._handled}'/>")
        elif element.tag == SM + "a":
            self._asked_at = None
            self._on_acknowledged(int(element.get("h")))
        elif element.tag in _STANZAS:
            self._handled += 1
            if element.get("id") == "ping":
                self.pings_answered += 1
            else:
                self.account.received(self.jid, element.get("from"), element.findtext(CLIENT + "body"))
        else:
            raise AssertionError(f"not expected: {ElementTree.tostring(element)}")

    def _on_acknowledged(self, h):
        newly = h - self.acknowledged
        assert 0 <= newly <= len(self._unacknowledged), (
            f"{self.jid}: the server says h={h} after {self.acknowledged}, of {len(self._unacknowledged)} more")
        self.acknowledged = h
        for _ in range(newly):
            self._unacknowledged.popleft()

    # Elements and bytes.

    def _send_stanza(self, stanza):
        self._unacknowledged.append(stanza)
        if self._is_going_on:
            self._write(stanza)

    def _ask(self):
        if self._is_going_on and not self._asked_at:
            self._asked_at = time.monotonic()
            self._write("<r xmlns='urn:xmpp:sm:3'/>")

    def _write(self, text):
        self._writer.write(text.encode())

    async def _expect(self, tag):
        element = await self._next_element()
        if element.tag != tag:
            raise Lost(f"{element.tag} for {tag}")
        return element

    async def _next_element(self):
        while not self._elements:
            data = await self._reader.read(65536)
            if not data:
                raise EOFError
            self._parser.feed(data)
            for event, element in self._parser.read_events():
                if event == "start":
                    self._open.append(element)
                    continue
                self._open.pop()
                if not self._open:
                    raise Lost("end of stream")
                if len(self._open) == 1:
                    self._elements.append(element)
                    self._open[0].clear()
        element = self._elements.popleft()
        if element.tag == STREAMS + "error":
            raise Lost(next((child.tag.removeprefix(ERRORS) for child in element), "stream error"))
        return element
