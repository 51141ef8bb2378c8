"""Debian's Redis as a store of the bundled cluster, on an address of its own, with nothing kept after its end."""

from support.addresses import free_address
from support.process import Process

PORT = 6379


class Redis:
    def __init__(self, directory):
        directory.mkdir(parents=True, exist_ok=True)
        self.address = free_address()
        self.url = f"redis://{self.address}:{PORT}/0"
        self.process = Process(
            "redis", ["redis-server", "--bind", self.address, "--port", PORT, "--save", "", "--appendonly", "no",
                      "--maxmemory-policy", "noeviction", "--dir", directory], directory)
        self.process.wait_for_listener(self.address, PORT)

    def end(self):
        self.process.end()
