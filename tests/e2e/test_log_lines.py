"""What the log says of sessions that never came to a login."""

from support.addresses import C2S, free_address
from support.raw_session import STARTTLS_REQUEST, header
from support.wire import Wire

from conftest import DOMAIN


def test_failed_handshake_names_the_domain_of_the_clear_stream(gate):
    source = free_address()
    wire = Wire(gate.address, C2S, source)
    wire.send(header(DOMAIN) + STARTTLS_REQUEST)
    wire.receive_until(b"<proceed")

    wire.cut()

    end = gate.wait_for_session_end(source)
    assert (end["reason"], end["domain"]) == ("tls_failed", DOMAIN)
