"""Forwarded paths in figures: one large body up and down, and many small requests, through stanzagate and through
HAProxy's HTTP mode, in turns."""

import contextlib
import os
import shutil
import socket
import ssl
import statistics
import string
import threading

from .command import Row
from .processes import Process, RunError
from .targets import CONFIGS, Target, free_endpoint, make_certificate

MIB = 1024 * 1024
BLOCK = os.urandom(MIB)
CIPHER = "TLS_AES_128_GCM_SHA256"  # which stanzagate prefers
NAMES = ("stanzagate", "haproxy")


class Server:
    """An HTTP server that takes and gives bytes as fast as Python can, on a thread for each connection."""

    def __init__(self):
        self._listener = socket.create_server((f"127.78.{os.getpid() % 250 + 1}.1", 0))
        self.host, self.port = self._listener.getsockname()
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            peer, _ = self._listener.accept()
            threading.Thread(target=self._serve, args=(peer,), daemon=True).start()

    def _serve(self, peer):
        room = bytearray(256 * 1024)
        with peer, contextlib.suppress(OSError):
            rest = b""
            while True:
                while b"\r\n\r\n" not in rest:
                    data = peer.recv(65536)
                    if not data:
                        return
                    rest += data
                head, _, rest = rest.partition(b"\r\n\r\n")
                length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0] or 0)
                length -= len(rest)
                rest = b""
                while length > 0:
                    length -= peer.recv_into(room, min(length, len(room)))
                size = int(head.split(b" ")[1].partition(b"?")[2])
                peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size + BLOCK[:size % MIB])
                for _ in range(size // MIB):
                    peer.sendall(BLOCK)
                if b"connection: close" in head.lower():
                    return


class Client:
    """One TLS connection to `endpoint`."""

    def __init__(self, endpoint):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        host, port = endpoint.split(":")
        self._socket = context.wrap_socket(socket.create_connection((host, int(port)), timeout=60))
        if self._socket.cipher()[0] != CIPHER:
            raise RunError(f"not {CIPHER} but {self._socket.cipher()[0]}")
        self._room = bytearray(256 * 1024)

    def ask(self, method, size_back, size_up=0):
        """One request; returns when its answer has come whole."""
        self._socket.sendall(f"{method} /f/x?{size_back} HTTP/1.1\r\nHost: example.org\r\n"
                             f"Content-Length: {size_up}\r\n\r\n".encode())
        for _ in range(size_up // MIB):
            self._socket.sendall(BLOCK)
        head = b""
        while b"\r\n\r\n" not in head:
            head += self._socket.recv(65536)
        if not head.startswith(b"HTTP/1.1 200 "):
            raise RunError(head[:300])
        left = size_back - len(head.partition(b"\r\n\r\n")[2])
        while left > 0:
            got = self._socket.recv_into(self._room, min(left, len(self._room)))
            if got == 0:
                raise RunError("ended in the answer")
            left -= got

    def close(self):
        self._socket.close()


class Bench:
    def __init__(self, directory, bin_dir, mib=1024, rounds=3, requests=5_000):
        self.directory, self.mib, self.rounds, self.requests = directory, mib, rounds, requests
        self.server = Server()
        cores = sorted(os.sched_getaffinity(0))
        self._core = cores[0] if len(cores) > 1 else None
        if self._core is not None:
            os.sched_setaffinity(0, {cores[-1]})
        make_certificate(directory)
        path = os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin"
        self._programs = {
            "stanzagate": ("forward.toml", [bin_dir / "stanzagate", "run"]),
            "haproxy": ("haproxy_http.cfg", [shutil.which("haproxy", path=path), "-db", "-f"])}

    @contextlib.contextmanager
    def run(self, name):
        """Gives the process and a client of it."""
        template, command = self._programs[name]
        listen = free_endpoint()
        values = {"dir": self.directory, "listen": listen, "host": self.server.host, "port": self.server.port,
                  "ciphersuites": CIPHER}
        config = self.directory / template
        config.write_text(string.Template((CONFIGS / template).read_text()).substitute(values))
        with Process([*command, config], self._core, log=self.directory / f"{name}.log") as process:
            Target(name, template, None, [], None)._wait_until_it_accepts(process, listen)
            client = Client(listen)
            client.ask("GET", 100)
            yield process, client
            client.close()

    def cpu(self, work):
        """`work(client)` in each of the rounds, in turns: median nanoseconds by name, and the most memory gained."""
        spent = {name: [] for name in NAMES}
        gained = {name: 0 for name in NAMES}
        for number in range(self.rounds):
            for name in NAMES if number % 2 == 0 else reversed(NAMES):
                with self.run(name) as (process, client):
                    memory = process.memory_bytes()
                    before = process.cpu_ns()
                    work(client)
                    spent[name].append(process.cpu_ns() - before)
                    gained[name] = max(gained[name], process.memory_bytes() - memory)
        return {name: statistics.median(each) for name, each in spent.items()}, gained


def _row(figure, spent, unit, share, factor=None):
    ours, theirs = (spent[name] / share for name in NAMES)
    return Row(figure, f"{ours:.0f} {unit}, HAProxy {theirs:.0f}, {ours / theirs:.2f} of it",
               f"at most {factor} of HAProxy" if factor else "", not factor or ours <= factor * theirs)


def _large(bench, figure, work):
    spent, gained = bench.cpu(work)
    yield _row(f"{figure} of {bench.mib} MiB, CPU", spent, "µs/MB", bench.mib * MIB / 1e6 * 1e3, 1.2)
    yield Row(f"{figure} of {bench.mib} MiB, memory gained",
              f"{gained['stanzagate'] / MIB:.1f} MiB, HAProxy {gained['haproxy'] / MIB:.1f}", "at most 4 MiB",
              gained["stanzagate"] <= 4 * MIB)


def upload(bench):
    yield from _large(bench, "upload", lambda client: client.ask("PUT", 100, bench.mib * MIB))


def download(bench):
    yield from _large(bench, "download", lambda client: client.ask("GET", bench.mib * MIB))


def small(bench):
    """Each on a new connection to the server at ours, on a kept one at HAProxy's."""
    def work(client):
        for _ in range(min(bench.requests, 900)):
            client.ask("GET", 100)

    spent, _ = bench.cpu(work)
    yield _row("small requests, CPU", spent, "µs", min(bench.requests, 900) * 1e3)


FIGURES = {"upload": upload, "download": download, "small": small}
