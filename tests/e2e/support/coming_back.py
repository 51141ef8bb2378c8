"""Users whose connection is lost and who come back for their session (XEP-0198), by classic SASL or inline in SASL2;
and the ways that a stanzagate sends them."""

from support.client import DIRECT
from support.start_stanzagate import backend
from support.strict_xml import SM
from support.waiting import wait_until

NAMES = ("a", "b", "c")
HEALTH = {"every": "200ms"}
BIND2 = "<bind xmlns='urn:xmpp:bind:0'><enable xmlns='urn:xmpp:sm:3' resume='true'/></bind>"


def backends_at(servers, **keys):
    """These as backends called a, b, c."""
    return [backend(name, server.address, **keys) for name, server in zip(NAMES, servers)]


def reconfigure(gate, domain, backends):
    """The pool has these from now on."""
    gate.configure({domain: backends}, pool={"balance": "round-robin"}, health=HEALTH)
    gate.say("reload")
    for each in backends:
        gate.wait_for_health(each["name"], "up")


def routes(gate):
    """How each login was routed that the proxy chose a backend for by its user, and where to. The log tells it a little
    after the client has its answer. What comes before the features are known is routed by domain and left out."""
    routed = gate.ask("status")["routed"]
    users = sum(routed.values()) - routed["domain"]

    def told():
        return [(event["route"], event["backend"]) for event in gate.events("session_routed")
                if event["route"] != "domain"]

    wait_until(lambda: len(told()) >= users, "all routes are logged")
    return told()


class Guest:
    """Asks for the session behind a login, as clients of classic SASL do. `session` is the RawSession of now, `sm_id`
    the id that the proxy has given."""

    def __init__(self, new_session, user, domain):
        self._new_session, self._user, self._domain = new_session, user, domain

    def come(self, gate, resource=""):
        """A session that can be resumed."""
        self.session = self._new_session(gate, DIRECT)
        self.session.log_in(self._user, self._domain, resource)
        self.sm_id = self.session.enable_resumption()
        return self

    def cut(self, reset=False):
        self.session.wire.cut(reset)

    def ask(self, gate, sm_id=None):
        """Comes back, for this session or its own. Returns what it hears: <resumed/> or <failed/>."""
        request = self._resume(gate, sm_id)
        self.session.authenticate(self._user, self._domain)
        self.session.wire.send(request.encode())
        return self.session.next_element()

    def come_back(self, gate):
        """Its session goes on; the id is the one that it has, for clients compare."""
        answer = self.ask(gate)
        assert answer.tag == SM + "resumed", answer.tag
        assert answer.get("previd") == self.sm_id
        self.session.ping()

    def _resume(self, gate, sm_id):
        """The request of the next session, which goes on with counting."""
        before, self.session = self.session, self._new_session(gate, DIRECT)
        self.session.handled = before.handled
        return f"<resume xmlns='urn:xmpp:sm:3' previd='{sm_id or self.sm_id}' h='{before.handled}'/>"


class InlineGuest(Guest):
    """The same inside a login by SASL2 with Bind 2."""

    def come(self, gate):
        self.session = self._new_session(gate, DIRECT)
        success = self.session.log_in_inline(self._user, self._domain, BIND2)
        self.sm_id = self.session.enabled_in(success)
        return self

    def ask(self, gate, sm_id=None):
        request = self._resume(gate, sm_id)
        success = self.session.log_in_inline(self._user, self._domain, request + BIND2)
        answers = [each for each in success if each.tag in (SM + "resumed", SM + "failed")]
        assert len(answers) == 1, list(success)
        return answers[0]


def is_not_known(answer):
    """Is this the refusal that only says that the session is not there? Its server alone knows more (h)."""
    return (answer.tag == SM + "failed" and answer.get("h") is None and
            answer.find("{urn:ietf:params:xml:ns:xmpp-stanzas}item-not-found") is not None)
