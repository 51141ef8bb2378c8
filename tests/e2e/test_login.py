"""Real clients log in to real servers through stanzagate, and the servers see who they are."""

import pytest

from support.addresses import free_address
from support.client import STARTTLS, LoginFailed
from support.known_secrets import new_secret
from support.start_stanzagate import backend

from conftest import DOMAINS


@pytest.mark.parametrize("mechanism", ["SCRAM-SHA-1", "SCRAM-SHA-256"])
def test_logs_in_with_scram(gate, server, domain, transport, mechanism, new_client):
    jid = new_client().log_in(f"romeo@{domain}", gate.address, transport, mechanism=mechanism)

    assert jid.startswith(f"romeo@{domain}/")


def test_server_sees_the_address_of_the_client(gate, server, domain, transport, new_client):
    source = free_address()

    jid = new_client().log_in(f"romeo@{domain}", gate.address, transport, source=source)

    assert server.wait_for_client_address(jid) == source


def test_server_reads_the_address_from_proxy_protocol_version_1(ejabberd, start_gate, new_client):
    domain = DOMAINS["ejabberd"]
    gate = start_gate({domain: [backend("v1", ejabberd.address, ejabberd.proxied_port, proxy="v1")]})
    source = free_address()

    jid = new_client().log_in(f"romeo@{domain}", gate.address, STARTTLS, source=source)

    assert ejabberd.wait_for_client_address(jid) == source


def test_two_users_chat(gate, server, domain, transport, new_client):
    romeo, juliet = new_client(), new_client()
    romeo_jid = romeo.log_in(f"romeo@{domain}", gate.address, transport)
    juliet_jid = juliet.log_in(f"juliet@{domain}", gate.address, transport)
    question, answer = new_secret("body"), new_secret("body")

    romeo.send(juliet_jid, question)
    assert juliet.next_message() == question
    juliet.send(romeo_jid, answer)
    assert romeo.next_message() == answer


def test_wrong_password_is_refused_and_the_right_one_taken_after_it(gate, server, domain, transport,
                                                                    new_client):
    with pytest.raises(LoginFailed, match="failed_all_auth"):
        new_client().log_in(f"romeo@{domain}", gate.address, transport, password=new_secret("wrong"))

    new_client().log_in(f"romeo@{domain}", gate.address, transport)


def test_domain_that_nobody_serves_is_unknown(gate, new_client):
    with pytest.raises(LoginFailed, match="stream-error:host-unknown"):
        new_client().log_in("romeo@nowhere.test", gate.address, STARTTLS)


def test_log_tells_of_each_session_where_it_went_and_why_it_ended(gate, domain, server, transport,
                                                                  new_session):
    source = free_address()
    session = new_session(gate, transport, source=source)
    session.log_in("romeo", domain)
    session.wire.send(b"</stream:stream>")
    session.wire.receive_to_end()

    end = gate.wait_for_session_end(source)
    routed = [event for event in gate.events("session_routed") if event["session"] == end["session"]]

    assert end["reason"] == "client_closed"
    assert len(routed) == 1
    assert routed[0]["domain"] == domain and routed[0]["backend"] == server.kind
