"""strophe.js and stanza.js over BOSH before a Prosody that has no HTTP port, in a network that loses answers. The
numbers are those of proxy/web/README.md."""

import json

import pytest

from support.accounts import PASSWORDS
from support.cutter import Cutter
from support.known_secrets import new_secret
from support.start_stanzagate import backend
from support.waiting import wait_until
from support.web_client import STANZA, STROPHE

from conftest import DOMAIN

BOSH = "/http-bind"
SESSION = "strophe-bosh-session"


@pytest.fixture
def gate(start_gate, prosody):
    gate = start_gate({DOMAIN: [backend("a", prosody.address, prosody.proxied_port, proxy="v2")]}, web={},
                      health={"every": "200ms"})
    gate.wait_for_offers(DOMAIN)
    return gate


@pytest.fixture
def network(gate):
    cutter = Cutter(gate.address)
    yield cutter
    cutter.end()


@pytest.fixture(params=[STROPHE, STANZA])
def romeo(request, new_page, network):
    """Behind the network that may break."""
    page = new_page(request.param, DOMAIN, network.address)
    page.connect("romeo", PASSWORDS["romeo"], BOSH)
    return page


@pytest.fixture
def juliet(gate, new_page):
    page = new_page(STROPHE, DOMAIN, gate.address)
    page.connect("juliet", PASSWORDS["juliet"], BOSH)
    return page


def talk(one, other, count=1):
    """Both ways, all at once."""
    there, back = ([new_secret("body & <more>") for _ in range(count)] for _ in range(2))
    for body, answer in zip(there, back):
        one.say(other.jid, body)
        other.say(one.jid, answer)
    assert [other.next_body() for _ in there] == there
    assert [one.next_body() for _ in back] == back


def wait_for_end(gate, reason):
    wait_until(lambda: any(end["kind"] == "bosh" and end["reason"] == reason for end in gate.events("session_end")),
               f"a session ends: {reason}")


def test_two_users_talk_and_one_says_goodbye(gate, romeo, juliet):
    talk(romeo, juliet, 20)
    romeo.close()
    wait_for_end(gate, "client_closed")
    assert gate.ask("sessions")["matching"] == 1


def test_6_a_lost_answer_comes_again(network, romeo, juliet):
    network.lose_answers()
    body = new_secret("body")
    juliet.say(romeo.jid, body)
    network.wait_for_a_loss()
    network.cut()
    assert romeo.next_body() == body
    talk(romeo, juliet)
    assert romeo.leftover("message") == []


def test_6_a_request_whose_answer_is_lost_is_not_run_again(network, romeo, juliet):
    network.lose_answers()
    body = new_secret("body")
    romeo.say(juliet.jid, body)
    assert juliet.next_body() == body
    network.wait_for_a_loss()
    network.cut()
    talk(romeo, juliet)
    assert juliet.leftover("message") == []


@pytest.mark.parametrize("repeated", [0, 1])
@pytest.mark.parametrize("romeo", [STROPHE], indirect=True)
def test_9_a_page_that_is_loaded_anew_goes_on(new_page, network, romeo, juliet, repeated):
    """Whether or not its tab has kept a rid that it has used already."""
    jid = romeo.jid
    talk(romeo, juliet)
    romeo.kill()
    meanwhile = new_secret("body")
    juliet.say(jid, meanwhile)
    kept = json.loads(romeo.kept(SESSION))
    kept["rid"] -= repeated

    again = new_page(STROPHE, DOMAIN, network.address)
    again.restore("romeo", SESSION, json.dumps(kept))
    assert again.jid == jid
    assert again.next_body() == meanwhile
    talk(again, juliet, 3)


@pytest.mark.parametrize("romeo", [STROPHE], indirect=True)
def test_14_a_page_that_is_loaded_too_late_is_told_at_once(gate, new_page, network, romeo):
    kept = romeo.kept(SESSION)
    romeo.close()
    wait_for_end(gate, "client_closed")

    late = new_page(STROPHE, DOMAIN, network.address)
    late.restore("romeo", SESSION, kept)
    late.take("status", status="DISCONNECTED")


@pytest.mark.parametrize("romeo", [STROPHE], indirect=True)
def test_11_a_page_that_is_gone_is_missed(gate, romeo):
    romeo.pause(1)
    romeo.kill()
    wait_for_end(gate, "client_lost")
    assert gate.ask("sessions")["matching"] == 0
