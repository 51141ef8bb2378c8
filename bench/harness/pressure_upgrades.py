"""One process after another takes the place of stanzagate, under logins and live sessions: is anybody refused, is a
message lost, do all that can resume come to the new process in time?"""

import asyncio
import contextlib
import itertools
import random
import ssl
import threading
import time

from support.addresses import C2S_TLS
from support.nodes_apart import NodesApart
from support.returning_client import ReturningClient
from support.strict_xml import CLIENT, SASL2, SM
from support.successors import Successors, is_running
from support.waiting import wait_until
from support.xml_stream import StreamEnded

from harness.command import Row
from harness.pressure_bench import DOMAIN

BETWEEN_MESSAGES = 5.0  # seconds, of each session to itself
# A password takes a node some 5 ms, as it should; who only comes to see whether he is let in asks a sink, so that
# clients, nodes and the process that is measured have room on one machine.
VISITED = "visitors.example.org"


class MovingClient(ReturningClient):
    """Comes back at once when it is cut, and sends numbered messages to itself, with all that XEP-0198 asks of a client."""

    def __init__(self, *words):
        super().__init__(*words, is_inline=True)
        self._numbers = itertools.count()
        self._unacknowledged = []
        self._handled = self._acknowledged = 0
        self._jid = None
        self.sent, self.seen = set(), set()
        self.resumed = self.anew = 0
        self.is_talking = True

    async def live(self):
        while self.is_talking or self.sent != self.seen:
            try:
                async with asyncio.TaskGroup() as both:
                    if await self.come():
                        self.resumed += 1
                    else:
                        self.anew += 1
                    talking = both.create_task(self._talk())
                    await self._listen()
                    talking.cancel()
            except* (StreamEnded, EOFError, OSError, TimeoutError):
                self.cut()
                await asyncio.sleep(random.uniform(0, 0.2))

    async def _talk(self):
        while self.is_talking:
            await asyncio.sleep(random.uniform(0.5, 1.5) * BETWEEN_MESSAGES)
            number = next(self._numbers)
            self.sent.add(number)
            self._unacknowledged.append(number)
            self._write(number)

    def _write(self, number):
        self._stream.write(f"<message to='{self._jid}' type='chat' id='{number}'><body>{number}</body></message>"
                           "<r xmlns='urn:xmpp:sm:3'/>")

    async def _listen(self):
        while self.is_talking or self.sent != self.seen:
            self._take(await asyncio.wait_for(self._stream.next_element(), 60))

    def _take(self, element):
        if element.tag == SM + "a":
            self._acknowledge(int(element.get("h")))
        elif element.tag == SM + "r":
            self._stream.write(f"<a xmlns='urn:xmpp:sm:3' h='{self._handled}'/>")
        elif element.tag.startswith(CLIENT):
            self._handled += 1
            if element.tag == CLIENT + "message" and element.find(CLIENT + "body") is not None:
                self.seen.add(int(element.get("id")))

    def _acknowledge(self, h):
        del self._unacknowledged[:h - self._acknowledged]
        self._acknowledged = h

    async def _ask_for_life(self):
        """What the session has said meanwhile comes in front of the answer."""

    async def _log_in_inline(self):
        self._stream.write(self._login.format(self._resume() if self._sm_id else ""))
        success = await self._stream.expect(SASL2 + "success")
        resumed = success.find(SM + "resumed")
        if resumed is not None and self._is_resumed(resumed):
            self._acknowledge(int(resumed.get("h")))
            for number in self._unacknowledged:
                self._write(number)
            return True
        self._jid = success.findtext(SASL2 + "authorization-identifier")
        self._handled = self._acknowledged = 0
        self._unacknowledged.clear()
        self._keep(success.find(f".//{SM}enabled"))
        return False

    def _resume(self):
        return f"<resume xmlns='urn:xmpp:sm:3' previd='{self._sm_id}' h='{self._handled}'/>"


