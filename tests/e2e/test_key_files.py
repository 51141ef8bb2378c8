"""Files of keys that proxies share, [tls] ticket_keys and [resumption] keys. What is wrong with one is said by `check`,
at a start and at a reload, with the file and what to do; a running process goes on with the keys that it had. Rotated
as README says, they cost nobody a session."""

import shutil
import subprocess

import pytest

from support import start_stanzagate
from support.coming_back import is_not_known, routes
from support.key_files import new_key, write_keys
from support.start_stanzagate import backend
from support.waiting import PATIENCE, wait_until

from conftest import DOMAIN

KEYS = {"tls": "ticket_keys", "resumption": "keys"}
HOW_TO_MAKE = "a key is made by: openssl rand 80 | openssl base64 -A"
MISTAKES = {
    "missing": (lambda file: file.unlink(), ["there is no file", "paths are relative to the folder of this file"]),
    "a folder": (lambda file: (file.unlink(), file.mkdir()), ["is no file that this user may read"]),
    "empty": (lambda file: write_keys(file), ["holds no key", HOW_TO_MAKE]),
    "short": (lambda file: write_keys(file, new_key()[:-4]), ["line 1 is not 80 bytes in base64", HOW_TO_MAKE]),
    "one twice": (lambda file: write_keys(file, *[new_key()] * 2), ["holds the same key twice"]),
    "too many": (lambda file: write_keys(file, *[new_key() for _ in range(17)]), ["drop the oldest"]),
    "no text": (lambda file: file.write_bytes(bytes(48)), ["not a multiple of 80 bytes", HOW_TO_MAKE]),
}


def command(gate, *words):
    """Status of a command for a configuration as this gate has it, and what it said."""
    config = gate.directory / "other.toml"
    config.write_text(gate._config.read_text().replace("admin.sock", "other.sock"))
    done = subprocess.run([start_stanzagate.tested_binary(), *words, config], capture_output=True, text=True,
                          timeout=PATIENCE * 2)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("section", KEYS)
@pytest.mark.parametrize("mistake", MISTAKES)
def test_wrong_keys_are_refused_and_the_old_ones_count(mistake, section, prosodys, gate_before, new_guest, key_file):
    make, words = MISTAKES[mistake]
    good = key_file.read_text().strip()
    gate = gate_before(prosodys, **{section: {KEYS[section]: str(key_file)}})
    guest = new_guest("romeo").come(gate)

    make(key_file)

    told = " ".join(gate.say("reload", status=1).split())
    for status, said in ((1, told), command(gate, "check"), command(gate, "run")):
        assert status == 1
        assert [each for each in [key_file.name, *words] if each not in said] == [], said
        assert good not in said
    assert key_file.name in gate.ask("status")["reload_problem"]
    guest.cut()
    guest.come_back(gate)

    if key_file.is_dir():
        key_file.rmdir()
    write_keys(key_file, good)
    wait_until(lambda: gate.ask("status")["reload_problem"] is None, "the repaired file is read by itself")
    guest.cut()
    guest.come_back(gate)


@pytest.mark.parametrize("section", KEYS)
def test_keys_that_every_user_may_read_are_refused(section, prosodys, gate_before, key_file):
    gate = gate_before(prosodys, **{section: {KEYS[section]: str(key_file)}})
    assert command(gate, "check")[0] == 0

    key_file.chmod(0o604)

    told = gate.say("reload", status=1)
    for status, said in ((1, told), command(gate, "check"), command(gate, "run")):
        assert status == 1
        assert f'every user may read the keys "{key_file}"' in " ".join(said.split()) and "chmod o-r" in said
    key_file.chmod(0o600)
    wait_until(lambda: gate.ask("status")["reload_problem"] is None, "the repaired file is read by itself")


def test_a_private_key_that_every_user_may_read_is_refused(start_gate, certificates, tmp_path):
    """Its domain keeps the certificate that it had, but nothing is started with it."""
    mine = shutil.copytree(certificates, tmp_path / "certificates")
    gate = start_gate({DOMAIN: [backend("a", "127.0.0.1")]}, certificates=mine)
    key = mine / DOMAIN / "privkey.pem"

    key.chmod(0o644)

    told = gate.first_event("certificate_kept")
    assert "can be read by every user of this machine; chmod o-r it" in told["why"]
    for verb in ("check", "run"):
        status, said = command(gate, verb)
        assert status == 1
        assert f'every user may read the private key "{key}"' in " ".join(said.split()) and "chmod o-r" in said


def test_rotated_keys_know_the_sessions_of_before(prosodys, gate_before, new_guest, key_file):
    """The last line but one makes tags, all are accepted; what was made with a line that is gone is no tag."""
    keys = [key_file.read_text().strip(), new_key(), new_key(), new_key()]
    gate = gate_before(prosodys, resumption={"keys": str(key_file)})

    def rotate_to(*lines):
        write_keys(key_file, *lines)
        gate.say("reload")

    def come_back(guest):
        guest.cut()
        guest.come_back(gate)

    first = new_guest("romeo").come(gate)
    rotate_to(keys[0], keys[1])
    come_back(first)
    rotate_to(*keys[:3])
    second = new_guest("juliet").come(gate)
    come_back(first)

    rotate_to(*keys[1:3])
    come_back(second)
    first.cut()
    assert is_not_known(first.ask(gate)), "its server was asked for a session that it never had"
    assert routes(gate)[-1][0] == "remembered"

    rotate_to(*keys[2:])
    second.cut()
    assert is_not_known(second.ask(gate))
