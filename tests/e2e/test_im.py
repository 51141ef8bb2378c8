"""Instant messaging on the bundled cluster (RFC 6121 and the extensions it offers), by slixmpp through stanzagate:
whoever talks to each other here is logged in at different nodes."""

from support.im import CARBONS, DELAY, ERROR, befriend, body_of, chat, condition, copied_body
from support.known_secrets import new_secret
from support.strict_xml import CLIENT
from support.three_nodes import password_of

BLOCKING = "{urn:xmpp:blocking}"
VCARD = "{vcard-temp}"


def test_messages_go_by_type_address_and_priority(three_nodes, couple, log_in):
    romeo, balcony = couple
    chamber = log_in(balcony.bare, presence={"ppriority": -1})
    for each in (balcony, chamber):
        each.forget()

    for kind in ("normal", "chat", "headline"):
        romeo.say(chat(balcony.bare, "x", kind))
        message = balcony.take("message", sender=romeo.jid, type=kind)
        assert message.get("to") == balcony.bare
    for kind in ("normal", "chat", "headline", "groupchat", "error"):
        romeo.say(chat(chamber.jid, "x", kind))
        chamber.take("message", sender=romeo.jid, type=kind)
    romeo.say(chat(f"{balcony.bare}/gone", "x"))
    assert balcony.take("message", sender=romeo.jid).get("to") == f"{balcony.bare}/gone"

    nobody = f"nobody@{three_nodes.domain}"
    for to, kind in ((balcony.bare, "groupchat"), (f"{balcony.bare}/gone", "normal"), (nobody, "chat")):
        romeo.say(chat(to, "x", kind))
        assert condition(romeo.take("message", sender=to, type="error")) == "service-unavailable"
    for to, kind in ((f"{balcony.bare}/gone", "headline"), (balcony.bare, "error")):
        romeo.say(chat(to, "x", kind))
    romeo.ping()
    for each in (romeo, balcony, chamber):
        assert each.leftover() == []


def test_carbons_reach_the_other_sessions(couple, log_in):
    romeo, desk = couple
    phone = log_in(desk.bare)
    for each in (desk, phone):
        each.do(lambda stream: stream["xep_0280"].enable())
        each.forget()
    said, answered, hidden = (new_secret("body") for _ in range(3))

    romeo.say(chat(desk.jid, said))
    desk.take("message", sender=romeo.jid)
    received = phone.take("message", sender=desk.bare, type="chat")
    assert copied_body(received, "received") == said
    assert received.get("to") == phone.jid

    desk.say(chat(romeo.jid, answered))
    sent = phone.take("message", sender=desk.bare, type="chat")
    assert copied_body(sent, "sent") == answered

    for mark in ("<private xmlns='urn:xmpp:carbons:2'/>", "<no-copy xmlns='urn:xmpp:hints'/>"):
        romeo.say(chat(desk.jid, hidden, more=mark))
        assert desk.take("message", sender=romeo.jid).find(CARBONS + "private") is None
    romeo.say(f"<message to='{phone.jid}' type='chat'><sent xmlns='urn:xmpp:carbons:2'><forwarded "
              f"xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client' from='{desk.jid}' to='{romeo.jid}'>"
              "<body>forged</body></message></forwarded></sent></message>")
    assert phone.take("message").get("from") == romeo.jid, "no copy of the account's own"
    desk.forget()  # of the forged one, which is a message like any other
    assert phone.leftover() == []


