"""`stanzagate recipe` as written makes Debian's servers serve: a login, a message to oneself, and a resumption."""

import re
import subprocess
from pathlib import Path

import pytest
import yaml

from support import start_stanzagate
from support.accounts import PASSWORDS
from support.addresses import free_address
from support.process import Process
from support.start_ejabberd import Ejabberd
from support.start_stanzagate import backend

from conftest import DOMAIN

ROOT = Path(__file__).parents[2]
OUR_ADDRESS = "ADDRESS_OF_STANZAGATE"

PROSODY = """
run_as_root = true
data_path = "{directory}/data"
pidfile = "{directory}/prosody.pid"
log = {{ info = "*console" }}
interfaces = {{ "{address}" }}
modules_enabled = {{ "roster", "saslauth", "disco", "ping", "smacks", "presence", "message", "iq" }}
modules_disabled = {{ "s2s", "tls" }}
authentication = "internal_plain"
{recipe}
VirtualHost "{domain}"
"""


def recipe(kind, tmp_path, certificates, *settings):
    """The text for one backend at an address of its own, with these lines of TOML; and the address."""
    address = free_address()
    config = tmp_path / "recipe.toml"
    config.write_text("\n".join([
        "version = 1", "[tls]", f'cert_dir = "{certificates}"', "[[listen]]", 'address = "127.0.0.1:5222"',
        f'[domain."{DOMAIN}"]', 'pool = "main"', "[[pool.main.backend]]", f'address = "{address}:15222"', *settings]))
    done = subprocess.run([start_stanzagate.tested_binary(), "recipe", kind, config], check=True, capture_output=True,
                          text=True)
    assert all(len(line) <= 80 for line in done.stdout.splitlines()), done.stdout
    return done.stdout, address


def start_prosody(directory, text, address):
    accounts = directory / "data" / DOMAIN.replace(".", "%2e") / "accounts"
    accounts.mkdir(parents=True)
    for name, password in PASSWORDS.items():
        (accounts / f"{name}.dat").write_text(f'return {{ ["password"] = "{password}"; }};\n')
    config = directory / "prosody.cfg.lua"
    config.write_text(PROSODY.format(directory=directory, address=address, recipe=text, domain=DOMAIN))
    process = Process("prosody", ["prosody", "-F", "--config", config], directory)
    process.wait_for_listener(address, 15222)
    return process


def start_ejabberd(directory, text, address):
    settings = yaml.safe_load(text)
    return Ejabberd(directory, [DOMAIN], address=address, options={
        "listen": settings["listen"],
        "modules": {"mod_roster": {}, "mod_ping": {}, "mod_disco": {}, **settings["modules"]}})


@pytest.mark.parametrize("kind, start, proxy", [("prosody", start_prosody, "off"), ("ejabberd", start_ejabberd, "v2"),
                                                ("ejabberd", start_ejabberd, "v1"), ("ejabberd", start_ejabberd, "off")])
def test_a_server_serves_by_its_recipe(kind, start, proxy, tmp_path, certificates, start_gate, new_guest):
    text, address = recipe(kind, tmp_path, certificates, f'proxy = "{proxy}"')
    assert OUR_ADDRESS not in text
    server = start(tmp_path, text, address)
    try:
        gate = start_gate({DOMAIN: [backend("a", address, 15222, proxy=proxy)]})
        gate.wait_for_health("a", "up")
        guest = new_guest("romeo").come(gate)
        guest.cut()
        guest.come_back(gate)
    finally:
        server.end()


def test_recipes_are_in_the_language_of_their_file(tmp_path, certificates):
    text, _ = recipe("prosody", tmp_path, certificates, 'proxy = "v2"')
    assert OUR_ADDRESS in text  # whose header Prosody believes is for the operator to say
    whole = tmp_path / "whole.lua"
    whole.write_text(text)
    subprocess.run(["luac", "-p", whole] if _has("luac") else ["lua", "-e", f'assert(loadfile("{whole}"))'], check=True)
    text, _ = recipe("ejabberd", tmp_path, certificates, 'tls = "starttls"')
    assert yaml.safe_load(text)["listen"][0]["starttls_required"] is True
    text, address = recipe("mongooseim", tmp_path, certificates, 'proxy = "v2"')
    assert toml_of(text)["listen"]["c2s"][0] == {
        "port": 15222, "ip_address": address, "proxy_protocol": True, "max_stanza_size": 262144, "access": "c2s",
        "shaper": "c2s_shaper"}
    text, _ = recipe("openfire", tmp_path, certificates)
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    assert lines == ["xmpp.client.tls.policy=optional", "sasl.mechs=PLAIN,SCRAM-SHA-1"]


@pytest.mark.parametrize("kind", ["prosody", "ejabberd", "openfire", "mongooseim"])
def test_the_guide_shows_what_the_command_says(kind, tmp_path):
    """Each guide has a configuration and its recipe, and nothing of the configuration is left to be changed."""
    blocks = re.findall(r"^```(\w+)\n(.*?)^```$", (ROOT / "docs" / f"{kind}.md").read_text(), re.MULTILINE | re.DOTALL)
    config = tmp_path / "stanzagate.toml"
    config.write_text(next(text for fence, text in blocks if fence == "toml"))
    done = subprocess.run([start_stanzagate.tested_binary(), "recipe", kind, config], check=True, capture_output=True,
                          text=True)
    assert done.stdout in [text for _, text in blocks], done.stdout
    assert "First in the configuration" not in done.stdout


def test_containers_have_their_recipes():
    """The profiles of docker-compose.yml."""
    def told(kind):
        config = ROOT / "conf/compose" / kind / "stanzagate.toml"
        return subprocess.run([start_stanzagate.tested_binary(), "recipe", kind, config], check=True,
                              capture_output=True, text=True).stdout

    settings = [line.partition("--")[0].strip() for line in told("prosody").splitlines()]
    file = (ROOT / "conf/compose/prosody/prosody.cfg.lua").read_text()
    assert [line for line in settings if line and line not in file] == []
    settings, file = yaml.safe_load(told("ejabberd")), yaml.safe_load((ROOT / "conf/compose/ejabberd/ejabberd.yml").read_text())
    assert file["listen"] == settings["listen"]
    assert settings["modules"].items() <= file["modules"].items()


def _has(program):
    return subprocess.run(["which", program], capture_output=True).returncode == 0


def toml_of(text):
    import tomllib  # noqa: PLC0415 (of Python 3.11)
    return tomllib.loads(text)
