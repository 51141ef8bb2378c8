"""XEP-0198 through the proxy: a TCP connection may be lost, no stanza is."""

import pytest

from support.client import DIRECT, STARTTLS
from support.interrupted_talk import InterruptedTalk


@pytest.mark.parametrize("reset", [False, True], ids=["fin", "rst"])
def test_resumes_after_a_cut_connection_with_nothing_lost(gate, server, domain, transport, reset,
                                                          new_session, new_client):
    juliet = new_client()
    juliet_jid = juliet.log_in(f"juliet@{domain}", gate.address, transport)
    romeo = new_session(gate, transport)
    romeo_jid = romeo.log_in("romeo", domain)
    talk = InterruptedTalk(romeo, romeo_jid, juliet, juliet_jid, reset)

    again = new_session(gate, transport)
    again.authenticate("romeo", domain)
    talk.go_on(again)


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
