"""What an operator looks at in a running process, beside its state: certificates, and what differs from the file."""

import json
import subprocess

from support.start_stanzagate import backend
from support.waiting import wait_until

from conftest import DOMAIN


def test_certs_say_for_whom_each_certificate_is(start_gate):
    gate = start_gate({DOMAIN: [backend("a", "127.0.0.1")]})

    shown = {each["folder"]: each for each in gate.ask("certs")["certificates"]}

    told = subprocess.run(["openssl", "x509", "-noout", "-enddate", "-dateopt", "iso_8601", "-in", shown[DOMAIN]["file"]],
                          check=True, capture_output=True, text=True).stdout
    assert told.strip() == "notAfter=" + shown[DOMAIN]["not_after"].replace("T", " ")
    assert shown[DOMAIN]["domains"] == [DOMAIN] and shown[DOMAIN]["days_left"] in (29, 30)
    assert shown[DOMAIN]["names"] == [DOMAIN] and shown[DOMAIN]["is_for_nameless"]
    text = gate.say("certs")
    assert DOMAIN in text and all(len(line) <= 80 for line in text.splitlines())


def test_saved_weights_are_those_of_the_file(start_gate):
    """Comments stay, and so does who may read the file; the process applies what it has already."""
    gate = start_gate({DOMAIN: [backend("a", "127.0.0.1", weight=30), backend("b", "127.0.0.2")]})
    gate._config.write_text("# ours\n" + gate._config.read_text())
    gate._config.chmod(0o640)
    gate.say("weight", "pool0/a", 77)
    gate.say("weight", "pool0/b", 5)
    gate.say("drain", "pool0/b")

    text = gate.say("save", gate._config)

    assert "pool0/a: weight 30 -> 77" in text and "pool0/b: weight 100 -> 5" in text and "not saved: pool0/b: drain" in text
    file = gate._config.read_text()
    assert file.startswith("# ours\n") and "weight = 77" in file and "weight = 5" in file
    assert gate._config.stat().st_mode & 0o777 == 0o640
    wait_until(lambda: [each["backend"] for each in gate.ask("drift")["live"]] == ["b"], "only the drain is left")
    assert gate.ask("save", gate._config)["saved"] == []
    other = gate.directory / "other.toml"
    other.write_text("version = 1\n")
    gate.say("weight", "pool0/a", 78)
    assert "pool0/a is not in" in gate.say("save", other, status=1)
    assert other.read_text() == "version = 1\n"
    other.write_text(gate._config.read_text())
    assert "pool0/a: weight 77 -> 78" in gate.say("save", other)
    assert "pool0/a: the file has weight 78 already" in gate.say("save", other), "a copy is no file of the process"


def test_drift_names_what_differs_from_the_file_and_how_to_end_it(start_gate):
    gate = start_gate({DOMAIN: [backend("a", "127.0.0.1", weight=30), backend("b", "127.0.0.2")]})
    assert gate.ask("drift")["is_none"] and "no drift" in gate.say("drift")

    gate.say("weight", "pool0/a", 77)
    gate.say("drain", "pool0/b")

    drift = gate.ask("drift")
    assert [(each["backend"], each["weight"], each["file_weight"], each["admin_state"]) for each in drift["live"]] == [
        ("a", 77, 30, "ready"), ("b", 100, 100, "drain")]
    text = gate.say("drift")
    assert all(command in text for each in drift["live"] for command in each["undo"]), text

    gate._config.write_text(gate._config.read_text().replace("weight = 30", "wieght = 30"))
    wait_until(lambda: gate.ask("status")["reload_problem"], "the file is refused")
    assert "wieght" in gate.ask("drift")["refusal"]
    gate._config.write_text(gate._config.read_text().replace("wieght = 30", "weight = 31"))
    wait_until(lambda: gate.ask("status")["reload_problem"] is None, "the repaired file is read")
    for each in gate.ask("drift")["live"]:
        for command in each["undo"]:
            gate.say(*command.split()[1:])
    assert gate.ask("drift")["is_none"], json.dumps(gate.ask("drift"))
