"""A client that numbers what it sends and keeps account of what it gets, over connections that it loses: it resumes
its session each time, sends again what the server has not handled, and believes no count that cannot be."""

import asyncio
import base64
import random
import ssl
import xml.etree.ElementTree as ElementTree
from collections import Counter, deque

from support.accounts import PASSWORDS
from support.given_up import GivenUp
from support.known_secrets import remember
from support.strict_xml import BIND, CLIENT, SASL, SM
from support.xml_stream import StreamEnded, XmlStream

_STANZAS = tuple(CLIENT + kind for kind in ("message", "presence", "iq"))


class CountingClient:
    """One session, bound as `user@domain/resource`. On the loop it lives on only."""

    def __init__(self, account, address, domain, authority, user, resource, stream=XmlStream):
        self.account = account
        self.jid = f"{user}@{domain}/{resource}"
        self.contacts = []          # full JIDs to write to
        self.pause = 0.01           # seconds between two stanzas, on average
        self.patience = 10.0        # seconds until a silent server is given up
        self.is_talking = True
        self.acknowledged = 0       # of the stanzas sent, by the server
        self.pings_answered = 0
        self.resumptions = 0
        self.losses = Counter()     # by what was seen
        self.given_up = []          # streams of silent servers, still open
        self._address, self._domain, self._user, self._resource = address, domain, user, resource
        self._tls = ssl.create_default_context(cafile=authority)
        self._tls.set_alpn_protocols([stream.ALPN])
        self._kind = stream
        self._stream = None
        self._sm_id = None
        self._handled = 0           # stanzas received since <enabled/>
        self._unacknowledged = deque()
        self._has_asked = False     # our <r/> has no answer yet
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
            except (OSError, EOFError, StreamEnded) as loss:
                self.losses[str(loss) or type(loss).__name__] += 1
            finally:
                self.cut()
            await asyncio.sleep(random.uniform(0, 0.1))

    def cut(self):
        if self._stream:
            self._stream.cut()

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

    async def _connect(self):
        self._has_asked = False
        self._stream = await self._kind.connect(self._address, self._tls, self._domain)
        await self._stream.open()
        response = base64.b64encode(f"\0{self._user}\0{PASSWORDS[self._user]}".encode()).decode()
        self._stream.write("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>"
                           f"{remember(response)}</auth>")
        await self._stream.expect(SASL + "success")
        await self._stream.open()

    async def _log_in(self):
        self._stream.write("<iq type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>"
                           f"<resource>{self._resource}</resource></bind></iq>")
        bound = (await self._stream.expect(CLIENT + "iq")).find(f".//{BIND}jid")
        assert bound is not None and bound.text == self.jid, f"{self.jid} is not bound"
        self._stream.write("<enable xmlns='urn:xmpp:sm:3' resume='true'/>")
        self._sm_id = remember((await self._stream.expect(SM + "enabled")).get("id"))

    async def _resume(self):
        self._stream.write(f"<resume xmlns='urn:xmpp:sm:3' previd='{self._sm_id}' h='{self._handled}'/>")
        answer = await self._stream.next_element()
        assert answer.tag == SM + "resumed", f"{self.jid} has lost its session: {ElementTree.tostring(answer)}"
        self.resumptions += 1
        self._on_acknowledged(int(answer.get("h")))
        for old in self.given_up:
            old.on_resumed(self.acknowledged, self.account.sent_to(self.jid), self.contacts[0])
        for stanza in self._unacknowledged:
            self._stream.write(stanza)

    async def _go_on(self):
        """Until the connection is lost or the server is silent. Such a one may only sleep, so its stream stays open
        and is watched."""
        self._is_going_on = True
        talking = asyncio.create_task(self._talk())
        try:
            while True:
                async with asyncio.timeout(self.patience):
                    element = await self._stream.next_element()
                self._on_element(element)
        except TimeoutError:
            self.given_up.append(GivenUp(self._stream))
            self._stream = None
            raise
        finally:
            talking.cancel()
            self._is_going_on = False

    async def _talk(self):
        while True:
            await asyncio.sleep(random.uniform(0, 2 * self.pause))
            if self.is_talking:
                receiver = random.choice(self.contacts)
                self._send_stanza(f"<message to='{receiver}' type='chat'>"
                                  f"<body>{self.account.send(self.jid, receiver)}</body></message>")
            self._ask()

    def _on_element(self, element):
        if element.tag == SM + "r":
            self._stream.write(f"<a xmlns='urn:xmpp:sm:3' h='{self._handled}'/>")
        elif element.tag == SM + "a":
            self._has_asked = False
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

    def _send_stanza(self, stanza):
        self._unacknowledged.append(stanza)
        if self._is_going_on:
            self._stream.write(stanza)

    def _ask(self):
        """One question at a time, and again after each answer: so a server that lives is never silent."""
        if self._is_going_on and not self._has_asked:
            self._has_asked = True
            self._stream.write("<r xmlns='urn:xmpp:sm:3'/>")
