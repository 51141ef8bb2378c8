"""The clients of a web listener, each in a process of its own: those of clients/web, which pages are made of, in node
without a browser, and Smack of clients/smack in Java."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from support.addresses import WEB
from support.process import Process
from support.waiting import PATIENCE, wait_until

CLIENTS = Path(__file__).parents[1] / "clients"
STROPHE, STANZA, XMPP, SMACK = "strophe", "stanza", "xmpp", "smack"
_NO_TOOLS = 77


def _installed(folder):
    """What the installer of that folder prints: where its client is. Skips the test where there are no tools for it."""
    done = subprocess.run([CLIENTS / folder / "install"], capture_output=True, text=True, timeout=300)
    if done.returncode == _NO_TOOLS:
        pytest.skip(done.stderr.strip())
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def installed_packages():
    """The folder whose node_modules has the packages that the scripts import. Skips the test where there is no npm."""
    return Path(_installed("web"))


def scripts_beside_packages(folder):
    """node looks for packages beside the script that imports them: the scripts in `folder`, with what they import."""
    (folder / "node_modules").symlink_to(installed_packages() / "node_modules")
    for script in (CLIENTS / "web").glob("*.mjs"):
        shutil.copy(script, folder)
    return folder


def in_node(scripts):
    """A way to start the client `kind` in a directory, with the domain's address and whom it trusts."""
    def start(kind, directory, domain, address, authority):
        return Process(kind, ["node", scripts / f"{kind}.mjs", f"{domain}={address}"], directory,
                       dict(os.environ, NODE_EXTRA_CA_CERTS=str(authority)), stdin=subprocess.PIPE)

    return start


def in_java():
    """The same for Smack. Skips the test where there is no JDK."""
    class_path = _installed("smack")

    def start(kind, directory, domain, address, authority):
        hosts, trusted = directory / "hosts", directory / "trusted.p12"
        hosts.write_text(f"{address} {domain}\n")
        subprocess.run(["keytool", "-importcert", "-noprompt", "-storetype", "PKCS12", "-storepass", "changeit",
                        "-file", authority, "-keystore", trusted], check=True, capture_output=True)
        return Process(kind, ["java", "-cp", class_path, f"-Djdk.net.hosts.file={hosts}",
                              f"-Djavax.net.ssl.trustStore={trusted}", "-Djavax.net.ssl.trustStorePassword=changeit", "SmackClient"],
                       directory, stdin=subprocess.PIPE)

    return start


def _has(event, facts):
    return all(event.get(name) == value for name, value in facts.items())


class WebClient:
    """One user of the library `kind`, whose host `domain` leads to `address`."""

    def __init__(self, directory, start, kind, domain, address, authority):
        directory.mkdir(parents=True)
        self._domain = domain
        self._process = start(kind, directory, domain, address, authority)
        self._taken = 0  # lines of its output
        self._events = []
        self.jid = None

    def connect(self, user, password, path="/xmpp-websocket"):
        """Logs in. A client that was cut goes on with its session, if it can. True: it has."""
        self._tell("connect", jid=f"{user}@{self._domain}", password=password, service=self._url(path))
        return self._online()

    def restore(self, user, name, value, path="/http-bind"):
        """As a page that was loaded anew does: goes on with what its tab has kept."""
        self._tell("restore", jid=f"{user}@{self._domain}", service=self._url(path), name=name, value=value)
        assert self._online()

    def say(self, to, body):
        self._tell("say", to=to, body=body)

    def next_body(self):
        return self.take("message")["body"]

    def pause(self, seconds):
        """Sends nothing for so long (BOSH)."""
        self._tell("pause", seconds=seconds)
        assert self.take("paused")["status"] == 200

    def close(self):
        self._tell("close")

    def take(self, event, **facts):
        """The first event of that name with these facts; it is not found again."""
        def find():
            self._read()
            for found in self._events:
                assert found["event"] != "failed", found
                if found["event"] == event and _has(found, facts):
                    self._events.remove(found)
                    return found
            assert self._process.is_running, self._process.log()[-4000:]
            return None

        return wait_until(find, f"{event} {facts} in {self._process.log_path}", PATIENCE)

    def leftover(self, event, **facts):
        """The events of that name with these facts that were not taken."""
        self._read()
        return [each for each in self._events if each["event"] == event and _has(each, facts)]

    def kept(self, name):
        """What its tab keeps under this name for a page that is loaded anew."""
        return self.leftover("kept", name=name)[-1]["value"]

    def kill(self):
        """Its page is gone, and says nothing to anybody."""
        self._process.kill()

    def end(self):
        self.kill()

    def _online(self):
        online = self.take("online")
        self.jid = online["jid"]
        return online["resumed"]

    def _url(self, path):
        scheme = "wss" if "websocket" in path else "https"
        return f"{scheme}://{self._domain}:{WEB}{path}"

    def _read(self):
        lines = self._process.log().split("\n")[:-1]
        for line in lines[self._taken:]:
            if line.startswith('{"event"'):
                self._events.append(json.loads(line))
        self._taken = len(lines)

    def _tell(self, deed, **words):
        self._process.write(json.dumps({"deed": deed, **words}) + "\n")
