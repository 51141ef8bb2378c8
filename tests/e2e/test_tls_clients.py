"""Other libraries than the one below us speak TLS to it: what they send comes back as it was, whatever it is cut into.

Smack (Java) and Node's clients are in tests of their own, and slixmpp in most."""

import itertools
import subprocess
import threading

import pytest

from support.addresses import C2S_TLS
from support.start_stanzagate import backend

from conftest import DOMAIN

OPENSSL_VERSIONS = {"1.2": "-tls1_2", "1.3": "-tls1_3"}
MIB = 2**20
HEADER = f"<stream:stream to='{DOMAIN}' version='1.0' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>"
LOGIN = "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>AHVzZXIAc2VjcmV0</auth>"
BIND = "<iq type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>"


def openssl(address, authority, version, _log):
    return ["openssl", "s_client", "-quiet", "-verify_return_error", "-CAfile", authority, "-servername", DOMAIN,
            OPENSSL_VERSIONS[version], "-alpn", "xmpp-client", "-nocommands", "-connect", f"{address}:{C2S_TLS}"]


def gnutls(address, authority, version, log):
    return ["gnutls-cli", "--logfile", log, "--x509cafile", authority, "--sni-hostname", DOMAIN, "--verify-hostname", DOMAIN,
            "--priority", f"NORMAL:-VERS-ALL:+VERS-TLS{version}", "--alpn", "xmpp-client", "-p", str(C2S_TLS), address]


def nss(address, _authority, version, _log):
    """It has no verification without a database of its own."""
    return ["tstclnt", "-h", address, "-p", str(C2S_TLS), "-a", DOMAIN, "-D", "-o", "-V", f"tls{version}:tls{version}"]


class Pipe:
    """A command that takes what is to be sent and gives what comes."""

    def __init__(self, words):
        self._process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0)

    def write(self, data):
        for at in range(0, len(data), 65_536):
            self._process.stdin.write(data[at:at + 65_536])

    def read(self, size):
        got = bytearray()
        while len(got) < size and (piece := self._process.stdout.read(min(65_536, size - len(got)))):
            got += piece
        return bytes(got)

    def read_until(self, end):
        got = b""
        while not got.endswith(end) and (piece := self._process.stdout.read(1)):
            got += piece
        assert got.endswith(end), got
        return got

    def end(self):
        self._process.stdin.close()
        self._process.kill()
        self._process.wait()
        self._process.stdout.close()


def messages(size):
    """Of all lengths up to some ten thousand bytes, so many bytes in all."""
    made = []
    for number in itertools.count():
        body = "x" * (number * 977 % 40_000)
        made.append(f"<message id='{number}'><body>{body}</body></message>".encode())
        size -= len(made[-1])
        if size <= 0:
            return b"".join(made)


@pytest.mark.parametrize("version", ["1.2", "1.3"])
@pytest.mark.parametrize("client", [openssl, gnutls, nss])
def test_all_comes_back(client, version, sink, start_gate, authority, tmp_path):
    gate = start_gate({DOMAIN: [backend("sink", sink.address)]}, log={"level": "debug"})
    pipe = Pipe(client(gate.address, authority.certificate, version, tmp_path / "client.log"))
    try:
        pipe.write(HEADER.encode())
        pipe.read_until(b"</stream:features>")
        for byte in LOGIN:
            pipe.write(byte.encode())
        pipe.read_until(b"<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>")
        pipe.write(HEADER.encode())
        pipe.read_until(b"</stream:features>")
        pipe.write(BIND.encode())
        pipe.read_until(b"</iq>")
        sent = messages(32 * MIB)
        writer = threading.Thread(target=pipe.write, args=(sent,))
        writer.start()
        assert pipe.read(len(sent)) == sent
        writer.join()
    finally:
        pipe.end()
    assert gate.ask("status")["tls_connections"]["openssl"] == 0
