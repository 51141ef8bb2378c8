"""A client's connection as bytes: TCP, TLS when told, and an exact account of how the other side closed."""

import os
import select
import socket
import ssl
import time

from support.waiting import PATIENCE

# How a connection ended, as the client saw it.
CLOSED = "closed"  # TLS close_notify (or, in clear, nothing to say) and then FIN
CUT = "cut"        # FIN inside TLS without close_notify: a lost connection, not an end
RESET = "reset"    # RST


class Wire:
    """One connection from `source` (or any address) to `address`:`port`."""

    def __init__(self, address, port, source=None, receive_buffer=None):
        self._socket = socket.socket()
        if receive_buffer:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self._socket.settimeout(PATIENCE)
        self._socket.bind((source or "", 0))
        self._socket.connect((address, port))
        self.received = bytearray()  # since the beginning or the last forget()

    def secure(self, authority, sni=None, alpn=(), version=None, ciphers=None, session=None, context=None):
        """Starts TLS, verifying the chain against the file `authority`, and the name when `sni` is given.
        To resume a `session`, give the `context` it was made with."""
        context = context or self._context(authority, sni, alpn, version, ciphers)
        self._socket = context.wrap_socket(self._socket, server_hostname=sni, session=session,
                                           suppress_ragged_eofs=False)

    @staticmethod
    def _context(authority, sni, alpn, version, ciphers):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = sni is not None
        context.load_verify_locations(authority)
        if version:
            # OpenSSL's security level 1 forbids what is older than TLS 1.2; a client that insists is meant.
            context.set_ciphers("ALL:@SECLEVEL=0")
            context.minimum_version = context.maximum_version = version
        if ciphers:
            context.set_ciphers(ciphers)
        if alpn:
            context.set_alpn_protocols(list(alpn))
        return context

    @property
    def tls(self):
        """The ssl.SSLSocket, to ask for version, certificate and the like."""
        return self._socket

    def forget(self):
        self.received.clear()

    def send(self, data):
        self._socket.sendall(data)

    def send_while_unanswered(self, pieces):
        """Sends the byte strings of `pieces` until they are used up or the other side has something to say.
        Returns the number of bytes sent."""
        sent = 0
        for piece in pieces:
            if select.select([self._socket], [], [], 0)[0]:
                break
            try:
                self._socket.sendall(piece)
            except (ConnectionError, ssl.SSLError):
                break
            sent += len(piece)
        return sent

    def send_slowly(self, data, pause):
        """One byte every `pause` seconds until the other side has something to say or all is sent."""
        for byte in data:
            if select.select([self._socket], [], [], pause)[0]:
                return
            self._socket.send(bytes([byte]))

    def receive_some(self, size=65536):
        """What comes next, kept in `received` too; b'' at the end of the connection."""
        data = self._socket.recv(size)
        self.received += data
        return data

    def receive_until(self, mark, seconds=PATIENCE):
        """Receives until `mark` is in `received`; returns all of that."""
        deadline = time.monotonic() + seconds
        while mark not in self.received:
            assert time.monotonic() < deadline, f"no {mark!r} in {bytes(self.received[-2000:])!r}"
            assert self.receive_some(), f"closed before {mark!r}: {bytes(self.received[-2000:])!r}"
        return bytes(self.received)

    def receive_to_end(self):
        """Receives until the connection ends; returns how: CLOSED, CUT or RESET."""
        try:
            while self.receive_some():
                pass
        except ssl.SSLEOFError:
            return CUT
        except ConnectionResetError:
            return RESET
        if not isinstance(self._socket, ssl.SSLSocket):
            return CLOSED
        return self._tcp_end_after_close_notify()

    def end_of_sending(self):
        """Half-closes: FIN to the other side, while reading goes on."""
        with socket.socket(fileno=os.dup(self._socket.fileno())) as raw:  # an SSLSocket would forget its keys
            raw.shutdown(socket.SHUT_WR)

    def cut(self, reset=False):
        """Loses the connection as a phone does: no closing tag, no close_notify."""
        raw = socket.socket(fileno=os.dup(self._socket.fileno()))
        if reset:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        os.close(self._socket.detach())  # without the farewell that SSLSocket might send
        raw.close()

    def close(self):
        self._socket.close()

    def _tcp_end_after_close_notify(self):
        with socket.socket(fileno=os.dup(self._socket.fileno())) as raw:
            raw.settimeout(PATIENCE)
            try:
                return CLOSED if raw.recv(1) == b"" else "data after close_notify"
            except ConnectionResetError:
                return RESET
