"""A backend whose `proxy` or `tls` is wrong: the first check finds out which one would be right, with real servers."""

import pytest

from support.addresses import C2S, C2S_TLS, free_address
from support.start_dnsmasq import NameServer
from support.start_stanzagate import backend
from support.waiting import wait_until

from conftest import DOMAIN, DOMAINS

QUICKLY = {"every": "500ms", "timeout": "1500ms", "rise": 1, "fall": 1}


def settings_found(gate):
    wait_until(lambda: gate.events("backend_settings"), f"the trial has ended:\n{gate.log()}")
    return gate.events("backend_settings")


def detail_of_loss(gate):
    return gate.first_event("backend_state")


@pytest.mark.parametrize("wrong", ["v1", "v2"])
def test_a_proxy_header_that_the_server_does_not_expect(server, start_gate, wrong):
    domain = DOMAINS[server.kind]
    gate = start_gate({domain: [backend("a", server.address, proxy=wrong)]}, health=QUICKLY)

    found = settings_found(gate)

    assert "PROXY header" in detail_of_loss(gate)["remedy"]
    assert found[0]["remedy"].replace("\\", "") == 'set proxy = "off" for the backend'
    assert 'it answers with proxy = "off"' in gate.backends()["a"]["failure"]
    assert len(found) == 1


def test_a_proxy_header_that_the_server_waits_for(server, start_gate):
    domain = DOMAINS[server.kind]
    gate = start_gate({domain: [backend("a", server.address, server.proxied_port)]}, health=QUICKLY)

    assert settings_found(gate)[0]["remedy"].replace("\\", "") == 'set proxy = "v2" for the backend'


@pytest.mark.parametrize("port, wrong, right", [(C2S_TLS, "off", "direct"), (C2S, "direct", "starttls"),
                                                (C2S_TLS, "starttls", "direct")])
def test_tls_where_there_is_none_and_none_where_there_is(authority, start_prosody, start_gate, tmp_path, port, wrong,
                                                         right):
    authority.issue(tmp_path / "pair", DOMAIN)
    pair = (tmp_path / "pair" / "fullchain.pem", tmp_path / "pair" / "privkey.pem")
    server = start_prosody(certificate=pair)
    gate = start_gate({DOMAIN: [backend("a", server.address, port, tls=wrong)]}, health=QUICKLY)

    assert settings_found(gate)[0]["remedy"].replace("\\", "") == f'set tls = "{right}" for the backend'


def test_tls_to_a_server_that_has_none(prosody, start_gate):
    gate = start_gate({DOMAIN: [backend("a", prosody.address, tls="direct")]}, health=QUICKLY)

    assert settings_found(gate)[0]["remedy"].replace("\\", "") == 'set tls = "off" for the backend'
    assert "begin in clear" in detail_of_loss(gate)["remedy"]


def test_a_port_of_something_else(start_fake, start_gate):
    """Nothing of ours is understood there, so no setting is blamed."""
    def http(peer):
        peer.receive()
        peer.send(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")

    fake = start_fake(http)
    gate = start_gate({DOMAIN: [backend("a", fake.address, fake.port)]}, health=QUICKLY)

    assert "no other" in settings_found(gate)[0]["detail"]


def test_a_server_that_has_passed_is_not_tried(start_prosody, start_gate):
    server = start_prosody()
    gate = start_gate({DOMAIN: [backend("a", server.address)]}, health=QUICKLY)
    gate.wait_for_health("a", "up")

    server.kill()

    gate.wait_for_health("a", "down")
    assert "settings" not in gate.backends()["a"]["failure"] and not gate.events("backend_settings")


def test_names_that_do_not_exist_and_name_servers_that_are_silent(start_gate, tmp_path):
    names = NameServer(tmp_path / "names", [])
    silent = f"{free_address()}:5353"
    for server, words in ((names.address, "no such name: nowhere.example"),
                          (silent, "the name servers are silent, asked for nowhere.example")):
        gate = start_gate({DOMAIN: [backend("a", "nowhere.example")]}, health={**QUICKLY, "timeout": "3s"},
                          dns={"servers": [server]})

        assert words in detail_of_loss(gate)["detail"]
        assert "nowhere.example" in gate.backends()["a"]["failure"]
    names.end()
