"""What an operator gets wrong around a running stanzagate: it is said where it is looked for, and can be undone
without a restart."""

import fcntl
import itertools
import os
import pathlib
import resource
import signal
import struct
import subprocess
import termios
import threading
import time

import pytest

from support import start_node, start_stanzagate
from support.addresses import C2S, C2S_TLS, free_address
from support.start_dnsmasq import NameServer, host, srv
from support.waiting import wait_until

from conftest import DOMAIN

ROOT = pathlib.Path(__file__).resolve().parents[2]

def say(*words):
    """Status and output of a command that ends by itself."""
    done = subprocess.run([start_stanzagate.tested_binary(), *words], capture_output=True, text=True, timeout=60)
    return done.returncode, done.stdout + done.stderr


def write_config(directory, certificates, listen):
    config = directory / "stanzagate.toml"
    config.write_text(f'version = 1\n[tls]\ncert_dir = "{certificates}"\n[[listen]]\naddress = "{listen}"\n'
                      f'[domain."{DOMAIN}"]\npool = "main"\n[[pool.main.backend]]\naddress = "127.0.0.1:15222"\n')
    return config


def test_check_finds_the_key_that_would_refuse_the_start(authority, tmp_path):
    certificates = tmp_path / "certificates"
    authority.issue(certificates / DOMAIN, DOMAIN)
    config = write_config(tmp_path, certificates, f"{free_address()}:{C2S}")
    assert say("check", config)[0] == 0

    _, other_key = authority.issue(tmp_path / "other", DOMAIN)
    other_key.rename(certificates / DOMAIN / "privkey.pem")

    status, said = say("check", config)
    assert status == 1
    assert "privkey.pem:1:1: error: does not belong to the certificate in fullchain.pem" in said


def test_check_takes_the_example_of_readme_as_written(authority, tmp_path):
    readme = (ROOT / "README.md").read_text()
    config = tmp_path / "stanzagate.toml"
    config.write_text(readme.split("\n## A configuration\n")[1].split("```toml\n")[1].split("```")[0])
    authority.issue(tmp_path / "certs" / "example.org", "example.org")

    status, said = say("check", config)

    assert status == 0, said
    assert "its backends are one cluster" in said


def run_on_terminal(*words):
    """What a command writes to a terminal of 80 columns, line by line."""
    terminal, end = os.openpty()
    fcntl.ioctl(end, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    process = subprocess.Popen(words, stdout=end, stderr=end)
    os.close(end)
    said = b""
    while True:
        try:
            said += os.read(terminal, 65536)
        except OSError:  # so ends a terminal on Linux
            break
    os.close(terminal)
    process.wait(60)
    return said.decode().replace("\r\n", "\n").splitlines()


@pytest.mark.parametrize("binary", [start_stanzagate.tested_binary, start_node.node_binary])
def test_check_fits_a_terminal(binary, tmp_path):
    config = tmp_path / "wrong.toml"
    config.write_text("version = 1\nnodes = true\n[log]\nlevel = yes\nformat = \"xml\"\n")

    lines = run_on_terminal(binary(), "check", config)

    assert len(lines) > 8
    assert [line for line in lines if len(line) > 80 and str(config) not in line] == []
    piped = subprocess.run([binary(), "check", config], capture_output=True, text=True, timeout=60).stdout
    assert len(piped.splitlines()) < len(lines), "other programs get one line for each problem"


def test_check_warns_of_a_certificate_for_another_domain(authority, tmp_path):
    authority.issue(tmp_path / "certificates" / DOMAIN, "other.test")

    config = write_config(tmp_path, tmp_path / "certificates", f"{free_address()}:{C2S}")

    status, said = say("check", config)

    assert status == 0 and say("check", "--strict", config)[0] == 2
    assert f"does not name {DOMAIN} (dNSName in subjectAltName): clients refuse it there (order one" in said


@pytest.mark.parametrize("binary", [start_stanzagate.tested_binary, start_node.node_binary])
def test_answer_that_is_lost_is_no_success(binary):
    with open("/dev/full", "w") as full:
        done = subprocess.run([binary(), "help"], stdout=full, stderr=subprocess.PIPE, text=True, timeout=60)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1 and "could not be written: No space left on device" in done.stderr

    nobody_reads, pipe = os.pipe()
    os.close(nobody_reads)
    done = subprocess.run([binary(), "help"], stdout=pipe, stderr=subprocess.PIPE, text=True, timeout=60,
                          restore_signals=False)  # so that the pipe's signal is ignored
    os.close(pipe)
    assert (done.returncode, done.stderr) == (1, "")


def test_address_of_another_machine_is_not_called_taken(certificates, tmp_path):
    config = write_config(tmp_path, certificates, f"203.0.113.7:{C2S}")  # RFC 5737: nobody's

    status, said = say("run", config)

    assert status == 1
    assert "this machine has no such address" in said


def test_removed_admin_socket_is_back_after_a_reload(prosody, start_gate):
    gate = start_gate({DOMAIN: [start_stanzagate.backend("a", prosody.address)]})
    socket = gate.directory / "admin.sock"

    os.unlink(socket)
    gate.process.send_signal(signal.SIGHUP)

    wait_until(socket.exists, "the socket is there again")
    assert gate.ask("status")
    assert gate.ask("reload")


@pytest.mark.alone
def test_without_descriptors_all_wait_in_peace(prosody, start_gate, new_session):
    # Sanitizers need descriptors of their own.
    gate = start_gate({DOMAIN: [start_stanzagate.backend("a", prosody.address)]}, binary=start_stanzagate.plain_binary())
    pid = gate.process.pid
    limit = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    taken = {int(name) for name in os.listdir(f"/proc/{pid}/fd")}
    first_free = next(number for number in itertools.count() if number not in taken)

    resource.prlimit(pid, resource.RLIMIT_NOFILE, (first_free, limit[1]))
    session = new_session(gate)
    answers = []
    operator = threading.Thread(target=lambda: answers.append(gate.ask("status")))
    operator.start()
    wait_until(lambda: {event["listener"] for event in gate.events("accept_paused")}
               >= {f"{gate.address}:{C2S_TLS}", str(gate.directory / "admin.sock")}, "both pauses are said")
    spent = gate.process.processor_seconds()
    time.sleep(2)  # the span that is measured
    spent = gate.process.processor_seconds() - spent
    resource.prlimit(pid, resource.RLIMIT_NOFILE, limit)
    operator.join(10)
    session.log_in("romeo", DOMAIN)

    assert spent < 0.5
    assert answers


def test_service_that_names_nobody_is_said_once_each_time(prosody, start_gate, tmp_path):
    service = "_xmpp-client._tcp.core.test"
    names = NameServer(tmp_path / "names", [])
    gate = start_gate({DOMAIN: [{"srv": service}]}, dns={"servers": [names.address]})
    wait_until(lambda: len(gate.events("service_empty")) == 1, "the empty service is said at the start")

    names.kill()
    names.serve([srv(service, "a.core.test", C2S), host("a.core.test", prosody.address)])
    wait_until(lambda: gate.events("backend_appeared"), "the backend is there")
    names.kill()
    names.serve([f"srv-host={service}"])  # the target ".": not available here

    wait_until(lambda: len(gate.events("service_empty")) == 2, "that it is empty again is said")
    assert gate.events("service_empty")[1]["name"] == service
    names.end()
