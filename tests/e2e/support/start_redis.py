"""Debian's Redis as a store of the bundled cluster, on an address of its own."""

from support.addresses import free_address
from support.process import Process

PORT = 6379


class Redis:
    """Runs; keeps nothing after its end, or, if `is_durable`, all that it has confirmed."""

    def __init__(self, directory, is_durable=False):
        directory.mkdir(parents=True, exist_ok=True)
        self.address = free_address()
        self.url = f"redis://{self.address}:{PORT}/0"
        self._directory = directory
        self._keeping = ["--appendonly", "yes", "--appendfsync", "always"] if is_durable else ["--appendonly", "no"]
        self.start()

    def start(self):
        self.process = Process(
            "redis", ["redis-server", "--bind", self.address, "--port", PORT, "--save", "", *self._keeping,
                      "--maxmemory-policy", "noeviction", "--dir", self._directory], self._directory)
        self.process.wait_for_listener(self.address, PORT)

    def end(self):
        self.process.end()
