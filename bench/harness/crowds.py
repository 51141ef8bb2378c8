"""The figures of bench/resumption: crowds of clients that come back to real servers, with the actors of tests/e2e. Each
function starts what it needs, checks it, and returns its rows."""

import asyncio
import base64
import contextlib
import dataclasses
import os
import pathlib
import shutil
import ssl
import statistics
import string
import time

from support.addresses import C2S, C2S_TLS, free_address
from support.certificates import Authority
from support.changing_pool import ChangingPool
from support.fake_backend import FakeBackend
from support.nodes_apart import NodesApart
from support.process import Process
from support.returning_crowd import ReturningCrowd
from support.start_stanzagate import Stanzagate, backend
from support.strict_xml import SASL
from support.waiting import wait_until
from support.xml_stream import XmlStream

from harness.command import Row

CONFIGS = pathlib.Path(__file__).resolve().parent.parent / "configs"
DOMAIN = "example.org"
QUIET = {"level": "warn"}  # thousands of sessions are lines that nobody reads


@dataclasses.dataclass
class Bench:
    """Where to run, and how many come."""
    directory: pathlib.Path
    users: int = 1_000      # of three Prosodys
    node_users: int = 300   # of three stanzanodes
    devices: int = 3        # of each of them, with SASL2
    sleepers: int = 9_000   # a session is two descriptors of the 20,000 of the proxy
    headers: int = 5_000
    logins: int = 101       # by each route
    far: float = 0.02       # seconds to a far backend and back

    def __post_init__(self):
        self.authority = Authority(self.directory / "authority")
        self.certificates = self.directory / "certificates"
        self.authority.issue(self.certificates / DOMAIN, DOMAIN)
        self._gates = 0

    def start_gate(self, domains, **sections):
        self._gates += 1
        return Stanzagate(self.directory / f"gate{self._gates}", self.certificates, domains,
                          **{"log": QUIET, **sections})

    def crowd(self, address, people, **keys):
        return _ending(ReturningCrowd(address, DOMAIN, self.authority.certificate, people, **keys))


@contextlib.contextmanager
def _ending(thing):
    try:
        yield thing
    finally:
        thing.end()


def _people(count):
    return {f"user{number}": "secret" for number in range(count)}


def _timed(crowd, clients=None):
    """How many of the clients have resumed, in how many seconds."""
    start = time.monotonic()
    return crowd.come(clients), time.monotonic() - start


def _share_row(what, resumed, of, seconds=None):
    took = f", {of / seconds:,.0f} a second" if seconds else ""
    return Row(what, f"{resumed:,} of {of:,} resumed ({resumed / of:.1%}{took})", "100 %", resumed == of)


def prosody(bench):
    """Classic SASL: back to Prosodys, each with sessions of its own, after each thing that an operator does; and the
    same through HAProxy."""
    people = _people(bench.users)
    rows = []
    with _ending(ChangingPool(bench.directory / "pool", bench.certificates, DOMAIN, people, log=QUIET)) as pool:
        with bench.crowd(pool.gate.address, people) as crowd:
            crowd.come()
            for change in pool.changes():
                crowd.cut()
                resumed, seconds = _timed(crowd)
                rows.append(_share_row(f"Prosody, classic: {change}", resumed, bench.users, seconds))
            resumed, seconds = _timed(crowd)
            rows.append(_share_row("Prosody, classic: the old connections still stand", resumed, bench.users, seconds))
        rows.append(_through_haproxy(bench, pool.addresses()[:3], people))
    return rows


def _through_haproxy(bench, servers, people):
    address = free_address()
    both = bench.directory / "both.pem"
    both.write_text("".join((bench.certificates / DOMAIN / name).read_text()
                            for name in ("fullchain.pem", "privkey.pem")))
    config = bench.directory / "haproxy.cfg"
    config.write_text(string.Template((CONFIGS / "haproxy_in_turn.cfg").read_text()).substitute(
        listen=f"{address}:{C2S_TLS}", certificate=both,
        servers="".join(f"    server s{number} {server}:{C2S}\n" for number, server in enumerate(servers))))
    with _running(Process("haproxy", [_haproxy(), "-db", "-f", config], bench.directory)) as process:
        process.wait_for_listener(address, C2S_TLS)
        with bench.crowd(address, people) as crowd:
            crowd.come()
            resumed, rounds = 0, 3
            for _ in range(rounds):
                crowd.cut()
                resumed += crowd.come()
    of = rounds * len(people)
    return Row("the same through HAProxy in TCP mode: nothing changed", f"{resumed:,} of {of:,} ({resumed / of:.1%})")


@contextlib.contextmanager
def _running(process):
    try:
        yield process
    finally:
        process.end()


