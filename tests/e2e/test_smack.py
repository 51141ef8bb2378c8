"""Smack, what Java and Android clients are made of, over WebSocket and BOSH before servers that have no HTTP port."""

import pytest

from support.accounts import PASSWORDS
from support.known_secrets import new_secret
from support.waiting import wait_until
from support.web_client import STROPHE

WEBSOCKET, BOSH = "/xmpp-websocket", "/http-bind"


@pytest.mark.parametrize("path", [WEBSOCKET, BOSH])
def test_it_talks_with_a_page_and_says_goodbye(web_gate, new_smack, new_page, path):
    romeo, juliet = new_smack(web_gate.domain, web_gate.address), new_page(STROPHE, web_gate.domain, web_gate.address)
    for client, user in ((romeo, "romeo"), (juliet, "juliet")):
        client.connect(user, PASSWORDS[user], path)

    there, back = ([new_secret("body & <more>") for _ in range(20)] for _ in range(2))
    for body, answer in zip(there, back):
        romeo.say(juliet.jid, body)
        juliet.say(romeo.jid, answer)
    assert [juliet.next_body() for _ in there] == there
    got = [romeo.next_body() for _ in back]
    # Over BOSH, two threads of Smack tell of what two answers brought, in any order.
    assert sorted(got) == sorted(back)
    assert path == BOSH or got == back

    romeo.close()
    assert romeo.take("closed", wasClean=True)
    juliet.close()
    wait_until(lambda: [end["reason"] for end in web_gate.events("session_end") if end["kind"] in ("websocket", "bosh")] ==
               ["client_closed"] * 2, "both sessions have ended well")
