"""Servers that keep sessions for resumption as Openfire does: only the one that made a session resumes it, and another
one that is asked for it ends what the cluster keeps. No Debian has Openfire, and a real one could not say that it was
asked."""

import re
import threading

from support.fake_backend import FakeBackend
from support.known_secrets import new_secret

_PREVID = re.compile(rb"previd=['\"]([^'\"]*)['\"]")


class ParkingCluster:
    def __init__(self, domain, names):
        self.domain = domain
        self.wrong = []  # (server, owner) of each request that came to a server which does not hold the session
        self.lock = threading.Lock()
        self.servers = {name: ParkingServer(self, name) for name in names}

    def owner_of(self, sm_id):
        return next((each for each in self.servers.values() if sm_id in each.sessions), None)

    def end(self):
        for server in self.servers.values():
            server.die()
            server.backend.end()


class ParkingServer:
    def __init__(self, cluster, name):
        self.name = name
        self.sessions = set()
        self.is_up = True
        self._cluster = cluster
        self.backend = FakeBackend(self._serve)
        self.address = self.backend.address

    def die(self):
        """All at once, with its sessions."""
        with self._cluster.lock:
            self.is_up = False
            self.sessions.clear()
        for peer in self.backend.peers:
            try:
                peer.socket.shutdown(2)
            except OSError:
                pass  # closed already
        self.backend.peers.clear()

    def live(self):
        self.is_up = True

    def _serve(self, peer):
        if not self.is_up:
            return
        peer.log_in(self._cluster.domain)
        while data := peer.receive():
            if b"<enable" in data:
                sm_id = new_secret("sm")
                with self._cluster.lock:
                    self.sessions.add(sm_id)
                peer.send(f"<enabled xmlns='urn:xmpp:sm:3' id='{sm_id}' resume='true' max='600'/>".encode())
            elif b"<resume" in data:
                peer.send(self._resume(_PREVID.search(data).group(1).decode()))

    def _resume(self, sm_id):
        with self._cluster.lock:
            owner = self._cluster.owner_of(sm_id)
            if owner is self:
                return f"<resumed xmlns='urn:xmpp:sm:3' previd='{sm_id}' h='0'/>".encode()
            if owner is not None:
                owner.sessions.discard(sm_id)
                self._cluster.wrong.append((self.name, owner.name))
        return (b"<failed xmlns='urn:xmpp:sm:3'><item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></failed>")
