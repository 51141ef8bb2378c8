"""Contacts and their presence on the bundled cluster (RFC 6121 sections 2 to 4), by slixmpp through stanzagate: the
two are logged in at different nodes."""

from support.im import ROSTER, befriend, items, roster, set_item
from support.strict_xml import CLIENT


def test_contacts_are_added_asked_granted_and_removed(couple):
    romeo, juliet = couple
    set_item(romeo, f"<item jid='{juliet.bare}' name='J'><group>Verona</group></item>")
    assert items(romeo.take("iq", type="set")) == {juliet.bare: ("J", "none", None, ["Verona"])}

    romeo.say(f"<presence to='{juliet.bare}' type='subscribe'/>")
    assert items(romeo.take("iq", type="set")) == {juliet.bare: ("J", "none", "subscribe", ["Verona"])}
    juliet.take("presence", sender=romeo.bare, type="subscribe")
    assert roster(juliet) == {}, "who asks is no contact yet"

    juliet.say(f"<presence to='{romeo.bare}' type='subscribed'/>")
    romeo.take("presence", sender=juliet.bare, type="subscribed")
    assert items(romeo.take("iq", type="set")) == {juliet.bare: ("J", "to", None, ["Verona"])}
    romeo.take("presence", sender=juliet.jid, type=None)
    assert items(juliet.take("iq", type="set")) == {romeo.bare: (None, "from", None, [])}

    juliet.say(f"<presence to='{romeo.bare}' type='subscribe'/>")
    romeo.take("presence", sender=juliet.bare, type="subscribe")
    romeo.say(f"<presence to='{juliet.bare}' type='subscribed'/>")
    juliet.take("presence", sender=romeo.jid, type=None)
    assert roster(romeo) == {juliet.bare: ("J", "both", None, ["Verona"])}
    for each in couple:
        each.forget()

    set_item(romeo, f"<item jid='{juliet.bare}' subscription='remove'/>")
    assert items(romeo.take("iq", type="set")) == {juliet.bare: (None, "remove", None, [])}
    for kind in ("unsubscribe", "unsubscribed"):
        juliet.take("presence", sender=romeo.bare, type=kind)
    juliet.take("presence", sender=romeo.jid, type="unavailable")
    romeo.take("presence", sender=juliet.jid, type="unavailable")
    assert roster(romeo) == {}
    assert roster(juliet) == {romeo.bare: (None, "none", None, [])}


def test_a_request_waits_for_its_user_and_may_be_denied(names, log_in):
    romeo = log_in(names[0])
    romeo.say(f"<presence to='{names[1]}' type='subscribe'><status>pray</status></presence>")
    romeo.ping()
    juliet = log_in(names[1])

    request = juliet.take("presence", sender=romeo.bare, type="subscribe")
    assert request.findtext(CLIENT + "status") == "pray"
    juliet.say(f"<presence to='{romeo.bare}' type='unsubscribed'/>")
    romeo.take("presence", sender=juliet.bare, type="unsubscribed")

    assert roster(juliet) == {}
    assert roster(romeo) == {juliet.bare: (None, "none", None, [])}


def test_known_rosters_are_not_sent_again(couple):
    romeo, juliet = couple
    set_item(romeo, f"<item jid='{juliet.bare}'/>")
    version = romeo.take("iq", type="set").find(ROSTER + "query").get("ver")

    same = romeo.ask("get", f"<query xmlns='jabber:iq:roster' ver='{version}'/>")
    set_item(romeo, f"<item jid='{juliet.bare}' name='J'/>")
    changed = romeo.ask("get", f"<query xmlns='jabber:iq:roster' ver='{version}'/>")

    assert same.get("type") == "result" and len(same) == 0
    assert items(changed) == {juliet.bare: ("J", "none", None, [])}
    assert changed.find(ROSTER + "query").get("ver") != version


def test_presence_is_seen_as_it_changes(couple, log_in):
    romeo, juliet = couple
    befriend(romeo, juliet)
    for each in (romeo, juliet):
        each.forget()

    romeo.say("<presence><show>away</show><status>thinking</status><priority>-5</priority></presence>")
    seen = juliet.take("presence", sender=romeo.jid, type=None)
    assert [seen.findtext(CLIENT + name) for name in ("show", "status", "priority")] == ["away", "thinking", "-5"]
    chamber = log_in(juliet.bare, presence={"ppriority": 7})
    assert chamber.take("presence", sender=romeo.jid).findtext(CLIENT + "show") == "away"
    assert romeo.take("presence", sender=chamber.jid).findtext(CLIENT + "priority") == "7"
    juliet.take("presence", sender=chamber.jid)
    romeo.say(f"<presence to='{juliet.bare}' type='probe'/>")
    for jid in (juliet.jid, chamber.jid):
        romeo.take("presence", sender=jid, type=None)

    chamber.log_out()
    for each in couple:
        each.take("presence", sender=chamber.jid, type="unavailable")
    romeo.take("presence", sender=romeo.jid)
    romeo.say("<presence type='unavailable'/>")
    juliet.take("presence", sender=romeo.jid, type="unavailable")
    romeo.say(f"<presence to='{juliet.bare}' type='probe'/>")
    assert juliet.leftover() == []


def test_directed_presence_is_taken_back_at_the_end(couple):
    romeo, juliet = couple
    romeo.say(f"<presence to='{juliet.jid}'><status>here</status></presence>")
    assert juliet.take("presence", sender=romeo.jid).findtext(CLIENT + "status") == "here"
    romeo.say("<presence><status>elsewhere</status></presence>")
    romeo.ping()
    assert juliet.leftover() == [], "updates are for subscribers"

    jid = romeo.jid
    romeo.log_out()
    juliet.take("presence", sender=jid, type="unavailable")
