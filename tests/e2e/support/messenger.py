"""A slixmpp client with all that people use a messenger for, and what came to it in order, for tests that look at
each stanza."""

import inspect
import threading
import xml.etree.ElementTree as ElementTree

from slixmpp.exceptions import IqError
from slixmpp.xmlstream.handler import Callback
from slixmpp.xmlstream.matcher import MatchXPath

from support.client import Client
from support.strict_xml import CLIENT
from support.waiting import PATIENCE, wait_until

_PLUGINS = ("xep_0030", "xep_0054", "xep_0092", "xep_0191", "xep_0199", "xep_0202", "xep_0280", "xep_0352")
_KINDS = {"message": "Message", "presence": "Presence", "iq": "Iq"}


class Messenger(Client):
    """A Client that answers nothing by itself. `stream` is slixmpp's own; it lives in its loop, see `do`."""

    def __init__(self, loop, authority, presence=None, plugins=()):
        super().__init__(loop, authority)
        self._presence = {} if presence is None else presence
        self._plugins = (*_PLUGINS, *plugins)
        self._arrived = []
        self._lock = threading.Lock()

    @property
    def stream(self):
        return self._stream

    @property
    def jid(self):
        return self._stream.boundjid.full

    @property
    def bare(self):
        return self._stream.boundjid.bare

    def do(self, action, seconds=PATIENCE):
        """Calls action(stream) in the loop, waits for what it has to wait for, returns its outcome."""
        async def run():
            outcome = action(self._stream)
            return await outcome if inspect.isawaitable(outcome) else outcome

        return self._wait(run(), seconds)

    def say(self, stanza):
        """Sends a stanza that is given as XML."""
        xml = ElementTree.fromstring(f"<stream xmlns='jabber:client'>{stanza}</stream>")[0]
        make = _KINDS[xml.tag.removeprefix(CLIENT)]
        self.do(lambda stream: getattr(stream, make)(xml=xml).send())

    def ask(self, kind, payload, to=None):
        """An IQ request by hand; its answer, error or not, as XML."""
        async def send(stream):
            iq = stream.make_iq(ito=to, itype=kind)
            iq.append(ElementTree.fromstring(payload))
            try:
                return await iq.send(timeout=PATIENCE)
            except IqError as error:
                return error.iq

        return self.do(send).xml

    def ping(self):
        """The server's sign of life: all that it has sent before is there then."""
        return self.ask("get", "<ping xmlns='urn:xmpp:ping'/>").get("type") == "result"

    def take(self, kind, **attributes):
        """Waits for the first stanza of that kind that came with these attributes, which may be None for none
        (`sender` is `from`); it is not found again."""
        wanted = {"from" if name == "sender" else name: value for name, value in attributes.items()}

        def find():
            with self._lock:
                for stanza in self._arrived:
                    if stanza.tag == CLIENT + kind and all(stanza.get(n) == v for n, v in wanted.items()):
                        self._arrived.remove(stanza)
                        return [stanza]
            return None

        return wait_until(find, f"{kind} with {wanted}; there is {self.rest()}")[0]

    def rest(self):
        """Name, sender and type of what came and was not taken."""
        with self._lock:
            return [(each.tag.removeprefix(CLIENT), each.get("from"), each.get("type")) for each in self._arrived]

    def leftover(self):
        """After all that the server has for it now: what was not taken."""
        self.ping()
        return self.rest()

    def forget(self):
        """As if all that the server has for it now had been taken."""
        self.ping()
        with self._lock:
            self._arrived.clear()

    def cut(self):
        """The connection is gone, as on a train."""
        self.do(lambda stream: stream.transport.abort())
        self.wait_for_end()

    def resume(self):
        """Connects again as before; the session goes on (XEP-0198), or this fails."""
        async def connect(stream):
            self._gone.clear()
            resumed = stream.loop.create_future()
            stream.add_event_handler("session_resumed", lambda _: resumed.set_result(None), disposable=True)
            stream.begin_again()
            await resumed

        self.do(connect)

    def _prepare(self, stream):
        stream.auto_authorize = None
        stream.auto_subscribe = False
        for name in self._plugins:
            stream.register_plugin(name)
        for kind in _KINDS:
            stream.register_handler(Callback(f"record {kind}", MatchXPath(CLIENT + kind), self._record))

    async def _begin(self, stream):
        await stream.get_roster()
        stream.send_presence(**self._presence)
        await stream["xep_0199"].send_ping(stream.boundjid.host)  # everybody has been told by now

    def _record(self, stanza):
        # Answers to requests are for who has asked.
        if stanza.name == "iq" and stanza["type"] != "set":
            return
        with self._lock:
            self._arrived.append(stanza.xml)
