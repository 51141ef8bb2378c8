"""The figures of bench/bosh: sessions over BOSH (XEP-0124), each with a request that is held, before sink_server. Each
function starts what it needs, checks it, and returns its rows."""

import asyncio
import base64
import dataclasses
import pathlib
import random
import re
import ssl
import time

from support.addresses import WEB
from support.certificates import Authority
from support.start_stanzagate import Stanzagate, backend

from harness import processes
from harness.command import Row

DOMAIN = "example.org"
SINK = "127.88.0.1"
QUIET = {"level": "warn"}
HTTPBIND = "xmlns='http://jabber.org/protocol/httpbind'"
SASL = "urn:ietf:params:xml:ns:xmpp-sasl"


@dataclasses.dataclass
class Bench:
    directory: pathlib.Path
    bin_dir: pathlib.Path
    sessions: int = 2_000
    messages: int = 3_000     # at `rate` a second, each to another session
    rate: int = 200
    sleepers: int = 6_500     # a session has three of the 20,000 descriptors of the proxy

    def __post_init__(self):
        self.authority = Authority(self.directory / "authority")
        self.certificates = self.directory / "certificates"
        self.authority.issue(self.certificates / DOMAIN, DOMAIN)
        self._gates = 0

    def start_gate(self, sink):
        self._gates += 1
        return Stanzagate(self.directory / f"gate{self._gates}", self.certificates,
                          {DOMAIN: [backend("sink", *sink.split(":"), proxy="v2")]}, binary=self.bin_dir / "stanzagate",
                          pool={"route": "domain"}, health={"checks": False}, log=QUIET, worker={"threads": 1},
                          web={"per_address": 0, "keep_alive": "10m"}, limits={"login": "10m"})

    def start_sink(self):
        sink = processes.Process([str(self.bin_dir / "sink_server"), f"{SINK}:0", "echo"])
        return sink, sink.expect("listening", 10)[1][0]


class Connection:
    """One HTTP connection of many, requests one by one."""

    def __init__(self, bench, address):
        self._address = address
        self._tls = ssl.create_default_context(cafile=bench.authority.certificate)
        self._reader = self._writer = None

    async def open(self):
        self._reader, self._writer = await asyncio.open_connection(self._address, WEB, ssl=self._tls,
                                                                   server_hostname=DOMAIN)

    async def post(self, entity):
        self._writer.write(f"POST /http-bind HTTP/1.1\r\nHost: {DOMAIN}\r\nContent-Length: {len(entity)}\r\n\r\n{entity}"
                           .encode())
        head = await self._reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200 "), head
        length = int(re.search(rb"Content-Length: (\d+)", head).group(1))
        return (await self._reader.readexactly(length)).decode()

    def close(self):
        self._writer.transport.abort()


class Session:
    def __init__(self, bench, address):
        self.connection = Connection(bench, address)
        self._rid = random.randrange(1 << 40)
        self.held = None

    def _body(self, attributes="", payload=""):
        self._rid += 1
        sid = f" sid='{self.sid}'" if hasattr(self, "sid") else ""
        return f"<body rid='{self._rid}'{sid} {HTTPBIND} {attributes}>{payload}</body>"

    async def log_in(self):
        await self.connection.open()
        created = await self.connection.post(self._body(f"to='{DOMAIN}' wait='120' hold='1' ver='1.6' xmpp:version='1.0' "
                                                        "xmlns:xmpp='urn:xmpp:xbosh'"))
        self.sid = re.search(r"sid='([^']*)'", created).group(1)
        plain = base64.b64encode(b"\0user\0password").decode()
        await self._ask(f"<auth xmlns='{SASL}' mechanism='PLAIN'>{plain}</auth>", "<success")
        await self._ask("", "features", f"to='{DOMAIN}' xmpp:restart='true' xmlns:xmpp='urn:xmpp:xbosh'")
        await self._ask("<iq type='set' id='bind' xmlns='jabber:client'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/>"
                        "</iq>", "result")
        self.hold()

    async def _ask(self, payload, wanted, attributes=""):
        answer = await self.connection.post(self._body(attributes, payload))
        while wanted not in answer:
            answer = await self.connection.post(self._body())
        return answer

    def hold(self):
        self.held = asyncio.ensure_future(self.connection.post(self._body()))

    async def send(self, through, text):
        """One message over another connection; seconds until its echo has come, by whichever request."""
        start = time.perf_counter()
        entity = self._body("", f"<message xmlns='jabber:client' id='{text}'><body>{text}</body></message>")
        own = asyncio.ensure_future(through.post(entity))
        answers = ""
        while text not in answers:
            done, _ = await asyncio.wait({each for each in (own, self.held) if each is not None and not each.done()} or
                                         {self.held}, return_when=asyncio.FIRST_COMPLETED)
            for each in done:
                answers += each.result()
            if self.held.done() and text not in answers:
                self.hold()
        seconds = time.perf_counter() - start
        if own.done():
            if self.held.done():
                self.hold()
        else:
            # The first one has been answered; the second one is held now.
            await self.held
            self.held = own
        return seconds