def _haproxy():
    return shutil.which("haproxy", path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")


@contextlib.contextmanager
def _nodes(bench, **sections):
    """Three stanzanodes that know nothing of each other, and a stanzagate before them."""
    directory = bench.directory / f"nodes{time.monotonic_ns()}"
    with _ending(NodesApart(directory, DOMAIN, _people(bench.node_users))) as nodes:
        with _ending(nodes.gate(bench.start_gate, **sections)) as gate:
            yield gate


def inline(bench):
    """SASL2: the tag in the id chooses the backend before any other is touched."""
    with _nodes(bench) as gate, \
            bench.crowd(gate.address, _people(bench.node_users), devices=bench.devices, is_inline=True) as crowd:
        crowd.come()
        before = gate.backends()
        crowd.cut()
        wait_until(lambda: all(each["sessions"] == 0 for each in gate.backends().values()), "all are gone")
        resumed, seconds = _timed(crowd)
        logins = {name: each["logins"] - before[name]["logins"] for name, each in gate.backends().items()}
    elsewhere = sum(abs(logins[name] - before[name]["sessions"]) for name in before)
    return [_share_row("stanzanode, inline", resumed, len(crowd.clients), seconds),
            Row("... logins at other backends than the owner", str(elsewhere), "0", elsewhere == 0)]


def sleepers(bench):
    """Thousands at once; then the keys of the tags rotate while half of them come back and others log in anew."""
    keys = bench.directory / "keys"
    lines = [base64.b64encode(os.urandom(80)) for _ in range(3)]
    _write_keys(keys, lines)
    with _nodes(bench, resumption={"keys": str(keys)}) as gate, \
            bench.crowd(gate.address, _people(bench.node_users), devices=max(1, bench.sleepers // bench.node_users),
                        is_inline=True) as crowd:
        crowd.come()
        crowd.cut()
        resumed, seconds = _timed(crowd)
        rows = [_share_row("stanzanode, inline: sleepers cut and back at once", resumed, len(crowd.clients), seconds)]
        staying, leaving = crowd.clients[::2], crowd.clients[1::2]
        resumed = 0
        for _ in range(2):
            lines = [*lines[1:], base64.b64encode(os.urandom(80))]
            _write_keys(keys, lines)
            gate.say("reload")
            crowd.cut(staying)
            resumed += crowd.come(staying)
            crowd.leave(leaving)
            crowd.come(leaving)
            staying, leaving = leaving, staying
        rows.append(_share_row("... while the keys rotate twice", resumed, len(crowd.clients)))
    return rows


def _write_keys(path, lines):
    new = path.with_suffix(".new")
    new.touch(0o600)
    new.write_bytes(b"\n".join(lines) + b"\n")
    new.rename(path)


def headers(bench):
    """Connections that end TLS, send a stream header and read the features."""
    with _ending(FakeBackend(lambda peer: peer.log_in(DOMAIN))) as fake, \
            _ending(bench.start_gate({DOMAIN: [backend("a", fake.address)]}, health={"every": "10m"})) as gate:
        gate.wait_for_health("a", "up")
        before = fake.connections
        with bench.crowd(gate.address, _people(bench.headers)) as crowd:
            crowd.knock()
            sessions = gate.ask("status")["sessions"]
            opened = fake.connections - before
    return [Row(f"backend connections for {sessions:,} connections with a stream header", str(opened), "0",
                opened == 0 and sessions == bench.headers)]


def latency(bench):
    """Of a login up to the features after it, at a backend on this machine and at a far one."""
    rows = []
    for far, what in ((0, "here"), (bench.far, f"{bench.far * 1000:.0f} ms away and back")):
        p50 = _latencies(bench, far)
        more = p50["user"] - p50["domain"]
        rows.append(Row(f"login at a backend {what}, p50 by domain and by user",
                        f"{1000 * p50['domain']:.1f} and {1000 * p50['user']:.1f} ms",
                        f"{1000 * far:.0f} ms more at most" if far else "", not far or more <= far))
    return rows


def _latencies(bench, far):
    """p50 in seconds by route. A connection to the far backend takes a round trip, and so does each answer."""
    def serve(peer):
        send = peer.send
        peer.send = lambda data: (time.sleep(far), send(data))
        time.sleep(far)
        peer.log_in(DOMAIN)

    taken = {"domain": [], "user": []}
    with contextlib.ExitStack() as stack:
        fake = stack.enter_context(_ending(FakeBackend(serve)))
        gates = {}
        for route in taken:
            gates[route] = stack.enter_context(_ending(bench.start_gate(
                {DOMAIN: [backend("a", fake.address)]}, pool={"route": route})))
            gates[route].wait_for_health("a", "up")
        for _ in range(bench.logins):
            for route, gate in gates.items():
                taken[route].append(asyncio.run(_log_in(gate.address, bench.authority.certificate)))
    return {route: statistics.median(seconds) for route, seconds in taken.items()}


async def _log_in(address, authority):
    tls = ssl.create_default_context(cafile=authority)
    tls.set_alpn_protocols(["xmpp-client"])
    async with asyncio.timeout(30):
        start = time.monotonic()
        stream = await XmlStream.connect(address, tls, DOMAIN)
        await stream.open()
        stream.write("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>AHVzZXIAc2VjcmV0</auth>")
        await stream.expect(SASL + "success")
        await stream.open()
        seconds = time.monotonic() - start
    stream.cut()
    return seconds


FIGURES = {figure.__name__: figure for figure in (prosody, inline, sleepers, headers, latency)}
