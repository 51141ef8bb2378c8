"""One session that is there all the time and says something again and again: how long does each echo take?"""

import asyncio
import ssl
import threading
import time

from support.strict_xml import SASL
from support.waiting import wait_until
from support.xml_stream import XmlStream


class SteadyTalker:
    """Logs in over direct TLS at `address`, in front of a server that returns every message, and sends one each `pause`
    seconds, when the last echo is there."""

    def __init__(self, address, domain, authority, pause=0.1):
        self.delays = []  # (when it was sent, seconds until its echo), by time.monotonic()
        self.failure = None
        self._sent = None
        self._is_in = self._is_over = False
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run(address, domain, authority, pause)),
                                        daemon=True)
        self._thread.start()
        wait_until(lambda: self._is_in or self.failure, "the steady session is there", 60)
        assert not self.failure, self.failure

    def worst(self, begin=0):
        """The longest of the delays since then, and of the echo that has not come yet."""
        pending = time.monotonic() - self._sent if self._sent else 0
        return max([pending, *(took for sent, took in self.delays if sent >= begin)])

    def end(self):
        self._is_over = True
        self._thread.join(30)

    async def _run(self, address, domain, authority, pause):
        try:
            stream = await self._log_in(address, domain, authority)
            self._is_in = True
            while not self._is_over:
                self._sent = time.monotonic()
                stream.write(f"<message to='{domain}' id='m{len(self.delays)}'><body>still here</body></message>")
                await stream.next_element()
                self.delays.append((self._sent, time.monotonic() - self._sent))
                self._sent = None
                await asyncio.sleep(pause)
            stream.cut()
        except Exception as error:  # noqa: BLE001: whoever asks hears of it
            self.failure = repr(error)

    @staticmethod
    async def _log_in(address, domain, authority):
        tls = ssl.create_default_context(cafile=authority)
        tls.set_alpn_protocols([XmlStream.ALPN])
        stream = await XmlStream.connect(address, tls, domain)
        await stream.open()
        stream.write("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>AHVzZXIAc2VjcmV0</auth>")
        await stream.expect(SASL + "success")
        await stream.open()
        stream.write("<iq type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>")
        await stream.next_element()
        return stream
