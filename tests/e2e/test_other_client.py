"""A client of another family than slixmpp, libstrophe in C, works through stanzagate with the bundled cluster: what
one library takes for granted another one checks."""

import pytest

from support.client import DIRECT
from support.im import DELAY, befriend, body_of, chat, copied_body, roster
from support.known_secrets import new_secret
from support.making import made_on_demand
from support.strict_xml import CLIENT
from support.strophe import StropheClient
from support.three_nodes import password_of


@pytest.fixture
def strophe(three_nodes, authority, transport, tmp_path):
    """Makes clients that are not connected yet: strophe(jid). They quit when the test ends."""
    def make(number, jid):
        return StropheClient(tmp_path / f"strophe{number}", jid, password_of(jid), three_nodes.gate.address, transport,
                             authority.certificate)

    yield from made_on_demand(make, StropheClient.log_out)


def begin(client):
    """What a messenger does at login: roster, then presence."""
    client.connect()
    contacts = roster(client)
    client.say("<presence/>")
    client.take("presence", sender=client.jid)
    return contacts


def test_contacts_presence_and_messages(three_nodes, names, strophe, log_in):
    romeo, juliet = strophe(names[0]), log_in(names[1])
    assert begin(romeo) == {}
    assert three_nodes.node_of(names[0]) != three_nodes.node_of(names[1])

    befriend(romeo, juliet)
    romeo.say("<presence><show>dnd</show><priority>3</priority></presence>")
    assert juliet.take("presence", sender=romeo.jid).findtext(CLIENT + "priority") == "3"
    assert roster(romeo) == {juliet.bare: (None, "both", None, [])}

    to_juliet, to_romeo = ([new_secret("body") for _ in range(20)] for _ in range(2))
    for one, other in zip(to_juliet, to_romeo):
        romeo.say(chat(juliet.jid, one))
        juliet.say(chat(names[0], other))
    assert [body_of(juliet.take("message", sender=romeo.jid)) for _ in to_juliet] == to_juliet
    assert [body_of(romeo.take("message", sender=juliet.jid)) for _ in to_romeo] == to_romeo

    romeo.log_out()
    juliet.take("presence", sender=romeo.jid, type="unavailable")


def test_carbons_and_messages_kept(names, strophe, log_in):
    kept, said, answered = ([new_secret("body") for _ in range(3)] for _ in range(3))
    juliet = log_in(names[1])
    for body in kept:
        juliet.say(chat(names[0], body))
    juliet.ping()
    phone = strophe(names[0])
    begin(phone)
    for body in kept:
        message = phone.take("message", sender=juliet.jid)
        assert body_of(message) == body and message.find(DELAY + "delay") is not None

    assert phone.ask("set", "<enable xmlns='urn:xmpp:carbons:2'/>").get("type") == "result"
    desk = log_in(names[0])
    for one, other in zip(said, answered):
        juliet.say(chat(desk.jid, one))
        assert copied_body(phone.take("message", sender=names[0]), "received") == one
        desk.say(chat(juliet.jid, other))
        assert copied_body(phone.take("message", sender=names[0]), "sent") == other


def test_resumes_at_another_node_after_a_cut(three_nodes, names, strophe, log_in):
    """What the library has sent arrives before the cut: 0.12 sometimes skips one stanza when it sends again."""
    romeo, juliet = strophe(names[0]), log_in(names[1])
    begin(romeo)
    juliet.forget()
    before = three_nodes.node_of(names[0])
    to_juliet, to_romeo = ([new_secret("body") for _ in range(10)] for _ in range(2))

    for body in to_romeo[:5]:
        juliet.say(chat(romeo.jid, body))
    assert body_of(romeo.take("message", sender=juliet.jid)) == to_romeo[0]
    for body in to_juliet[:5]:
        romeo.say(chat(juliet.jid, body))
    assert [body_of(juliet.take("message", sender=romeo.jid)) for _ in to_juliet[:5]] == to_juliet[:5]
    romeo.cut()
    for body in to_romeo[5:]:
        juliet.say(chat(romeo.jid, body))
    # Else it would be led back to the node that has the session.
    three_nodes.gate.say("maintenance", f"pool0/{before}", "--over", "1s")
    romeo.connect()
    three_nodes.gate.say("ready", f"pool0/{before}")
    for body in to_juliet[5:]:
        romeo.say(chat(juliet.jid, body))

    assert [body_of(romeo.take("message", sender=juliet.jid)) for _ in to_romeo[1:]] == to_romeo[1:]
    assert [body_of(juliet.take("message", sender=romeo.jid)) for _ in to_juliet[5:]] == to_juliet[5:]
    assert three_nodes.node_of(names[0]) != before
    assert romeo.ask("get", "<ping xmlns='urn:xmpp:ping'/>").get("to") == romeo.jid
    assert juliet.leftover() == []


def test_clients_that_cannot_bind_log_in_where_bound_logins_are_offered(three_nodes, names, authority, start_gate,
                                                                        new_client, tmp_path):
    """slixmpp tries tls-unique, which TLS 1.3 does not have, libstrophe nothing: both find another way, and nobody
    has to wait as if passwords had been guessed."""
    gate = start_gate({three_nodes.domain: three_nodes.backends(channel_binding=True)}, health={"every": "200ms"})
    gate.wait_for_health("n1", "up")

    for _ in range(3):
        new_client().log_in(names[0], gate.address, DIRECT, password=password_of(names[0]))
    client = StropheClient(tmp_path / "bound", names[1], password_of(names[1]), gate.address, DIRECT,
                           authority.certificate)
    client.connect()

    client.log_out()
    assert "login_failed" not in three_nodes.node_log()
