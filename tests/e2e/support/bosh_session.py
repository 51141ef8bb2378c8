"""An XMPP client over BOSH (XEP-0124, XEP-0206) written out request by request, for tests that must see and send each
of them."""

import http.client
import socket
import ssl
import threading
import xml.etree.ElementTree as ElementTree
from queue import Queue

from support.addresses import WEB
from support.raw_session import RawSession
from support.strict_xml import STREAMS
from support.waiting import PATIENCE

BODY = "{http://jabber.org/protocol/httpbind}body"


class Requests:
    """Connections to a web listener, as many as are needed at once."""

    def __init__(self, address, authority, domain, path="/http-bind", fields=None):
        self._address, self._domain, self._path = address, domain, path
        self._context = ssl.create_default_context(cafile=authority)
        self.fields = {"Content-Type": "text/xml; charset=utf-8", **(fields or {})}
        self._idle = []

    def post(self, entity, method="POST"):
        """Status, fields and entity of the answer."""
        connection = self._idle.pop() if self._idle else self._connect()
        connection.request(method, self._path, entity, {"Host": self._domain, **self.fields})
        response = connection.getresponse()
        text = response.read().decode()
        if response.will_close:
            connection.close()
        else:
            self._idle.append(connection)
        return response.status, dict(response.getheaders()), text

    def _connect(self):
        connection = http.client.HTTPSConnection(self._domain, WEB, context=self._context, timeout=PATIENCE * 4)
        connection._create_connection = lambda _, timeout, source: socket.create_connection(
            (self._address, WEB), timeout)
        return connection

    def close(self):
        for connection in self._idle:
            connection.close()


class BoshWire:
    """What RawSession writes goes out as requests, each with the next rid."""

    def __init__(self, requests, rid):
        self.requests, self.rid, self.sid = requests, rid, None
        self.answers = Queue()  # (status, fields, <body/> as text)
        self.open = 0           # requests that have no answer yet, as far as it was taken

    def post(self, attributes="", payload="", rid=None):
        """One request, in a thread of its own; its answer comes to `answers`."""
        if rid is None:
            self.rid += 1
            rid = self.rid
        sid = f" sid='{self.sid}'" if self.sid else ""
        entity = (f"<body rid='{rid}'{sid} xmlns='http://jabber.org/protocol/httpbind' {attributes}>{payload}</body>")

        def run():
            self.answers.put(self.requests.post(entity))

        self.open += 1
        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        return thread

    def send(self, data):
        self.post(payload=data.decode())

    def close(self):
        self.requests.close()


class BoshSession(RawSession):
    """As RawSession, over BOSH of the web listener; a request is always open, as clients have it."""

    def __init__(self, address, authority, rid=1000, **keys):
        self._address, self._authority, self._rid, self._keys = address, authority, rid, keys
        self.behind_sasl = b""
        self.handled = 0
        self._elements = []

    def secure(self, domain):
        self.wire = BoshWire(Requests(self._address, self._authority, domain, **self._keys), self._rid)
        return self

    def open_stream(self, domain):
        if self.wire.sid is None:
            self.wire.post(f"to='{domain}' wait='20' hold='1' ver='1.11' xml:lang='en' xmpp:version='1.0' "
                           "xmlns:xmpp='urn:xmpp:xbosh'")
            self.creation = self.next_body_element()
            self.wire.sid = self.creation.get("sid")
        else:
            self.wire.post(f"to='{domain}' xmpp:restart='true' xmlns:xmpp='urn:xmpp:xbosh'")
        features = self.next_element()
        assert features.tag == STREAMS + "features", features.tag
        return features

    def next_body_element(self):
        """The next <body/>, whose children are kept."""
        status, self.fields, text = self.wire.answers.get(timeout=PATIENCE * 4)
        self.wire.open -= 1
        assert status == 200, (status, text)
        self.entity = text
        body = ElementTree.fromstring(text)
        assert body.tag == BODY, body.tag
        self._elements += list(body)
        return body

    def next_element(self):
        while not self._elements:
            if self.wire.open == 0:
                self.wire.post()
            body = self.next_body_element()
            assert body.get("type") != "terminate" or self._elements, self.entity
        return self._elements.pop(0)

    def terminate(self):
        """Ends the session; the condition of the answer, which is None when all is well."""
        self.wire.post("type='terminate'")
        while True:
            body = self.next_body_element()
            if body.get("type") == "terminate":
                return body.get("condition")
