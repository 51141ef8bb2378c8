"""The start and the signals of both servers: a log that cannot be written, few descriptors, signals that mean
nothing. Each ends in words, never in an abort, and never in silence."""

import json
import os
import re
import resource
import signal
import socket
import subprocess

import pytest

from support import start_stanzagate
from support.addresses import C2S, C2S_TLS, free_address
from support.process import Process
from support.start_node import node_binary
from support.waiting import PATIENCE, wait_until
from support.wire import Wire

from conftest import DOMAIN


def gate_text(certificates, log=""):
    address = free_address()
    lines = ["version = 1", "[tls]", f'cert_dir = "{certificates}"']
    for port, kind in ((C2S, "c2s"), (C2S_TLS, "c2s-tls")):
        lines += ["[[listen]]", f'address = "{address}:{port}"', f'kind = "{kind}"']
    lines += [f'[domain."{DOMAIN}"]', 'pool = "main"', "[[pool.main.backend]]",
              f'address = "{free_address()}:{C2S}"', "[worker]", "threads = 2", "[admin]", 'socket = "admin.sock"',
              "[log]", f'file = "{log}"']
    return address, "\n".join(lines) + "\n"


def node_text(log=""):
    address = free_address()
    lines = ["version = 1", "[[node]]", 'name = "n1"', f'listen = "{address}:{C2S}"', f'domains = ["{DOMAIN}"]',
             'proxy = "off"', "[store]", 'url = "sqlite:state.db"', "[log]", f'file = "{log}"']
    return address, "\n".join(lines) + "\n"


class Server:
    """One of the two servers by its configuration; it need not start."""

    def __init__(self, kind, directory, certificates, log="", plain=False):
        self.directory = directory
        self.config = directory / f"{kind}.toml"
        if kind == "stanzagate":
            self.binary = start_stanzagate.plain_binary() if plain else start_stanzagate.tested_binary()
            self.address, text = gate_text(certificates, log)
        else:
            self.binary = start_stanzagate.plain_binary().parent / "stanzanode" if plain else node_binary()
            self.address, text = node_text(log)
        self.config.write_text(text)
        self.command = [self.binary, "run", self.config]

    def check(self):
        return subprocess.run([self.binary, "check", self.config], capture_output=True, text=True,
                              timeout=PATIENCE * 2)

    def try_to_run(self):
        """Of a start that fails: its status, and what it said."""
        done = subprocess.run(self.command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, timeout=PATIENCE * 2)
        return done.returncode, done.stdout

    def run(self):
        process = Process("server", self.command, self.directory)
        process.wait_for_listener(self.address, C2S)
        return process


@pytest.fixture(params=["stanzagate", "stanzanode"])
def make(request, tmp_path, certificates):
    return lambda **keys: Server(request.param, tmp_path, certificates, **keys)


@pytest.mark.parametrize("log, what", [("missing/x.log", "there is no folder"), (".", "is a folder")])
def test_a_log_that_cannot_be_written_is_found_by_check_and_start(log, what, make):
    server = make(log=log)

    checked = server.check()
    status, said = server.try_to_run()

    line = server.config.read_text().splitlines().index(f'file = "{log}"') + 1
    for words in (checked.stdout, said):
        assert f"{server.config}:{line}:1: error: log: " in words and what in words
    assert (checked.returncode, status) == (1, 1)


def test_a_log_that_only_the_start_finds_wrong_is_said_with_place_reason_and_remedy(make):
    server = make(log="pipe")
    os.mkfifo(server.directory / "pipe")

    status, said = server.try_to_run()

    assert status == 1
    (line,) = said.splitlines()
    assert " error not_started " in line
    assert f"cannot open the log file {server.directory}/pipe: No such device or address" in line
    assert 'remedy="it is a socket, or a pipe that nobody reads' in line


def test_a_full_disk_ends_nothing_and_is_told_on_standard_error(make):
    server = make(log="/dev/full")

    process = server.run()

    wait_until(lambda: "log_not_written" in process.log(), "standard error tells it")
    assert process.is_running
    assert process.end() == 0
    (told,) = process.log().splitlines()
    assert 'file=/dev/full why="No space left on device" lines_lost=1 remedy="make room on the disk"' in told


