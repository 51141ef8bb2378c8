"""slixmpp clients for tests that read from top to bottom: one event loop in a thread of its own, and
calls that wait with a deadline."""

import asyncio
import inspect
import threading
from pathlib import Path

import slixmpp

from support.accounts import PASSWORDS
from support.addresses import C2S, C2S_TLS
from support.waiting import PATIENCE

STARTTLS = "starttls"
DIRECT = "direct"


class LoginFailed(Exception):
    """The stream ended or the server refused before the session began; the text says how."""


class _Stream(slixmpp.ClientXMPP):
    """slixmpp that connects where it is told: no DNS, SNI of the domain, a source address if given."""

    def __init__(self, jid, password, mechanism, authority, source):
        super().__init__(jid, password, sasl_mech=mechanism)
        self.ca_certs = [Path(authority)]
        self._source = source

    def begin(self, address, is_direct):
        """Connects. slixmpp 1.10 (Debian 13) says in another way than 1.8 where to and how; both come back to us."""
        self._goal, self._is_direct = address, is_direct
        self.begin_again()

    def begin_again(self):
        """Connects to where it was."""
        address, is_direct = self._goal, self._is_direct
        if "use_ssl" in inspect.signature(self.connect).parameters:
            self.connect(address, use_ssl=is_direct)
        else:
            self.connect(*address)

    async def _connect_routine(self):
        self.event_when_connected = "connected"
        self.default_domain = self.boundjid.host
        context = self.get_ssl_context() if self._is_direct else None
        try:
            await self.loop.create_connection(
                lambda: self, *self._goal, ssl=context,
                server_hostname=self.default_domain if context else None,
                local_addr=(self._source, 0) if self._source else None)
        except OSError as error:
            self.end_sending()
            self.event("connection_failed", error)

    _connect_loop = _connect_routine  # as 1.10 calls it

    def end_sending(self):
        """Ends the task that slixmpp leaves waiting for things to send."""
        self._run_out_filters.cancel()


class Client:
    """One user. `log_in` returns when the session has begun; messages that arrive are kept in order."""

    def __init__(self, loop, authority):
        self._loop = loop
        self._authority = authority
        self._stream = None
        self._messages = None
        self.ends = []  # how the stream ended: "stream-error:CONDITION", "disconnected"

    def log_in(self, jid, address, transport, password=None, mechanism=None, source=None, port=None):
        """Over `transport` to `address`; raises LoginFailed with the reason. Returns the full JID."""
        password = password or PASSWORDS[jid.split("@")[0]]
        port = port or (C2S_TLS if transport == DIRECT else C2S)
        return self._wait(self._log_in(jid, (address, port), transport, password, mechanism, source))

    def send(self, to, body):
        self._loop.call_soon_threadsafe(lambda: self._stream.send_message(mto=to, mbody=body, mtype="chat"))

    def next_message(self, seconds=PATIENCE):
        """The body of the next message that is not taken yet."""
        return self._wait(self._messages.get(), seconds)

    def wait_for_end(self, seconds=PATIENCE):
        """Waits until the connection is gone; returns how it ended, in order."""
        self._wait(self._gone.wait(), seconds)
        return self.ends

    @property
    def is_connected(self):
        return not self._gone.is_set()

    def log_out(self):
        """Closes the stream as a client does, with its closing tag; nothing when it is gone already."""
        if self._stream is not None and self.is_connected:
            self._loop.call_soon_threadsafe(self._stream.disconnect)
            self.wait_for_end()

    def _wait(self, coroutine, seconds=PATIENCE):
        future = asyncio.run_coroutine_threadsafe(asyncio.wait_for(coroutine, seconds), self._loop)
        return future.result(seconds + 1)

    async def _log_in(self, jid, address, transport, password, mechanism, source):
        stream = _Stream(jid, password, mechanism, self._authority, source)
        stream.loop = self._loop
        self._stream, self._messages, self._gone = stream, asyncio.Queue(), asyncio.Event()
        begun = self._loop.create_future()

        def settle(outcome):
            if not begun.done():
                begun.set_result(outcome)

        def on_gone(_):
            self.ends.append("disconnected")
            stream.end_sending()
            self._gone.set()
            settle("disconnected")

        def on_stream_error(error):
            self.ends.append(f"stream-error:{error['condition']}")
            settle(self.ends[-1])

        stream.add_event_handler("session_start", lambda _: settle(None))
        stream.add_event_handler("failed_all_auth", lambda _: settle("failed_all_auth"))
        stream.add_event_handler("stream_error", on_stream_error)
        stream.add_event_handler("connection_failed", lambda error: settle(f"connection_failed: {error}"))
        stream.add_event_handler("disconnected", on_gone)
        stream.add_event_handler("message", lambda message: self._messages.put_nowait(message["body"]))
        if transport == DIRECT:
            stream.ssl_context.set_alpn_protocols(["xmpp-client"])
        self._prepare(stream)
        stream.begin(address, transport == DIRECT)
        problem = await begun
        if problem:
            raise LoginFailed(problem)
        await self._begin(stream)
        return stream.boundjid.full

    def _prepare(self, stream):
        """What there is to do with a stream before it connects."""

    async def _begin(self, stream):
        """What a client does when its session has begun."""
        stream.send_presence()


class ClientLoop:
    """The thread that carries every Client of a test run."""

    def __init__(self):
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def client(self, authority, kind=Client, **keys):
        return kind(self._loop, authority, **keys)

    def end(self):
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)

    def _run(self):
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()
