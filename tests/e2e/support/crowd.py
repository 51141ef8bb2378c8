"""Counting clients that write to each other, all on one event loop in a thread of its own; whoever calls waits with a
deadline and hears of the first client that met what must not be."""

import asyncio
import threading
from collections import Counter

from support.accounting import Account
from support.counting_client import CountingClient
from support.waiting import PATIENCE, wait_until
from support.xml_stream import XmlStream


class Crowd:
    """`resources` clients of each of `users`, over streams of that kind; each writes to all others. `change_account` may
    put something between the clients and their account."""

    def __init__(self, address, domain, authority, users=("romeo", "juliet", "mercutio"), resources=2,
                 change_account=lambda account: account, stream=XmlStream):
        self.account = Account()
        account = change_account(self.account)
        self.clients = [CountingClient(account, address, domain, authority, user, f"r{number}", stream)
                        for user in users for number in range(resources)]
        for client in self.clients:
            client.contacts = [other.jid for other in self.clients if other is not client]
        self._loop = asyncio.new_event_loop()
        self._lives = []
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def begin(self):
        """All log in, and only then they begin to talk: nobody writes to who is not there yet."""
        for client in self.clients:
            client.is_talking = False
        for client in self.clients:
            self._lives.append(asyncio.run_coroutine_threadsafe(client.live(), self._loop))
        self._wait(lambda: all(client.is_bound for client in self.clients), "all are there")
        self.talk()

    def talk(self, is_talking=True):
        for client in self.clients:
            client.is_talking = is_talking

    def cut(self, clients=None):
        """These clients, or all, lose their connections."""
        for client in clients or self.clients:
            self._loop.call_soon_threadsafe(client.cut)

    def wait_for_progress(self, stanzas=10, seconds=PATIENCE * 2):
        """Until each has so many more stanzas acknowledged: all sessions are alive."""
        goals = [client.acknowledged + stanzas for client in self.clients]
        self._wait(lambda: all(client.acknowledged >= goal for client, goal in zip(self.clients, goals)),
                   "everybody gets on", seconds)

    def settle(self):
        """Until all is where it belongs, as far as the servers are concerned. Then everybody resumes once more, in
        case something waits to come a second time."""
        self.talk(False)
        self._ping_all()
        self.cut()
        self._ping_all()
        return self.account.verdict()

    def losses(self):
        return sum((client.losses for client in self.clients), Counter())

    def resumptions(self):
        return sum(client.resumptions for client in self.clients)

    def end(self):
        asyncio.run_coroutine_threadsafe(self._end_all(), self._loop).result(PATIENCE)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _end_all(self):
        tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _ping_all(self):
        """When all that was sent is acknowledged, answers come behind it."""
        self._wait(lambda: all(client.waits_for_nothing for client in self.clients), "all is acknowledged")
        goals = [client.pings_answered + 1 for client in self.clients]
        for client in self.clients:
            self._loop.call_soon_threadsafe(client.ping)
        self._wait(lambda: all(client.pings_answered >= goal and client.waits_for_nothing
                               for client, goal in zip(self.clients, goals)), "all pings are answered")

    def _wait(self, condition, what, seconds=PATIENCE * 2):
        def is_so():
            for life in self._lives:
                if life.done():
                    life.result()
            return condition()

        try:
            wait_until(is_so, what, seconds)
        except AssertionError as error:
            raise AssertionError(f"{error}; losses {dict(self.losses())}, so far {self.account.verdict()}") from None
