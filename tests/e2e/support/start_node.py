"""The bundled server as a real process: several nodes of one cluster, each on an address of its own."""

import os
import subprocess
from pathlib import Path

from support.accounts import PASSWORDS
from support.addresses import C2S, free_address
from support.known_secrets import found_in
from support.process import Process
from support.start_stanzagate import backend, tested_binary
from support.waiting import PATIENCE

DOMAIN = "prosody.test"  # of the shared certificates; no Prosody serves it where nodes do


def node_binary():
    """STANZANODE_BIN, or what stands beside the stanzagate under test."""
    return Path(os.environ.get("STANZANODE_BIN") or tested_binary().parent / "stanzanode").resolve()


class StanzanodeCluster:
    """A running stanzanode with `count` nodes that serve `domains`; everybody of `people`, names with passwords,
    has an account. They are called n1 and so on, or from `first` on; further processes on a store need no
    `accounts`."""

    def __init__(self, directory, domains, count=2, proxy="required", limits=None,
                 store="sqlite:state.db", first=1, accounts=True, people=PASSWORDS):
        self.directory = Path(directory)
        self.directory.mkdir(parents=True, exist_ok=True)
        self.addresses = [free_address() for _ in range(count)]
        self.domains = domains
        self.names = [f"n{first + i}" for i in range(count)]
        self.config = self.directory / "stanzanode.toml"
        self.config.write_text(self._toml(proxy, limits or {}, store))
        for domain in domains if accounts else ():
            for name, password in people.items():
                self.say("user", "add", self.config, f"{name}@{domain}", line=password)
        self.process = None
        self.start()

    def start(self):
        self.process = Process("stanzanode", [node_binary(), "run", self.config], self.directory)
        for address in self.addresses:
            self.process.wait_for_listener(address, C2S)

    def say(self, *words, line="", status=0):
        """What this command printed."""
        done = subprocess.run([node_binary(), *map(str, words)], input=line + "\n", capture_output=True,
                              text=True, timeout=PATIENCE * 4)
        assert done.returncode == status, (words[:2], done.returncode, done.stdout, done.stderr)
        return done.stdout + done.stderr

    def backends(self, **keys):
        """The nodes as backends of a stanzagate."""
        return [backend(name, address, proxy="v2", **keys) for name, address in zip(self.names, self.addresses)]

    def log(self):
        return self.process.log()

    def end(self):
        status = self.process.end()
        assert status == 0, f"exit status {status}:\n{self.log()[-4000:]}"
        assert not found_in(self.log()), f"the log shows secrets: {found_in(self.log())}"

    def _toml(self, proxy, limits, store):
        lines = ["version = 1"]
        for name, address in zip(self.names, self.addresses):
            names = ", ".join(f'"{domain}"' for domain in self.domains)
            lines += ["[[node]]", f'name = "{name}"', f'listen = "{address}:{C2S}"', f"domains = [{names}]",
                      f'proxy = "{proxy}"']
        lines += ["[store]", f'url = "{store}"', "[limits]"]
        lines += [f'{key} = "{value}"' for key, value in limits.items()]
        return "\n".join(lines) + "\n"
