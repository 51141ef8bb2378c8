"""A client of another family than slixmpp, libstrophe in C, works through stanzagate with the bundled cluster: what
one library takes for granted another one checks."""

import pytest

from support.known_secrets import new_secret
from support.strict_xml import CLIENT
from support.strophe import StropheClient
from support.three_nodes import password_of

ROSTER = "{jabber:iq:roster}"
CARBONS = "{urn:xmpp:carbons:2}"
FORWARDED = "{urn:xmpp:forward:0}forwarded/{jabber:client}message/{jabber:client}body"
DELAY = "{urn:xmpp:delay}"


@pytest.fixture
def strophe(three_nodes, authority, transport, tmp_path):
    """Makes clients that are not connected yet: strophe(jid). They quit when the test ends."""
    clients = []

    def make(jid):
        clients.append(StropheClient(tmp_path / f"strophe{len(clients)}", jid, password_of(jid),
                                     three_nodes.gate.address, transport, authority.certificate))
        return clients[-1]

    yield make
    for client in clients:
        client.log_out()


@pytest.fixture
def names(three_nodes):
    """Two users who know nobody."""
    return three_nodes.strangers()


def begin(client):
    """What a messenger does at login: roster, then presence."""
    client.jid = client.connect()
    contacts = client.ask("get", "<query xmlns='jabber:iq:roster'/>").find(ROSTER + "query")
    client.say("<presence/>")
    client.take("presence", sender=client.jid)
    return [item.attrib for item in contacts]


def chat(to, body):
    return f"<message to='{to}' type='chat'><body>{body}</body></message>"


def body_of(stanza):
    return stanza.findtext(CLIENT + "body")


def test_contacts_presence_and_messages(three_nodes, names, strophe, log_in):
    romeo, juliet = strophe(names[0]), log_in(names[1])
    assert begin(romeo) == []
    assert three_nodes.node_of(names[0]) != three_nodes.node_of(names[1])

    romeo.say(f"<presence to='{juliet.bare}' type='subscribe'/>")
    juliet.take("presence", sender=names[0], type="subscribe")
    juliet.say(f"<presence to='{names[0]}' type='subscribed'/>")
    romeo.take("presence", sender=juliet.bare, type="subscribed")
    romeo.take("presence", sender=juliet.jid, type=None)
    juliet.say(f"<presence to='{names[0]}' type='subscribe'/>")
    romeo.take("presence", sender=juliet.bare, type="subscribe")
    romeo.say(f"<presence to='{juliet.bare}' type='subscribed'/>")
    juliet.take("presence", sender=romeo.jid, type=None)
    romeo.say("<presence><show>dnd</show><priority>3</priority></presence>")
    assert juliet.take("presence", sender=romeo.jid).findtext(CLIENT + "priority") == "3"
    items = romeo.ask("get", "<query xmlns='jabber:iq:roster'/>").find(ROSTER + "query")
    assert [(item.get("jid"), item.get("subscription")) for item in items] == [(juliet.bare, "both")]

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
        assert phone.take("message", sender=names[0]).findtext(f"{CARBONS}received/{FORWARDED}") == one
        desk.say(chat(juliet.jid, other))
        assert phone.take("message", sender=names[0]).findtext(f"{CARBONS}sent/{FORWARDED}") == other


def test_resumes_at_another_node_after_a_cut(three_nodes, names, strophe, log_in):
    romeo, juliet = strophe(names[0]), log_in(names[1])
    begin(romeo)
    juliet.forget()
    before = three_nodes.node_of(names[0])
    to_juliet, to_romeo = ([new_secret("body") for _ in range(10)] for _ in range(2))

    for body in to_romeo[:5]:
        juliet.say(chat(romeo.jid, body))
    assert body_of(romeo.take("message", sender=juliet.jid)) == to_romeo[0]
    for body in to_juliet:
        romeo.say(chat(juliet.jid, body))
    romeo.cut()
    for body in to_romeo[5:]:
        juliet.say(chat(romeo.jid, body))
    romeo.connect()

    assert [body_of(romeo.take("message", sender=juliet.jid)) for _ in to_romeo[1:]] == to_romeo[1:]
    assert [body_of(juliet.take("message", sender=romeo.jid)) for _ in to_juliet] == to_juliet
    assert three_nodes.node_of(names[0]) != before
    assert romeo.ask("get", "<ping xmlns='urn:xmpp:ping'/>").get("to") == romeo.jid
    assert juliet.leftover() == []
