"""What passes after login: everything, in order, unchanged."""

import secrets

from support.client import STARTTLS
from support.known_secrets import new_secret


def test_a_thousand_messages_arrive_in_order(gate, server, domain, transport, new_client):
    romeo, juliet = new_client(), new_client()
    romeo.log_in(f"romeo@{domain}", gate.address, transport)
    juliet_jid = juliet.log_in(f"juliet@{domain}", gate.address, transport)
    bodies = [f"{number} of a thousand" for number in range(1000)]

    for body in bodies:
        romeo.send(juliet_jid, body)

    assert [juliet.next_message() for _ in bodies] == bodies


def test_a_stanza_of_200_kib_arrives_unchanged(gate, server, domain, transport, new_client):
    romeo, juliet = new_client(), new_client()
    romeo.log_in(f"romeo@{domain}", gate.address, transport)
    juliet_jid = juliet.log_in(f"juliet@{domain}", gate.address, transport)
    body = secrets.token_hex(100 * 1024)

    romeo.send(juliet_jid, body)

    assert juliet.next_message() == body


def test_stanzas_written_byte_by_byte_arrive(gate, server, domain, new_session, new_client):
    juliet = new_client()
    juliet_jid = juliet.log_in(f"juliet@{domain}", gate.address, STARTTLS)
    romeo = new_session(gate, STARTTLS)
    romeo.log_in("romeo", domain)
    body = new_secret("body")

    for byte in f"<message to='{juliet_jid}' type='chat'><body>{body} &amp; é</body></message>".encode():
        romeo.wire.send(bytes([byte]))

    assert juliet.next_message() == f"{body} & é"