def test_messages_wait_for_who_is_away(three_nodes, names, log_in):
    romeo = log_in(names[0])
    away = names[1]
    bodies = [new_secret("body") for _ in range(3)]
    romeo.say(chat(away, bodies[0]))
    romeo.say(chat(f"{away}/gone", bodies[1]))
    romeo.say(chat(away, "news", "headline"))
    romeo.say(chat(away, bodies[2], "normal"))
    romeo.say(f"<message to='{away}' type='chat'><composing xmlns='http://jabber.org/protocol/chatstates'/></message>")
    assert condition(romeo.take("message", sender=away, type="error")) == "service-unavailable"

    juliet = log_in(names[1], presence={"ppriority": -1})
    juliet.take("presence", sender=juliet.jid)
    assert juliet.leftover() == []
    juliet.say("<presence/>")
    messages = [juliet.take("message", sender=romeo.jid) for _ in bodies]

    assert [body_of(message) for message in messages] == bodies
    for message in messages:
        assert message.find(DELAY + "delay").get("from") == three_nodes.domain
    juliet.take("presence", sender=juliet.jid)
    assert juliet.leftover() == []


def test_who_is_blocked_neither_hears_nor_is_heard(couple, log_in):
    romeo, juliet = couple
    befriend(romeo, juliet)
    for each in (romeo, juliet):
        each.forget()
    chamber = log_in(juliet.bare)
    for each in (juliet, chamber):
        blocked = each.do(lambda stream: stream["xep_0191"].get_blocked())
        assert blocked["blocklist"]["items"] == set()
    for each in (romeo, juliet, chamber):
        each.forget()

    juliet.do(lambda stream: stream["xep_0191"].block(romeo.bare))
    for each in (juliet, chamber):
        push = each.take("iq", type="set")
        assert [item.get("jid") for item in push.find(BLOCKING + "block")] == [romeo.bare]
        romeo.take("presence", sender=each.jid, type="unavailable")
    romeo.say(chat(juliet.jid, "x"))
    assert condition(romeo.take("message", type="error")) == "service-unavailable"
    refused = romeo.ask("get", "<query xmlns='jabber:iq:version'/>", to=juliet.jid)
    assert condition(refused) == "service-unavailable"
    romeo.say("<presence><show>dnd</show></presence>")
    juliet.say(chat(romeo.jid, "x"))
    error = juliet.take("message", type="error").find(CLIENT + "error")
    assert [each.tag for each in error] == [ERROR + "not-acceptable", "{urn:xmpp:blocking:errors}blocked"]
    romeo.take("presence", sender=romeo.jid)
    for each in (romeo, juliet, chamber):
        assert each.leftover() == []

    juliet.do(lambda stream: stream["xep_0191"].unblock(romeo.bare))
    for each in (juliet, chamber):
        assert each.take("iq", type="set").find(BLOCKING + "unblock") is not None
        assert each.take("presence", sender=romeo.jid).findtext(CLIENT + "show") == "dnd"
        romeo.take("presence", sender=each.jid, type=None)


def test_cards_are_kept_for_everybody(couple):
    romeo, juliet = couple
    card = "<vCard xmlns='vcard-temp'><FN>Romeo &amp; family</FN><N><GIVEN>Romeo</GIVEN></N></vCard>"

    assert romeo.ask("set", card).get("type") == "result"

    for messenger, of in ((juliet, romeo.bare), (romeo, None)):
        found = messenger.ask("get", "<vCard xmlns='vcard-temp'/>", to=of).find(VCARD + "vCard")
        assert found.findtext(VCARD + "FN") == "Romeo & family"
        assert found.findtext(f"{VCARD}N/{VCARD}GIVEN") == "Romeo"
    assert condition(romeo.ask("get", "<vCard xmlns='vcard-temp'/>", to=juliet.bare)) == "item-not-found"
    assert condition(juliet.ask("set", card, to=romeo.bare)) == "forbidden"


