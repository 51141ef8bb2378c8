"""Stanzagates that route in a known way: by the user only once they know what the backends offer."""

from support.addresses import free_address
from support.client import DIRECT
from support.raw_session import RawSession, header
from support.start_stanzagate import Stanzagate, backend
from support.waiting import wait_until


def start_routed_gate(directory, certificates, authority, servers, route):
    """A stanzagate in front of each of `servers` (a domain each) that routes by `route` from now on."""
    gate = Stanzagate(directory, certificates,
                      {f"{server.kind}.test": [backend(server.kind, server.address, server.proxied_port,
                                                       proxy="v2")]
                       for server in servers}, pool={"route": route})
    for server in servers:
        if route == "user":
            wait_for_features(gate, f"{server.kind}.test", authority)
    return gate


def wait_for_features(gate, domain, authority, checked=()):
    """Waits until the proxy itself answers headers for `domain`: such a session meets no backend."""
    def answers():
        source = free_address()
        session = RawSession(gate.address, DIRECT, authority.certificate, source=source)
        session.secure(domain)
        session.wire.send(header(domain))
        session.wire.receive_some()
        session.wire.cut()
        return "backend" not in gate.wait_for_session_end(source)

    for fake in checked:
        wait_until(lambda: fake.connections, "the backend is checked")
    wait_until(answers, f"the features of {domain} are known")