def test_signals_that_mean_nothing_are_ignored_with_a_line_and_usr1_opens_the_log_anew(make):
    server = make(log="x.log")
    process = server.run()
    log, old = server.directory / "x.log", server.directory / "old.log"
    wait_until(lambda: " started " in log.read_text(), "it has started")
    meaningless = [signal.SIGUSR2, signal.SIGALRM, signal.SIGVTALRM, signal.SIGPROF, signal.SIGIO, signal.SIGPWR,
                   signal.SIGXFSZ, signal.SIGPIPE, signal.SIGRTMIN, signal.SIGRTMAX]

    for number in meaningless:
        process.send_signal(number)
    wait_until(lambda: log.read_text().count(" signal_ignored ") == 8, "each is told")
    log.rename(old)
    process.send_signal(signal.SIGUSR1)
    wait_until(log.exists, "the log is opened anew")
    assert process.end() == 0

    assert "signal=SIGUSR2 " in old.read_text() and "SIGUSR1 opens the log anew" in old.read_text() \
        or "SIGHUP and SIGUSR1 open the log anew" in old.read_text()
    assert " stopped" in log.read_text() and "reloaded" not in log.read_text() + old.read_text()


def test_with_any_limit_of_descriptors_it_serves_or_says_how_many_it_needs(make, authority):
    """Below 4 the system's loader cannot even open the libraries, and says so. Sanitizers need descriptors of their
    own."""
    server = make(log="x.log", plain=True)
    log = server.directory / "x.log"
    served, needed = [], set()
    for limit in range(3, 65):
        log.unlink(missing_ok=True)
        child = subprocess.Popen(
            server.command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit)))

        def has_decided():
            return child.poll() is not None or log.exists() and " started " in log.read_text()

        wait_until(has_decided, f"it starts or does not, with {limit} descriptors", PATIENCE * 2)
        if child.poll() is None:
            if limit in needed and server.binary.name == "stanzagate":
                # Enough is enough: a client's TLS and a command at once.
                wire = Wire(server.address, C2S_TLS)
                wire.secure(authority.certificate, sni=DOMAIN)
                status = subprocess.run([server.binary, "status", "--socket", server.directory / "admin.sock"],
                                        capture_output=True, timeout=PATIENCE * 2)
                assert status.returncode == 0, status.stderr
                wire.close()
            child.send_signal(signal.SIGTERM)
            served.append(limit)
        said = child.communicate(timeout=PATIENCE)[0] + (log.read_text() if log.exists() else "")
        if limit in served:
            assert child.returncode == 0, said
            assert f"descriptor_limit={limit} " in said, said
        elif limit == 3:
            assert "error while loading shared libraries" in said
        else:
            assert child.returncode == 1, said
            told = re.search(r"the descriptor limit is (\d+), but (\d+) are needed at least", said)
            assert told and int(told[1]) == limit, said
            needed.add(int(told[2]))
    assert len(needed) == 1
    assert served == list(range(min(needed), 65))


def _follow_an_upgrade(server, process, wait_for):
    """The old process names the new one, which says that it lives, and that it ends."""
    done = subprocess.run([server.command[0], "upgrade", "--json", "--socket", server.directory / "admin.sock"], capture_output=True, text=True,
                          check=True, timeout=4 * PATIENCE)
    pid = json.loads(done.stdout)["pid"]
    assert wait_for("MAINPID=") == f"MAINPID={pid}"
    assert process.wait() == 0
    for _ in range(3):
        wait_for("WATCHDOG=1")
    os.kill(pid, signal.SIGTERM)


def test_systemd_hears_of_start_life_reload_and_end(make):
    server = make()
    told = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    told.bind(str(server.directory / "notify"))
    told.settimeout(PATIENCE)
    environment = {**os.environ, "NOTIFY_SOCKET": str(server.directory / "notify"), "WATCHDOG_USEC": "3000000"}
    process = Process("server", server.command, server.directory, environment)

    def wait_for(word):
        while word not in (heard := told.recv(1_000).decode()):
            pass
        return heard

    wait_for("READY=1")
    process.wait_for_listener(server.address, C2S, seconds=1)
    for _ in range(3):
        wait_for("WATCHDOG=1")
    if server.config.name == "stanzagate.toml":
        process.send_signal(signal.SIGHUP)
        wait_for("RELOADING=1\nMONOTONIC_USEC=")
        wait_for("READY=1")
        _follow_an_upgrade(server, process, wait_for)
    else:
        assert process.end() == 0
    wait_for("STOPPING=1")
    told.close()
