"""An XMPP client written out on a Wire, for tests that must see and send each element themselves."""

import base64
import xml.etree.ElementTree as ElementTree

from support.accounts import PASSWORDS
from support.addresses import C2S, C2S_TLS
from support.client import DIRECT
from support.known_secrets import remember
from support.strict_xml import BIND, CLIENT, SASL, SASL2, SM, STREAMS, TLS
from support.wire import Wire


def header(domain, user=None):
    """It names the user, if there is one."""
    name = f" from='{user}@{domain}'" if user else ""
    return (f"<?xml version='1.0'?><stream:stream to='{domain}'{name} version='1.0' xmlns='jabber:client' "
            "xmlns:stream='http://etherx.jabber.org/streams'>").encode()


STARTTLS_REQUEST = b"<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"


def _plain(user, password=None):
    """The initial response of SASL PLAIN."""
    return remember(base64.b64encode(f"\0{user}\0{password or PASSWORDS[user]}".encode()).decode())


class RawSession:
    """A Wire that knows where it stands in the stream. `wire` is open to the tests."""

    def __init__(self, address, transport, authority, source=None, receive_buffer=None):
        self._transport = transport
        self._authority = authority
        self.behind_sasl = b""  # is sent behind each SASL element
        self.wire = Wire(address, C2S_TLS if transport == DIRECT else C2S, source, receive_buffer)
        self.handled = 0  # stanzas received since <enabled/>, modulo nothing: tests are short

    def secure(self, domain, **tls):
        """Until TLS stands; `tls` as Wire.secure takes it."""
        if self._transport != DIRECT:
            self.open_stream(domain)
            self.wire.send(STARTTLS_REQUEST)
            assert self.next_element().tag == TLS + "proceed"
        self.wire.secure(self._authority, sni=domain,
                         alpn=["xmpp-client"] if self._transport == DIRECT else (), **tls)
        return self

    def open_stream(self, domain, user=None):
        """Sends a header; returns the features that come back."""
        self.wire.forget()
        self._parser = ElementTree.XMLPullParser(("start", "end"))
        self._depth = 0
        self.wire.send(header(domain, user))
        features = self.next_element()
        assert features.tag == STREAMS + "features", features.tag
        return features

    def authenticate(self, user, domain, password=None):
        """TLS, a stream, SASL PLAIN and the stream after it; returns its features."""
        self.secure(domain)
        self.open_stream(domain)
        self.wire.send(f"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>"
                       f"{_plain(user, password)}</auth>".encode() + self.behind_sasl)
        answer = self.next_element()
        assert answer.tag == SASL + "success", ElementTree.tostring(answer)
        return self.open_stream(domain)

    def log_in_inline(self, user, domain, inline=""):
        """TLS, a stream and SASL2 PLAIN with these elements inside (XEP-0388, XEP-0386); returns <success/>. The
        header names the user, or ejabberd would not offer it."""
        self.secure(domain)
        self.open_stream(domain, user)
        self.wire.send(f"<authenticate xmlns='urn:xmpp:sasl:2' mechanism='PLAIN'><initial-response>{_plain(user)}"
                       f"</initial-response>{inline}</authenticate>".encode())
        answer = self.next_element()
        assert answer.tag == SASL2 + "success", ElementTree.tostring(answer)
        return answer

    def log_in(self, user, domain, resource=""):
        """Until the session is bound, to this resource or one of the server's choice; returns the full JID."""
        self.authenticate(user, domain)
        wanted = f"<resource>{resource}</resource>" if resource else ""
        self.wire.send(f"<iq type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>{wanted}</bind>"
                       "</iq>".encode())
        return self.next_stanza().find(f".//{BIND}jid").text

    def enable_resumption(self):
        """XEP-0198 with resumption; returns the id."""
        self.wire.send(b"<enable xmlns='urn:xmpp:sm:3' resume='true'/>")
        return self.enabled_in(self.next_element())

    def enabled_in(self, answer):
        """The id that <enabled/>, which this is or has inside, gives."""
        enabled = answer if answer.tag == SM + "enabled" else answer.find(f".//{SM}enabled")
        assert enabled is not None and enabled.get("resume") in ("true", "1"), ElementTree.tostring(answer)
        self.handled = 0
        return remember(enabled.get("id"))

    def resume(self, previous_id, handled):
        """Asks to go on with a stream; returns how many of our stanzas the server has handled."""
        self.wire.send(f"<resume xmlns='urn:xmpp:sm:3' previd='{previous_id}' h='{handled}'/>".encode())
        resumed = self.next_element()
        assert resumed.tag == SM + "resumed", ElementTree.tostring(resumed)
        return int(resumed.get("h"))

    def send_message(self, to, body):
        self.wire.send(f"<message to='{to}' type='chat'><body>{body}</body></message>".encode())

    def ping(self):
        """Asks the server for a sign of life and waits for it; returns the bodies that came before it."""
        bodies = []
        self.wire.send(b"<iq type='get' id='ping'><ping xmlns='urn:xmpp:ping'/></iq>")
        while True:
            stanza = self.next_stanza()
            if stanza.get("id") == "ping":
                return bodies
            bodies.append(stanza.findtext(CLIENT + "body"))

    def next_element(self):
        """The next first-level element."""
        while True:
            for event, element in self._parser.read_events():
                self._depth += 1 if event == "start" else -1
                if event == "end" and self._depth == 1:
                    return element
            data = self.wire.receive_some()
            assert data, f"the connection ended: {bytes(self.wire.received[-2000:])!r}"
            self._parser.feed(data)

    def next_stanza(self):
        """The next message, presence or iq; each is counted, acknowledgement requests are answered."""
        while True:
            element = self.next_element()
            if element.tag == SM + "r":
                self.wire.send(f"<a xmlns='urn:xmpp:sm:3' h='{self.handled}'/>".encode())
            elif element.tag.startswith(CLIENT):
                self.handled += 1
                return element

    def next_body(self):
        """The body of the next message that has one."""
        while True:
            body = self.next_stanza().findtext(CLIENT + "body")
            if body is not None:
                return body
