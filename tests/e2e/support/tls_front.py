"""TLS in front of a stanzanode, so that there is a server that ends TLS itself and binds logins to its certificate
(tls-server-end-point), as newer servers do than Debian 12 has."""

import hashlib
import socket
import ssl
import struct
import threading

from support.addresses import C2S_TLS, free_address
from support.waiting import PATIENCE

_SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"
_SSL, _VERSION, _END_POINT = 0x20, 0x21, 0xE1


def _tlv(kind, value):
    return struct.pack("!BH", kind, len(value)) + value


def _header(end_point):
    """PROXY protocol version 2, with a client on TLS and what its login can be bound to."""
    addresses = socket.inet_aton("127.0.0.1") * 2 + struct.pack("!HH", 40000, C2S_TLS)
    tls = struct.pack("!BI", 1, 0) + _tlv(_VERSION, b"TLSv1.3")
    body = addresses + _tlv(_SSL, tls) + _tlv(_END_POINT, end_point)
    return _SIGNATURE + struct.pack("!BBH", 0x21, 0x11, len(body)) + body


def der_of(chain):
    """The first certificate of a PEM file."""
    text = chain.read_text()
    end = "-----END CERTIFICATE-----\n"
    return ssl.PEM_cert_to_DER_cert(text[:text.index(end)] + end)


class TlsFront:
    """Direct TLS at `address`:C2S_TLS with the pair (chain, key) given, before the node that listens at `node`. `use`
    replaces it for connections to come."""

    port = C2S_TLS

    def __init__(self, node, pair):
        self.address = free_address()
        self._node = node
        self.use(pair)
        self._listener = socket.create_server((self.address, self.port))
        threading.Thread(target=self._accept, daemon=True).start()

    def use(self, pair):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*pair)
        self._context = context
        self._header = _header(hashlib.sha256(der_of(pair[0])).digest())

    def end(self):
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection, self._context, self._header), daemon=True).start()

    def _serve(self, connection, context, header):
        try:
            connection.settimeout(PATIENCE)
            client = context.wrap_socket(connection, server_side=True)
            node = socket.create_connection(self._node, PATIENCE)
        except OSError:
            connection.close()
            return
        client.settimeout(None)
        node.settimeout(None)
        node.sendall(header)
        threading.Thread(target=_pump, args=(node, client), daemon=True).start()
        _pump(client, node)


def _pump(source, sink):
    try:
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        pass
    finally:
        for each in (source, sink):
            try:
                each.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
