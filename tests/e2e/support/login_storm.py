"""Clients that all want to log in at one moment, and do what clients do when they are told to come back."""

import asyncio
import base64
import random
import ssl
import threading
import time

from support.known_secrets import remember
from support.strict_xml import SASL
from support.xml_stream import StreamEnded, XmlStream

_PATIENCE = 90.0  # seconds for one client with all its tries


class ToldToComeBack(Exception):
    """By temporary-auth-failure; its text."""


class StormClient:
    """One that logs in with PLAIN, if need be again and again. `came` is when it got through (time.monotonic())."""

    def __init__(self, address, domain, authority, user):
        self.user = user
        self.came = None
        self.told_back = 0
        self.ended = None  # the condition of a stream error
        tls = ssl.create_default_context(cafile=authority)
        tls.set_alpn_protocols(["xmpp-client"])
        self._connect_to = (address, tls, domain)
        response = remember(base64.b64encode(f"\0{user}\0secret".encode()).decode())
        self._login = f"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>{response}</auth>"
        self._stream = None

    async def log_in(self):
        self._stream = await XmlStream.connect(*self._connect_to)
        await self._stream.open()
        self._stream.write(self._login)
        answer = await self._stream.next_element()
        if answer.find(SASL + "temporary-auth-failure") is not None:
            raise ToldToComeBack(answer.findtext(SASL + "text"))
        assert answer.tag == SASL + "success", answer.tag
        self.came = time.monotonic()

    async def log_in_once(self):
        """With one try."""
        try:
            await self.log_in()
        except ToldToComeBack:
            self.told_back += 1
        except StreamEnded as end:
            self.ended = str(end)

    async def log_in_at_last(self, pause=0.5):
        async with asyncio.timeout(_PATIENCE):
            while self.came is None:
                await self.log_in_once()
                if self.came is None:
                    self.cut()
                    await asyncio.sleep(pause * random.uniform(0.5, 1.5))

    def cut(self):
        if self._stream:
            self._stream.cut()


class Storm:
    """Clients on an event loop in a thread of its own, so that a test can look on."""

    def __init__(self):
        self.clients = []
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, daemon=True).start()

    def begin(self, clients, act=StormClient.log_in_once):
        """`act` for all of them at once; returns what wait() takes."""
        self.clients += clients

        async def all_of_them():
            return await asyncio.gather(*map(act, clients))

        return asyncio.run_coroutine_threadsafe(all_of_them(), self._loop)

    @staticmethod
    def wait(what):
        return what.result(timeout=_PATIENCE)

    def cut(self, clients):
        for client in clients:
            self._loop.call_soon_threadsafe(client.cut)

    def end(self):
        async def end():
            for task in asyncio.all_tasks():
                if task is not asyncio.current_task():
                    task.cancel()
            for client in self.clients:
                client.cut()
            await asyncio.sleep(0.05)  # the loop closes sockets in its next turns

        asyncio.run_coroutine_threadsafe(end(), self._loop).result(timeout=_PATIENCE)
        self._loop.call_soon_threadsafe(self._loop.stop)
