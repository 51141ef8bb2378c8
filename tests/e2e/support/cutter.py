"""The network between clients and a server, as far as a test breaks it: a forwarder that cuts connections and loses what
the server answers."""

import contextlib
import socket
import struct
import threading

from support.addresses import WEB, free_address
from support.waiting import wait_until

_RESET = struct.pack("ii", 1, 0)


class Cutter:
    """Clients connect to `address` and reach the port `port` of `server`."""

    def __init__(self, server, port=WEB):
        self.address = free_address()
        self._server = (server, port)
        self._listener = socket.create_server((self.address, port))
        self._lock = threading.Lock()
        self._open = set()   # guarded, as what follows
        self._losing = set()
        self._lost = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self):
        """All connections are gone, on both sides; new ones work."""
        with self._lock:
            gone, self._open, self._losing = self._open, set(), set()
        for connection in gone:
            with contextlib.suppress(OSError):  # it has ended by itself
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
                connection.shutdown(socket.SHUT_RD)  # wakes the thread that reads it, which closes it

    def lose_answers(self):
        """Until `cut` nothing arrives that the server sends over the connections of now."""
        with self._lock:
            self._losing, self._lost = set(self._open), 0

    def wait_for_a_loss(self):
        wait_until(lambda: self._lost, "the server has answered, in vain")

    def end(self):
        self._listener.shutdown(socket.SHUT_RDWR)  # wakes the thread that accepts
        self._listener.close()
        self.cut()

    def _accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:  # the end
                return
            try:
                server = socket.create_connection(self._server)
            except OSError:
                client.close()
                continue
            with self._lock:
                self._open |= {client, server}
            threading.Thread(target=self._pass, args=(client, server), daemon=True).start()
            threading.Thread(target=self._pass, args=(server, client, True), daemon=True).start()

    def _pass(self, source, target, may_be_lost=False):
        """Passes bytes one way until an end, which the other side is told of unless it was cut off as well."""
        try:
            while data := source.recv(65536):
                with self._lock:
                    is_lost = may_be_lost and source in self._losing
                    self._lost += len(data) if is_lost else 0
                if not is_lost:
                    target.sendall(data)
            with self._lock:
                is_cut = source not in self._open
            if not is_cut:
                target.shutdown(socket.SHUT_WR)
        except OSError:  # the other end is gone
            pass
        with self._lock:
            self._open.discard(source)
        source.close()