async def _crowd(bench, address, count):
    sessions = [Session(bench, address) for _ in range(count)]
    for begin in range(0, count, 50):
        await asyncio.gather(*(session.log_in() for session in sessions[begin:begin + 50]))
    return sessions


async def _latencies(bench, address):
    sessions = await _crowd(bench, address, bench.sessions)
    senders = [Connection(bench, address) for _ in range(50)]
    await asyncio.gather(*(sender.open() for sender in senders))
    free = asyncio.Queue()
    for sender in senders:
        free.put_nowait(sender)
    taken = []

    async def one(number):
        sender = await free.get()
        taken.append(await sessions[number % len(sessions)].send(sender, f"m{number}"))
        # It may be the one that holds now.
        spare = Connection(bench, address)
        await spare.open()
        free.put_nowait(spare)

    tasks = []
    start = time.perf_counter()
    for number in range(bench.messages):
        await asyncio.sleep(max(0, start + number / bench.rate - time.perf_counter()))
        tasks.append(asyncio.ensure_future(one(number)))
    await asyncio.gather(*tasks)
    return sorted(taken)


def latency(bench):
    """Sessions that poll, messages to one after the other: how long an answer with data takes."""
    sink, address = bench.start_sink()
    with sink:
        gate = bench.start_gate(address)
        try:
            taken = asyncio.run(_latencies(bench, gate.address))
        finally:
            gate.end()
    at = lambda share: taken[min(len(taken) - 1, int(share * len(taken)))] * 1000  # noqa: E731
    return [Row(f"BOSH answer with data, {bench.sessions} sessions that poll, {bench.rate} messages a second: p50 / p99",
                f"{at(0.5):.2f} / {at(0.99):.2f} ms", "p99 below 5 ms", at(0.99) < 5)]


async def _open_connections(bench, address):
    connections = [Connection(bench, address) for _ in range(bench.sleepers)]
    for begin in range(0, len(connections), 50):
        await asyncio.gather(*(each.open() for each in connections[begin:begin + 50]))
    return connections


async def _grown_by(bench, gate, make):
    """Bytes that the gate takes more for each that `make` makes."""
    before = gate.memory()
    made = await make(bench, gate.address)
    await asyncio.sleep(1)
    return (gate.memory() - before) / len(made)


def memory(bench):
    """What a session with a held request takes beside its TLS connection; each in a process of its own, since memory that
    was given back may stay with it."""
    taken = []
    sink, address = bench.start_sink()
    with sink:
        for make in (_open_connections, lambda *to: _crowd(*to, bench.sleepers)):
            gate = bench.start_gate(address)
            try:
                taken.append(asyncio.run(_grown_by(bench, gate, make)))
            finally:
                gate.end()
    connection, above = taken[0] / 1024, (taken[1] - taken[0]) / 1024
    return [Row(f"memory of a BOSH session that is held, {bench.sleepers} of them, above its TLS connection of "
                f"{connection:.1f} KiB", f"{above:.1f} KiB", "at most 20 KiB", above <= 20)]


FIGURES = {"latency": latency, "memory": memory}
