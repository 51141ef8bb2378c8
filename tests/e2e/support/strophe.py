"""The client on libstrophe (tests/e2e/clients) as a child process: a messenger of another family than slixmpp, written
in C, with SASL, TLS and stream management of its own."""

import os
import subprocess
import xml.etree.ElementTree as ElementTree
from pathlib import Path

from support.addresses import C2S, C2S_TLS
from support.client import DIRECT
from support.process import Process
from support.strict_xml import CLIENT
from support.waiting import PATIENCE, wait_until

_ROOT = Path(__file__).parents[3]
_BINARIES = Path(os.environ.get("LOAD_BIN_DIR") or _ROOT / "build/release/bin").resolve()


def strophe_binary():
    """STROPHE_CLIENT_BIN, or what stands beside the load programs."""
    return Path(os.environ.get("STROPHE_CLIENT_BIN") or _BINARIES / "strophe_client").resolve()


class StropheClient:
    """One user. What comes is kept in order; `take` finds it as a Messenger does."""

    def __init__(self, directory, jid, password, address, transport, authority):
        Path(directory).mkdir(parents=True, exist_ok=True)
        self._process = Process(
            "strophe", [strophe_binary(), jid, address, C2S_TLS if transport == DIRECT else C2S, transport, authority],
            directory, stdin=subprocess.PIPE)
        self._tell(password)
        self._lines = 0  # of its output that were read
        self._arrived = []
        self.bare = jid
        self.jid = None  # while connected, the full JID

    def connect(self):
        """Logs in; after a cut the session goes on (XEP-0198) if the server lets it."""
        self._tell("connect")
        self.jid = self._wait_for("online")

    def resume(self):
        """Connects again; the session goes on, or this fails."""
        jid = self.jid
        self.connect()
        assert self.jid == jid, "it is a new session"

    def cut(self):
        """The connection is gone, as on a train."""
        self._tell("cut")
        self._wait_for("offline")

    def say(self, stanza):
        self._tell(f"send {stanza}")

    def ask(self, kind, payload, to=None, number=iter(range(1, 1_000_000))):
        """An IQ request; its answer, as XML."""
        request = f"ask{next(number)}"
        address = f" to='{to}'" if to else ""
        self.say(f"<iq type='{kind}' id='{request}'{address}>{payload}</iq>")
        return self.take("iq", id=request)

    def take(self, kind, **attributes):
        """Waits for the first stanza of that kind that came with these attributes, which may be None for none
        (`sender` is `from`); it is not found again."""
        wanted = {"from" if name == "sender" else name: value for name, value in attributes.items()}

        def find():
            self._read()
            for stanza in self._arrived:
                if stanza.tag == CLIENT + kind and all(stanza.get(n) == v for n, v in wanted.items()):
                    self._arrived.remove(stanza)
                    return [stanza]
            return None

        return wait_until(find, f"{kind} with {wanted}")[0]

    def log_out(self):
        if self._process.is_running:
            self._tell("quit")
            assert self._process.wait() == 0, "libstrophe's client failed"

    def _wait_for(self, event):
        self._event = None

        def has_come():
            self._read()
            return self._event

        kind, rest = wait_until(has_come, event, PATIENCE)
        assert kind == event, (kind, rest)
        return rest

    def _read(self):
        lines = self._process.log().split("\n")[:-1]
        for line in lines[self._lines:]:
            kind, _, rest = line.partition(" ")
            if kind == "stanza":
                stanza = ElementTree.fromstring(f"<stream xmlns='jabber:client'>{rest}</stream>")[0]
                self._arrived.append(stanza)
            else:
                self._event = kind, rest
        self._lines = len(lines)

    def _tell(self, line):
        self._process.write(line + "\n")
