"""The servers of bench/cluster: stanzanodes on either engine, with what they store in a directory of their own."""

import contextlib
import random
import shutil
import socket
import subprocess
import time
from collections import Counter

from .processes import Process, RunError

DOMAIN = "example.org"
PASSWORD = "secret"  # of all accounts; cluster_client knows it


_addresses = [f"127.78.{third}.{fourth}" for third in range(2, 250) for fourth in range(1, 250)]
random.shuffle(_addresses)


def free_address():
    """Of 127.0.0.0/8, with nobody at any port of ours; another one each time."""
    return _addresses.pop()


def _wait_until_it_accepts(process, address, port, seconds=10):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and process.running():
        try:
            socket.create_connection((address, port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.02)
    raise RunError(f"{process.name} does not accept on {address}:{port}: {process.errors()}")


class Nodes:
    """What runs: `processes` are all whose work counts; `endpoints` one for each node."""

    def __init__(self, processes, endpoints):
        self.processes = processes
        self.endpoints = endpoints

    def cpu_ns(self):
        """By name of the program."""
        spent = Counter()
        for process in self.processes:
            spent[process.name] += process.cpu_ns()
        return spent

    def memory_bytes(self):
        """Of the nodes alone, without what Redis keeps."""
        return sum(process.memory_bytes() for process in self.processes if process.name == "stanzanode")

    def check(self):
        for process in self.processes:
            if not process.running():
                raise RunError(f"{process.name} ended by itself: {process.errors()}")


class Engine:
    """A store with `users` accounts, made once; every run() begins with a copy of it."""

    def __init__(self, bench, users):
        self.bench = bench
        self.users = users
        self._made = bench.directory / f"{self.name}-accounts"
        with contextlib.ExitStack() as stack:
            directory = self._new_directory(stack)
            _add_users(bench, self._prepare(stack, directory), users)
            self._save(directory)
            shutil.copyfile(directory / self.file, self._made)

    @contextlib.contextmanager
    def run(self, count):
        """`count` nodes."""
        with contextlib.ExitStack() as stack:
            directory = self._new_directory(stack)
            shutil.copyfile(self._made, directory / self.file)
            yield self._start(stack, directory, [f"{free_address()}:5222" for _ in range(count)])

    def _new_directory(self, stack):
        directory = self.bench.directory / "nodes"
        directory.mkdir()
        stack.callback(shutil.rmtree, directory, ignore_errors=True)  # after all that write there have ended
        return directory


class Embedded(Engine):
    """All nodes in one process."""
    name = "sqlite"
    title = "embedded store"
    file = "state.db"

    def _prepare(self, stack, directory):
        return _write_config(directory, [f"{free_address()}:5222"], f"sqlite:{directory / self.file}", 1)

    def _save(self, directory):
        """The last command has closed the file, so it is whole."""

    def _start(self, stack, directory, endpoints):
        config = _write_config(directory, endpoints, f"sqlite:{directory / self.file}", 1)
        return Nodes([_start_node(stack, self.bench, config, endpoints)], endpoints)


class OnRedis(Engine):
    """Each node a process of its own; Redis does its work on the same core and counts with them."""
    name = "redis"
    title = "Redis"
    file = "dump.rdb"

    def _prepare(self, stack, directory):
        _, address = self._start_redis(stack, directory)
        self._address = address
        return _write_config(directory, [f"{free_address()}:5222"], f"redis://{address}:6379/0", 1)

    def _save(self, directory):
        with socket.create_connection((self._address, 6379), timeout=10) as redis:
            redis.sendall(b"SAVE\r\n")
            if not redis.recv(16).startswith(b"+OK"):
                raise RunError("Redis does not save its data")

    def _start(self, stack, directory, endpoints):
        redis, address = self._start_redis(stack, directory)
        configs = [_write_config(directory, [endpoint], f"redis://{address}:6379/0", number)
                   for number, endpoint in enumerate(endpoints, 1)]
        nodes = [_start_node(stack, self.bench, config, [endpoint])
                 for config, endpoint in zip(configs, endpoints)]
        return Nodes(nodes + [redis], endpoints)

    def _start_redis(self, stack, directory):
        address = free_address()
        command = ["redis-server", "--bind", address, "--port", "6379", "--save", "", "--appendonly", "no",
                   "--maxmemory-policy", "noeviction", "--dir", str(directory), "--dbfilename", self.file]
        redis = stack.enter_context(Process(command, self.bench.target_core, log=directory / "redis.log"))
        _wait_until_it_accepts(redis, address, 6379)
        return redis, address


ENGINES = {engine.name: engine for engine in (Embedded, OnRedis)}


def _write_config(directory, endpoints, store, first):
    lines = ["version = 1"]
    for number, endpoint in enumerate(endpoints, first):
        lines += ["[[node]]", f'name = "n{number}"', f'listen = "{endpoint}"', f'domains = ["{DOMAIN}"]',
                  'proxy = "off"']
    lines += ["[store]", f'url = "{store}"', "[log]", 'level = "warn"']
    config = directory / f"n{first}.toml"
    config.write_text("\n".join(lines) + "\n")
    return config


def _add_users(bench, config, users):
    for number in range(users):
        done = subprocess.run([bench.bin_dir / "stanzanode", "user", "add", config, f"user{number}@{DOMAIN}"],
                              input=PASSWORD + "\n", text=True, capture_output=True)
        if done.returncode != 0:
            raise RunError(f"user{number} is not added: {done.stdout}{done.stderr}")


def _start_node(stack, bench, config, endpoints):
    process = stack.enter_context(Process([str(bench.bin_dir / "stanzanode"), "run", str(config)],
                                          bench.target_core, log=config.with_suffix(".log")))
    for endpoint in endpoints:
        host, port = endpoint.split(":")
        _wait_until_it_accepts(process, host, int(port))
    return process
