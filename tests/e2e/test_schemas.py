"""What each command answers with --json is what its schema in docs/schemas says, in every state of the process."""

import json
import re
import shutil
import subprocess
import urllib.request

import pytest
from jsonschema import Draft202012Validator

from support import start_stanzagate
from support.addresses import C2S, C2S_TLS, free_address
from support.client import DIRECT
from support.parking_server import ParkingCluster
from support.schemas import assert_fits, read_schema, schema_names
from support.start_dnsmasq import NameServer, host, srv
from support.start_stanzagate import backend
from support.successors import Successors
from support.waiting import PATIENCE, wait_until

from conftest import DOMAIN

JULIET = f"juliet@{DOMAIN}"
HEALTH = {"every": "100ms", "fall": 1, "rise": 1, "slow_start": "0s"}
# Those that an option brings.
OPTIONAL = {("check", "live"), ("drain", "sessions_left"), ("drain", "waited_ms")}
HTTP = 9090


def helped(*words):
    return subprocess.run([start_stanzagate.tested_binary(), "help", *words], check=True, capture_output=True, text=True).stdout


def verbs_with_json():
    """Each with what `help` says that it needs."""
    verbs = re.findall(r"^  ([a-z]+)((?: \[?[A-Z/@]+\]?)*)  ", helped(), re.MULTILINE)
    return {verb: arguments.split() for verb, arguments in verbs if "--json" in helped(verb)}


def call(*words):
    """Answer of a call that talks to no process, and its status."""
    done = subprocess.run([start_stanzagate.tested_binary(), *map(str, words), "--json"], capture_output=True, text=True,
                          timeout=PATIENCE)
    return json.loads(done.stdout), done.returncode


def ask(gate, *words, status=0):
    """Answer of the running process, which fits the schema of this verb, or that of a refusal."""
    answer = gate.ask(*words, status=status)
    return assert_fits("error" if "error" in answer else words[0], answer)


def ask_all(gate):
    """What an operator looks at."""
    for words in ("status", "backends", "backends pool0", "sessions", f"sessions --jid {JULIET}", "certs", "drift",
                  f"explain {JULIET}", "explain juliet@nowhere.test"):
        ask(gate, *words.split())


@pytest.fixture
def cluster():
    servers = ParkingCluster(DOMAIN, ["a", "b"])
    yield servers
    servers.end()


@pytest.fixture
def start_before(cluster, start_gate):
    def start(**sections):
        gate = start_gate({DOMAIN: [backend(name, server.address) for name, server in cluster.servers.items()]},
                          health=HEALTH, **sections)
        for name in cluster.servers:
            gate.wait_for_health(name, "up")
        gate.wait_for_offers(DOMAIN)
        return gate

    return start


@pytest.fixture
def name_server(tmp_path):
    running = NameServer(tmp_path / "dns", [srv(f"_xmpp-client._tcp.{DOMAIN}", "a.test", C2S), host("a.test", "127.0.0.1")])
    yield running
    running.end()


def test_every_verb_has_its_schema():
    wanted = {*verbs_with_json(), "error"}
    without = sorted(wanted - set(schema_names()))
    assert not without, f"write docs/schemas/VERB.json, and a test of real answers here, for: {', '.join(without)}"
    assert set(schema_names()) == wanted, "a schema is of no verb"


@pytest.mark.parametrize("name", schema_names())
def test_no_field_can_be_forgotten(name):
    """Objects have the members that are described, all of them, and no others."""
    def objects(part):
        if isinstance(part, dict):
            yield from [part] if part.get("type") == "object" else []
            for inner in part.values():
                yield from objects(inner)

    schema = read_schema(name)
    Draft202012Validator.check_schema(schema)
    for each in objects(schema):
        assert each["additionalProperties"] is False, each
        wanted = [member for member in each["properties"] if member in each["required"] or (name, member) not in OPTIONAL]
        assert each["required"] == wanted, each


def test_a_wrong_call_is_told_by_each_verb():
    for verb, arguments in verbs_with_json().items():
        answer, status = call(verb, *arguments, "--nonsense")
        assert status == 2 and "--nonsense" in assert_fits("error", answer)["error"]


def test_at_rest_with_a_session_and_when_it_can_be_resumed(cluster, start_before, new_session):
    http = f"{free_address()}:{HTTP}"
    gate = start_before(admin={"http": http})
    ask_all(gate)

    session = new_session(gate, DIRECT)
    session.authenticate("juliet", DOMAIN)
    session.enable_resumption()
    assert ask(gate, "explain", JULIET)["session"]["is_live"]
    assert ask(gate, "sessions")["sessions"][0]["is_resumable"]
    ask_all(gate)
    with urllib.request.urlopen(f"http://{http}/status.json", timeout=PATIENCE) as page:
        assert_fits("status", json.load(page))

    session.wire.cut(reset=True)
    wait_until(lambda: ask(gate, "explain", JULIET)["session"]["resumable_seconds"], "the session can be resumed")
    home = ask(gate, "explain", JULIET)["session"]["backend"]
    cluster.servers[home].die()
    gate.wait_for_health(home, "down")
    assert ask(gate, "explain", JULIET)["resume"] == "refused"
    ask_all(gate)


