"""The measurements. Each starts a fresh sink server, target and load client, checks that everything
ran exactly as asked, and returns its value with what was seen on the way."""

import contextlib
import os
import shutil
import signal
import subprocess
import time

from .processes import Process, RunError
from .targets import WEBSOCKET_PATH


class Bench:
    """Where and how to run: programs, cores, settings, size of the load."""

    def __init__(self, directory, bin_dir, target_core, load_core, settings, load, count_syscalls):
        self.directory = directory
        self.bin_dir = bin_dir
        self.target_core = target_core
        self.load_core = load_core
        self.settings = settings
        self.load = load
        self.count_syscalls = count_syscalls

    @contextlib.contextmanager
    def sink(self):
        """The backend of every target: echoes what it gets."""
        command = [str(self.bin_dir / "sink_server"), "127.77.1.1:0", "echo",
                   str(self.load.seconds_max)]
        with Process(command, self.load_core, log=self.directory / "sink.log") as process:
            _, words = process.expect("listening", 5)
            yield process, words[0]

    @contextlib.contextmanager
    def client(self, mode, endpoint, *arguments, websocket=False):
        command = [str(self.bin_dir / "load_client"), mode, "--wait", "--target", endpoint,
                   "--timeout", str(self.load.seconds_max), "--cipher", self.load.cipher,
                   "--seed", str(self.load.seed), *map(str, arguments)]
        if websocket:
            command += ["--websocket", WEBSOCKET_PATH]
        with Process(command, self.load_core, log=self.directory / "client.log") as process:
            yield process

    def checked_end(self, target, client, sink, **wanted):
        """All are alive or well ended, and the sink has seen what the client says."""
        code = client.wait(self.load.seconds_max)
        if code != 0:
            raise RunError(f"{target.name}: load_client ended with {code}: {client.errors()}")
        if not target.running():
            raise RunError(f"{target.name} ended by itself: {target.errors()}")
        sink.ask_to_stop()
        seen, _ = sink.expect("accepted", 10)
        for key, value in {"broken": 0, **wanted}.items():
            if int(seen[key]) != value:
                raise RunError(f"{target.name}: the sink counts {key}={seen[key]}, wanted {value}")


def measure_idle(bench, target, websocket=False):
    """Bytes of process memory per idle TLS session: the slope between two numbers of sessions."""
    few, many = bench.load.idle_websockets if websocket else bench.load.idle_sessions
    with bench.sink() as (sink, backend), target.run(bench, backend, websocket) as (process, endpoint):
        with bench.client("idle", endpoint, "--sessions", f"{few},{many}", websocket=websocket) as client:
            memory = []
            for step in (few, many):
                facts, _ = client.expect("ready", bench.load.seconds_max)
                time.sleep(bench.load.settle_seconds)  # what is freed late is freed by then
                memory.append(process.memory_bytes())
                client.tell("go")
            client.expect("done", 30)
            bench.checked_end(process, client, sink, logins=many)
    return {"value": (memory[1] - memory[0]) / (many - few), "memory_bytes": memory,
            "tls": facts["tls"]}


def _measure_stanzas(bench, target, sessions, size, seconds, websocket=False):
    load = bench.load
    with bench.sink() as (sink, backend), target.run(bench, backend, websocket) as (process, endpoint):
        with bench.client("stanzas", endpoint, "--sessions", sessions, "--size", size, "--seconds", seconds,
                          "--warmup", load.warmup_seconds, websocket=websocket) as client:
            facts, _ = client.expect("ready", load.seconds_max)
            with _SyscallCount(process, bench.count_syscalls) as syscalls:
                before = process.cpu_ns()
                client.tell("go")
                done, _ = client.expect("done", load.seconds_max)
                cpu_us = (process.cpu_ns() - before) / 1000
            stanzas, echoes = int(done["stanzas"]), int(done["echoes_ever"])
            bench.checked_end(process, client, sink, logins=sessions, ended=sessions,
                              stanzas=echoes, bytes=echoes * size)
    result = {"cpu_us": cpu_us, "seconds": float(done["seconds"]), "stanzas": stanzas,
              "bytes": int(done["bytes"]), "tls": facts["tls"]}
    if syscalls.count is not None:
        result["syscalls_per_stanza"] = syscalls.count / stanzas
    return result


def measure_stanzas(bench, target, websocket=False):
    """CPU microseconds per relayed 200-byte stanza; the way out and the way back count one each."""
    load = bench.load
    result = _measure_stanzas(bench, target, load.busy_sessions, 200, load.stanza_seconds, websocket)
    return {"value": result["cpu_us"] / result["stanzas"], **result}


def measure_bulk(bench, target):
    """CPU microseconds per relayed megabyte (10^6 bytes, both directions) of 16 KiB stanzas."""
    load = bench.load
    result = _measure_stanzas(bench, target, load.bulk_sessions, 16 * 1024, load.bulk_seconds)
    return {"value": result["cpu_us"] / (result["bytes"] / 1e6), **result}


def measure_logins(bench, target):
    """CPU microseconds per login: full handshake, SASL PLAIN, bind, clean end of the stream."""
    load = bench.load
    with bench.sink() as (sink, backend), target.run(bench, backend) as (process, endpoint):
        with bench.client("logins", endpoint, "--count", load.logins) as client:
            client.expect("ready", 10)
            before = process.cpu_ns()
            client.tell("go")
            done, _ = client.expect("done", load.seconds_max)
            cpu_us = (process.cpu_ns() - before) / 1000
            bench.checked_end(process, client, sink, logins=load.logins, ended=load.logins)
    return {"value": cpu_us / load.logins, "cpu_us": cpu_us, "tls": done["tls"],
            "seconds": float(done["seconds"])}


class _SyscallCount:
    """Counts a process's system calls with perf while the block runs, if asked to."""

    def __init__(self, process, wanted):
        self.count = None
        self._command = [shutil.which("perf"), "stat", "-x", ",", "-e", "raw_syscalls:sys_enter",
                         "-p", ",".join(map(str, process.pids()))] if wanted else None

    def __enter__(self):
        if self._command:
            self._perf = subprocess.Popen(self._command, stderr=subprocess.PIPE, text=True,
                                          start_new_session=True)
            time.sleep(0.5)  # perf says nothing when it has attached; the target is idle until "go"
        return self

    def __exit__(self, *_):
        if not self._command:
            return
        os.kill(self._perf.pid, signal.SIGINT)
        _, text = self._perf.communicate(timeout=10)
        try:
            self.count = int(text.strip().splitlines()[-1].split(",")[0])
        except (ValueError, IndexError):
            raise RunError(f"perf cannot count system calls here: {text.strip()}") from None