class MovingCrowd:
    """`devices` of each of `people`, on a loop of their own thread."""

    def __init__(self, address, authority, people, devices):
        tls = ssl.create_default_context(cafile=authority)
        tls.set_alpn_protocols(["xmpp-client"])
        self.clients = [MovingClient(address, tls, DOMAIN, user, password)
                        for _ in range(devices) for user, password in people.items()]
        self._thread = threading.Thread(target=lambda: asyncio.run(self._live()), daemon=True)
        self._thread.start()
        wait_until(lambda: all(client.anew for client in self.clients), "all are in", 120)

    async def _live(self):
        async def later(client, seconds):
            await asyncio.sleep(seconds)
            await client.live()

        await asyncio.gather(*(later(client, number * 0.01) for number, client in enumerate(self.clients)))

    def resumed(self):
        return sum(client.resumed for client in self.clients)

    def end(self, seconds=60):
        """Says no more; how many messages have not come back."""
        for client in self.clients:
            client.is_talking = False
        self._thread.join(seconds)
        return sum(len(client.sent - client.seen) for client in self.clients)


def upgrades(bench):
    count, between, devices, rate = (4, 3, 2, 50) if bench.is_quick else (100, 10, 20, 200)
    people = {f"user{each}": "secret" for each in range(50)}
    with contextlib.ExitStack() as stack:
        nodes = NodesApart(bench.directory / "upgrades", DOMAIN, {**people, "user": "secret"})
        stack.callback(nodes.end)
        sink = stack.enter_context(bench.sink())
        gate = stack.enter_context(bench.gate(nodes.backends(), others={VISITED: [sink]},
                                              pool={"balance": "round-robin"}, health={"every": "200ms"},
                                              upgrade={"over": f"{between}s"}))
        for name in nodes.NAMES:
            gate.wait_for_health(name, "up")
        gate.wait_for_offers(DOMAIN)
        gate.wait_for_health("sink", "up", pool="pool1")
        successors = Successors()
        stack.callback(successors.end)
        crowd = MovingCrowd(gate.address, bench.authority.certificate, people, devices)
        arrived = []
        logins = threading.Thread(target=lambda: arrived.append(
            bench.arrivals(f"{gate.address}:{C2S_TLS}", (rate, (count + 2) * between), domain=VISITED)))
        logins.start()
        answers, moves = [], []
        for _ in range(count):
            begin = time.monotonic()
            before = crowd.resumed()
            successors.upgrade(gate)
            answers.append(time.monotonic() - begin)
            time.sleep(max(0.0, begin + between - time.monotonic()))  # the pace
            moves.append(crowd.resumed() - before)
        old = successors.pids[:-1]
        wait_until(lambda: not any(map(is_running, old)), "the old processes have ended", 2 * between + 30)
        logins.join()
        lost = crowd.end()
        came = arrived[0].attempts
        refused = sum(each.outcome != "in" for each in came)
        anew = sum(client.anew for client in crowd.clients) - len(crowd.clients)
        resumed, sent = crowd.resumed(), sum(len(client.sent) for client in crowd.clients)
        return [Row(f"{count} upgrades: seconds until the new process listens, median", f"{sorted(answers)[count // 2]:.2f}"),
                Row(f"... of {len(came):,} logins, {rate} a second, refused or late", f"{refused:,}", "0", refused == 0),
                Row("... p99 of a login", f"{arrived[0].slowest(0.99, 0, 10**6):.2f} s"),
                Row(f"... of {len(crowd.clients):,} sessions: resumed at a new process", f"{resumed:,} times"),
                Row("... ... could not resume", f"{anew:,}", "0", anew == 0),
                Row(f"... of {sent:,} messages lost", f"{lost:,}", "0", lost == 0),
                Row("... old processes that have sessions yet", f"{sum(map(is_running, old)):,}", "0", not any(map(is_running, old)))]