def test_the_server_does_what_it_says_it_can(three_nodes, names, log_in, new_session):
    romeo, domain = log_in(names[0]), three_nodes.domain
    of_server = romeo.do(lambda stream: stream["xep_0030"].get_info(domain))["disco_info"]
    of_account = romeo.do(lambda stream: stream["xep_0030"].get_info(romeo.bare))["disco_info"]

    assert {(each[0], each[1]) for each in of_server["identities"]} == {("server", "im")}
    assert {(each[0], each[1]) for each in of_account["identities"]} == {("account", "registered")}
    asked = {"jabber:iq:roster": ("query", None), "jabber:iq:version": ("query", domain),
             "urn:xmpp:blocking": ("blocklist", None), "urn:xmpp:ping": ("ping", domain),
             "urn:xmpp:time": ("time", domain), "vcard-temp": ("vCard", domain),
             "http://jabber.org/protocol/disco#info": ("query", domain),
             "http://jabber.org/protocol/disco#items": ("query", domain)}
    assert of_server["features"] - set(asked) == {"msgoffline", "urn:xmpp:carbons:2"}  # with tests of their own
    for namespace in of_server["features"] & set(asked):
        name, to = asked[namespace]
        assert condition(romeo.ask("get", f"<{name} xmlns='{namespace}'/>", to)) is None, namespace
    # The hash in the stream features (XEP-0115), computed by somebody else.
    features = new_session(three_nodes.gate).authenticate(names[1].split("@")[0], domain, password_of(names[1]))
    caps = features.find("{http://jabber.org/protocol/caps}c")
    romeo.do(lambda stream: stream.register_plugin("xep_0115"))
    computed = romeo.do(lambda stream: stream["xep_0115"].generate_verstring(of_server, caps.get("hash")))
    assert computed == caps.get("ver")
    told = romeo.do(lambda stream: stream["xep_0030"].get_info(domain, node=f"{caps.get('node')}#{caps.get('ver')}"))
    assert told["disco_info"]["features"] == of_server["features"]


def test_clients_ask_each_other_and_nobody_is_silent(three_nodes, couple):
    romeo, juliet = couple
    domain = three_nodes.domain

    assert romeo.do(lambda stream: stream["xep_0199"].ping(juliet.jid)) > 0
    assert romeo.do(lambda stream: stream["xep_0092"].get_version(juliet.jid))["software_version"]["name"]
    for to in (f"{juliet.bare}/gone", juliet.bare, f"nobody@{domain}", domain):
        assert condition(romeo.ask("get", "<query xmlns='urn:unknown'/>", to)) == "service-unavailable"
    assert condition(romeo.ask("get", "<ping xmlns='urn:xmpp:ping'/>", "a@elsewhere.test")) == "remote-server-not-found"


def test_an_inactive_client_misses_nothing(couple):
    romeo, juliet = couple
    befriend(romeo, juliet)
    for each in (romeo, juliet):
        each.forget()
    juliet.do(lambda stream: stream["xep_0352"].send_inactive())
    body = new_secret("body")

    romeo.say("<presence><show>away</show></presence>")
    romeo.say(chat(juliet.jid, body))
    assert body_of(juliet.take("message", sender=romeo.jid)) == body
    juliet.do(lambda stream: stream["xep_0352"].send_active())
    assert juliet.take("presence", sender=romeo.jid).findtext(CLIENT + "show") == "away"


def test_slixmpp_resumes_by_itself_at_another_node(three_nodes, names, log_in):
    romeo = log_in(names[0])
    juliet = log_in(names[1], plugins=["xep_0198"])
    befriend(romeo, juliet)
    for each in (romeo, juliet):
        each.forget()
    before, jid = three_nodes.node_of(juliet.bare), juliet.jid
    bodies = [new_secret("body") for _ in range(5)]

    juliet.cut()
    for body in bodies:
        romeo.say(chat(jid, body))
    # Else it would be led back to the node that has the session.
    three_nodes.gate.say("maintenance", f"pool0/{before}", "--over", "1s")
    juliet.resume()
    three_nodes.gate.say("ready", f"pool0/{before}")

    assert [body_of(juliet.take("message", sender=romeo.jid)) for _ in bodies] == bodies
    assert juliet.jid == jid and three_nodes.node_of(juliet.bare) != before
    juliet.say(chat(romeo.jid, bodies[0]))
    assert body_of(romeo.take("message", sender=jid)) == bodies[0]
    assert romeo.leftover() == [] and juliet.leftover() == []
