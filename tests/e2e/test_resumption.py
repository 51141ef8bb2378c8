"""XEP-0198 through the proxy: a TCP connection may be lost, no stanza is."""

import pytest

from support.client import DIRECT, STARTTLS
from support.known_secrets import new_secret


@pytest.mark.parametrize("reset", [False, True], ids=["fin", "rst"])
def test_resumes_after_a_cut_connection_with_nothing_lost(gate, server, domain, transport, reset,
                                                          new_session, new_client):
    juliet = new_client()
    juliet_jid = juliet.log_in(f"juliet@{domain}", gate.address, transport)
    romeo = new_session(gate, transport)
    romeo_jid = romeo.log_in("romeo", domain)
    sm_id = romeo.enable_resumption()
    to_romeo = [new_secret("body") for _ in range(30)]
    to_juliet = [new_secret("body") for _ in range(20)]

    # Both talk; Romeo's connection is lost while stanzas are under way in both directions.
    for body in to_romeo[:20]:
        juliet.send(romeo_jid, body)
    received = [romeo.next_body() for _ in range(5)]
    for body in to_juliet[:15]:
        romeo.send_message(juliet_jid, body)
    romeo.wire.cut(reset)
    for body in to_romeo[20:]:
        juliet.send(romeo_jid, body)

    # He comes back, is told what arrived of his, and sends the rest again.
    again = new_session(gate, transport)
    again.authenticate("romeo", domain)
    again.handled = romeo.handled
    taken = again.resume(sm_id, romeo.handled)
    for body in to_juliet[taken:]:
        again.send_message(juliet_jid, body)
    while len(received) < len(to_romeo):
        received.append(again.next_body())

    assert received == to_romeo
    assert [juliet.next_message() for _ in to_juliet] == to_juliet


def test_stream_that_the_client_closed_cannot_be_resumed(gate, server, domain, new_session):
    """A clean end reaches the server as one, so that it keeps nothing for the client."""
    romeo = new_session(gate, STARTTLS)
    romeo.log_in("romeo", domain)
    sm_id = romeo.enable_resumption()
    romeo.wire.send(b"</stream:stream>")
    romeo.wire.receive_to_end()

    again = new_session(gate, DIRECT)
    again.authenticate("romeo", domain)
    again.wire.send(f"<resume xmlns='urn:xmpp:sm:3' previd='{sm_id}' h='0'/>".encode())

    assert again.next_element().tag == "{urn:xmpp:sm:3}failed"
