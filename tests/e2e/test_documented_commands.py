"""Every command line of the documents does what it says: it is run as it stands there, or at least is a valid call."""

import re
import subprocess

import pytest

from support import start_stanzagate
from support.documented_commands import in_blocks, in_sentences
from support.documented_scene import DocumentedScene
from support.start_node import node_binary

# Why a call is not run here.
ELSEWHERE = {"docker-compose": "in a container"}


def is_run_here(call):
    return call.where.split(" ")[0] not in ELSEWHERE


@pytest.fixture(scope="module")
def scene(authority, tmp_path_factory):
    running = DocumentedScene(tmp_path_factory.mktemp("documented"), authority)
    yield running
    running.end()


@pytest.mark.parametrize("call", filter(is_run_here, in_blocks()), ids=str)
def test_it_works_as_written(scene, call):
    status, said = scene.run(call.words)
    assert status == 0, said


def test_they_are_found():
    """Two in one line, with a comment behind them; behind other words; over the end of a line."""
    found = [str(call) for call in in_blocks()]
    for line in ("stanzagate status", "stanzagate weight main/a 50", "stanzagate maintenance main/a --over 5m",
                 "docker-compose exec proxy stanzagate status"):
        assert f"README.md: {line}" in found
    assert "example.toml: stanzagate reload" in [str(call) for call in in_sentences()]


@pytest.fixture(scope="module")
def verbs():
    """Of each program its verbs with what `help` says of them."""
    def ask(binary, *words):
        return subprocess.run([binary, "help", *words], check=True, capture_output=True, text=True).stdout

    def lines(binary):
        return re.findall(r"^  ([a-z]+(?: [a-z]+)?)\b(.*)$", ask(binary), re.MULTILINE)

    gate, node = start_stanzagate.tested_binary(), node_binary()
    return {"stanzagate": {verb: ask(gate, verb) for verb, _ in lines(gate)},
            "stanzanode": {verb: verb + rest for verb, rest in lines(node)}}


@pytest.mark.parametrize("call", [*(call for call in in_blocks() if not is_run_here(call)), *in_sentences()], ids=str)
def test_it_is_a_valid_call(verbs, call):
    """Its verb and its options are those that the program knows. A sentence may leave arguments out, name several
    verbs, or mean any (VERB)."""
    program, *words = call.words
    named = [word.rstrip(",") for word in words if not word.startswith("-")]
    wanted = named if "," in call.line else [word for word in (" ".join(named[:2]), named[0]) if word in verbs[program]][:1]
    if named[0] == "VERB":
        wanted = ["status"]
    assert wanted and all(verb in verbs[program] for verb in wanted), f"{program} has no such verb"
    for option in (word.partition("=")[0] for word in words if word.startswith("-")):
        assert all(re.search(rf"(^|[\s\[]){option}\b", verbs[program][verb]) for verb in wanted), f"no option {option}"
