"""A backend that misbehaves on purpose: the one server here that is not real."""

import socket
import threading

from support.addresses import C2S, free_address
from support.waiting import PATIENCE


class FakeBackend:
    """Listens at `address`:C2S and runs `behaviour(peer)` in a thread for each connection; `peer` is a
    Peer. `connections` counts them; `peers` holds them, and what each received lies in its
    `received`. Health checks are connections too."""

    port = C2S

    def __init__(self, behaviour):
        self.address = free_address()
        self.connections = 0
        self.peers = []
        self._behaviour = behaviour
        self._listener = socket.create_server((self.address, self.port))
        threading.Thread(target=self._accept, daemon=True).start()

    def end(self):
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        with connection:
            connection.settimeout(PATIENCE)
            peer = Peer(connection)
            self.peers.append(peer)
            try:
                self._behaviour(peer)
            except OSError:
                pass  # the proxy has closed: what these tests expect it to do


class Peer:
    """One connection from the proxy."""

    def __init__(self, connection):
        self.socket = connection
        self.received = bytearray()
        self._read = bytearray()

    def send(self, data):
        self.socket.sendall(data)

    def receive(self):
        data = self.socket.recv(65536)
        self.received += data
        return data

    def read_until(self, mark):
        """Reads until `mark` has come after what was read before."""
        while mark not in self._read:
            data = self.receive()
            if not data:
                raise ConnectionError("closed")
            self._read += data
        del self._read[:self._read.index(mark) + len(mark)]

    def wait_for_close(self):
        while self.receive():
            pass

    def open_stream(self, domain, features=b""):
        """Takes the proxy's header and answers with one and with `features`."""
        self.read_until(b"http://etherx.jabber.org/streams")
        self.read_until(b">")
        self.send(f"<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' "
                  f"from='{domain}' id='fake' version='1.0'><stream:features>".encode()
                  + features + b"</stream:features>")

    def log_in(self, domain):
        """Plays a server up to the features after a SASL PLAIN login that it always grants."""
        self.open_stream(domain, b"<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>"
                                 b"<mechanism>PLAIN</mechanism></mechanisms>")
        self.read_until(b"</auth>")
        self.send(b"<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>")
        self.open_stream(domain, b"<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/>")
