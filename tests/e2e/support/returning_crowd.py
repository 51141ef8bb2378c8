"""Many clients that lose their connections and come back, all on one event loop, which runs while one of these
functions does."""

import asyncio
import random
import ssl

from support.returning_client import ReturningClient


class ReturningCrowd:
    """`devices` clients of each of `people`, names with passwords; up to `at_once` of them are on their way in."""

    def __init__(self, address, domain, authority, people, devices=1, is_inline=False, at_once=100):
        tls = ssl.create_default_context(cafile=authority)
        tls.set_alpn_protocols(["xmpp-client"])
        self.clients = [ReturningClient(address, tls, domain, user, password, is_inline)
                        for _ in range(devices) for user, password in people.items()]
        self._at_once = at_once
        self._random = random.Random(1)
        self._loop = asyncio.new_event_loop()

    def come(self, clients=None):
        """These clients, or all, come or come back in a random order; returns how many have resumed their sessions."""
        return sum(self._each(ReturningClient.come, clients))

    def knock(self):
        self._each(ReturningClient.knock)

    def leave(self, clients=None):
        self._each(ReturningClient.leave, clients)

    def cut(self, clients=None):
        """All of a sudden."""
        for client in clients or self.clients:
            client.cut()
        self._run(asyncio.sleep(0))  # the loop closes sockets in its next turn

    def end(self):
        self.cut()
        self._loop.close()

    def _each(self, act, clients=None):
        clients = list(clients or self.clients)
        self._random.shuffle(clients)
        door = asyncio.Semaphore(self._at_once)

        async def act_one(client):
            async with door:
                return await act(client)

        async def act_all():
            return await asyncio.gather(*map(act_one, clients))

        return self._run(act_all())

    def _run(self, work):
        return self._loop.run_until_complete(work)
