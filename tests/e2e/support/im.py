"""Stanzas of instant messaging, written and read, for tests with clients of any library."""

from support.strict_xml import CLIENT

ERROR = "{urn:ietf:params:xml:ns:xmpp-stanzas}"
ROSTER = "{jabber:iq:roster}"
CARBONS = "{urn:xmpp:carbons:2}"
DELAY = "{urn:xmpp:delay}"

_FORWARDED = "{urn:xmpp:forward:0}forwarded"


def chat(to, body, kind="chat", more=""):
    return f"<message to='{to}' type='{kind}' id='{kind}'><body>{body}</body>{more}</message>"


def body_of(message):
    return message.findtext(CLIENT + "body")


def copied_body(message, direction):
    """Of the message inside a carbon copy that was "sent" or "received"."""
    return message.findtext(f"{CARBONS}{direction}/{_FORWARDED}/{CLIENT}message/{CLIENT}body")


def condition(stanza):
    """Of an error stanza; None: it is no error."""
    error = stanza.find(CLIENT + "error")
    return None if error is None else error[0].tag.removeprefix(ERROR)


def items(stanza):
    """The roster items of an answer or a push: JID to (name, subscription, ask, groups)."""
    return {item.get("jid"): (item.get("name"), item.get("subscription"), item.get("ask"),
                              [group.text for group in item])
            for item in stanza.iter(ROSTER + "item")}


def roster(client):
    return items(client.ask("get", "<query xmlns='jabber:iq:roster'/>"))


def set_item(client, item):
    answer = client.ask("set", f"<query xmlns='jabber:iq:roster'>{item}</query>")
    assert answer.get("type") == "result", condition(answer)


def befriend(one, other):
    """Both see each other's presence, and know by now."""
    for asking, asked in ((one, other), (other, one)):
        asking.say(f"<presence to='{asked.bare}' type='subscribe'/>")
        asked.take("presence", sender=asking.bare, type="subscribe")
        asked.say(f"<presence to='{asking.bare}' type='subscribed'/>")
        asking.take("presence", sender=asked.bare, type="subscribed")
        asking.take("presence", sender=asked.jid, type=None)
