"""A client that loses its connection and comes back for its session (XEP-0198), for many on one event loop."""

import asyncio
import base64

from support.known_secrets import remember
from support.strict_xml import CLIENT, SASL, SASL2, SM
from support.xml_stream import StreamEnded, XmlStream

_PATIENCE = 60.0  # seconds for one coming, among thousands
_BIND = "<iq type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>"
_ENABLE = "<enable xmlns='urn:xmpp:sm:3' resume='true'/>"
_BIND2 = f"<bind xmlns='urn:xmpp:bind:0'>{_ENABLE}</bind>"


class ReturningClient:
    """One session of `user`: by SASL2 with everything inline, or by classic SASL. On the loop it lives on only."""

    def __init__(self, address, tls, domain, user, password, is_inline):
        response = remember(base64.b64encode(f"\0{user}\0{password}".encode()).decode())
        self._connect_to = (address, tls, domain)
        if is_inline:
            self._log_in = self._log_in_inline
            self._login = ("<authenticate xmlns='urn:xmpp:sasl:2' mechanism='PLAIN'>"
                           f"<initial-response>{response}</initial-response>{{}}{_BIND2}</authenticate>")
        else:
            self._log_in = self._log_in_classic
            self._login = f"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>{response}</auth>"
        self._stream = None
        self._sm_id = None

    async def come(self):
        """Has a session, and can resume it. True: it is the one of before; False: it is new, for there was none or
        the server refused. Raises for everything else."""
        async with asyncio.timeout(_PATIENCE):
            self._stream = await XmlStream.connect(*self._connect_to)
            await self._stream.open()
            is_resumed = await self._log_in()
            await self._ask_for_life()
        return is_resumed

    async def knock(self):
        """A connection, TLS, a stream header; nothing more after the features have come."""
        async with asyncio.timeout(_PATIENCE):
            self._stream = await XmlStream.connect(*self._connect_to)
            await self._stream.open()

    def cut(self):
        """Loses the connection as a phone does."""
        if self._stream:
            self._stream.cut()

    async def leave(self):
        """Logs out; the next session is a new one."""
        self._stream.write("</stream:stream>")
        self._sm_id = None
        try:
            while True:
                await self._stream.next_element()
        except (StreamEnded, OSError, EOFError):
            self._stream.cut()

    async def _log_in_classic(self):
        self._stream.write(self._login)
        await self._stream.expect(SASL + "success")
        await self._stream.open()
        if self._sm_id:
            self._stream.write(self._resume())
            if self._is_resumed(await self._stream.next_element()):
                return True
        self._stream.write(_BIND)
        assert (await self._stream.expect(CLIENT + "iq")).get("type") == "result"
        self._stream.write(_ENABLE)
        self._keep(await self._stream.expect(SM + "enabled"))
        return False

    async def _log_in_inline(self):
        self._stream.write(self._login.format(self._resume() if self._sm_id else ""))
        success = await self._stream.expect(SASL2 + "success")
        resumed = success.find(SM + "resumed")
        if resumed is not None:
            return self._is_resumed(resumed)
        self._keep(success.find(f".//{SM}enabled"))
        return False

    def _resume(self):
        return f"<resume xmlns='urn:xmpp:sm:3' previd='{self._sm_id}' h='0'/>"

    def _is_resumed(self, answer):
        if answer.tag == SM + "failed":
            return False
        assert answer.tag == SM + "resumed", answer.tag
        assert answer.get("previd") == self._sm_id, "the session is called as the client knows it"
        return True

    def _keep(self, enabled):
        assert enabled is not None and enabled.get("resume") in ("true", "1")
        self._sm_id = remember(enabled.get("id"))

    async def _ask_for_life(self):
        """The session lives: its server answers for it."""
        self._stream.write("<r xmlns='urn:xmpp:sm:3'/>")
        while (await self._stream.next_element()).tag != SM + "a":
            pass