def test_of_changes(start_before, new_session, tmp_path):
    (tmp_path / "state").mkdir()
    gate = start_before(admin={"state": str(tmp_path / "state/live")})
    new_session(gate, DIRECT).authenticate("juliet", DOMAIN)
    home = "pool0/" + ask(gate, "sessions")["sessions"][0]["backend"]
    assert ask(gate, "drain", home, "--wait", "100ms", status=1)["sessions_left"] == 1
    assert ask(gate, "maintenance", home, "--over", "1s", "--wait", "1m")["sessions_left"] == 0
    assert ask(gate, "ready", home)["undo"]
    assert ask(gate, "weight", "pool0/a", 100)["undo"] is None
    for words in ("weight pool0/a 0", "drain pool0/b", "drain pool0/b", "maintenance pool0/b --over 1h", "ready pool0/b",
                  "maintenance pool0/b", "weight pool0/a 7"):
        ask(gate, *words.split())
        ask_all(gate)
    assert len(ask(gate, "drift")["live"]) == 2
    ask(gate, "drift", "--state", status=2)
    saving = ask(gate, "save", gate._config)
    assert saving["saved"] and saving["left"]

    new_session(gate, DIRECT).authenticate("juliet", DOMAIN)
    assert ask(gate, "kick", "--jid", JULIET)["ended"] >= 1
    for words in ("kick nobody", "weight pool0/c 1", "drain pool1/a", "backends pool1"):
        assert "error" in ask(gate, *words.split(), status=1)


def test_of_reloads(start_before, certificates, authority):
    gate = start_before()
    folder = gate.directory / "certificates"
    shutil.copytree(certificates, folder)
    good = gate._config.read_text().replace(str(certificates), str(folder))
    gate._config.write_text(good)
    ask(gate, "reload")
    assert ask(gate, "reload")["earlier"]

    authority.issue(folder / DOMAIN, DOMAIN)
    authority.issue(folder / "new.test", "new.test")
    gate._config.write_text(good.replace("threads = 2", "threads = 1"))
    reloaded = ask(gate, "reload")
    assert reloaded["is_applied"] and reloaded["needs_restart"]
    (folder / DOMAIN / "fullchain.pem").write_text("nothing")
    assert "kept" in [each["change"] for each in ask(gate, "reload")["certificates"]]
    ask_all(gate)
    gate._config.write_text(good.replace("threads = 2", "threats = 2"))
    assert not ask(gate, "reload", status=1)["is_applied"]
    assert ask(gate, "drift")["refusal"] and ask(gate, "status")["reload_problem"]
    ask_all(gate)


def test_of_an_upgrade(start_before, new_session):
    gate = start_before()
    new_session(gate, DIRECT).authenticate("juliet", DOMAIN)
    successors = Successors()
    try:
        assert_fits("upgrade", successors.upgrade(gate))
        wait_until(lambda: ask(gate, "status")["old_processes"], "the old process is shown")
    finally:
        successors.end()


def test_of_backends_by_dns(start_gate, name_server):
    gate = start_gate({DOMAIN: [{"srv": f"_xmpp-client._tcp.{DOMAIN}"}, {"srv": "_xmpp-client._tcp.nowhere.test"}]},
                      dns={"servers": [name_server.address]}, pool={"login_rate": 5})
    wait_until(lambda: ask(gate, "status")["pools"][0]["backends"], "the record is a backend")
    services = ask(gate, "backends")["pools"][0]["services"]
    assert sorted(each["records"] for each in services) == [0, 1]
    name = ask(gate, "backends")["pools"][0]["backends"][0]["name"]
    ask(gate, "weight", f"pool0/{name}", 3)
    assert ask(gate, "drift")["live"][0]["is_from_dns"]
    assert ask(gate, "save", gate._config)["left"]


def test_of_files(start_before, name_server, tmp_path):
    gate = start_before(dns={"servers": [name_server.address]}, web={})
    good = gate._config
    for words in (("check", good), ("check", good, "--live"), ("version",),
                  *(("recipe", kind, good) for kind in ("prosody", "ejabberd", "openfire", "mongooseim"))):
        answer, status = call(*words)
        assert status == 0 and assert_fits(words[0], answer)
        assert ("live" in answer) == ("--live" in words)
    answer, status = call("dns", good)
    assert status == 1 and {each["state"] for each in assert_fits("dns", answer)["domains"][0]["findings"]} > {"missing"}

    bad = tmp_path / "bad.toml"
    bad.write_text(good.read_text() + '[limits]\nsesions = 1\n')
    answer, status = call("check", bad)
    assert status == 1 and assert_fits("check", answer)["errors"]
    bad.write_text("version =")
    assert_fits("check", call("check", bad)[0])
    assert_fits("error", call("recipe", "qmail", good)[0])
    assert_fits("error", call("dns", tmp_path / "none")[0])
    assert_fits("error", call("save", tmp_path / "none", "--socket", tmp_path / "none")[0])
    for verb in ("status", "reload", "upgrade", "certs"):
        answer, status = call(verb, "--socket", tmp_path / "none")
        assert status == 3 and assert_fits("error", answer)
