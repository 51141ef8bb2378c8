"""Three nodes of one cluster, n1 to n3, on each of the stores, and what befalls them."""

import random
import signal
import time

from support.start_node import StanzanodeCluster
from support.start_redis import Redis


def pause(process, seconds, meanwhile=lambda: None):
    """The process gets no time for so many seconds, and until `meanwhile` is through."""
    end = time.monotonic() + seconds
    process.send_signal(signal.SIGSTOP)
    meanwhile()
    time.sleep(max(0, end - time.monotonic()))  # nothing can be seen that would tell when to go on
    process.send_signal(signal.SIGCONT)


class EmbeddedNodes:
    """In one process on the embedded store: what dies is the process."""

    def __init__(self, directory, domain):
        self._cluster = StanzanodeCluster(directory / "nodes", [domain], count=3)

    def backends(self):
        return self._cluster.backends()

    def lose_one(self, meanwhile):
        """One dies, and with it all; once `meanwhile` is through, there are three again."""
        self._cluster.process.kill()
        self._cluster.start()
        meanwhile()

    def pause_one(self, seconds, meanwhile):
        """One sleeps, and with it all, so nothing can be done meanwhile."""
        pause(self._cluster.process, seconds)

    def restart_all(self):
        self._cluster.end()
        self._cluster.start()

    def end(self):
        self._cluster.end()


class NodesApart:
    """Each a process of its own, on the store `url`."""

    def __init__(self, directory, domain, url):
        self._nodes = [StanzanodeCluster(directory / f"n{number}", [domain], count=1, first=number,
                                         store=url, accounts=number == 1) for number in (1, 2, 3)]

    def backends(self):
        return [each for node in self._nodes for each in node.backends()]

    def each(self):
        return list(self._nodes)

    def pids(self):
        """Of those that run."""
        return [node.process.pid for node in self._nodes if node.process.is_running]

    def lose_one(self, meanwhile):
        """One dies; once `meanwhile` is through, there are three again."""
        node = random.choice(self._nodes)
        node.process.kill()
        meanwhile()
        node.start()

    def pause_one(self, seconds, meanwhile):
        """One sleeps at least as long as `meanwhile` takes."""
        pause(random.choice(self._nodes).process, seconds, meanwhile)

    def restart_all(self):
        """There is a moment without any."""
        for node in self._nodes:
            node.end()
        for node in self._nodes:
            node.start()

    def end(self):
        for node in self._nodes:
            node.end()


class EmbeddedNodesApart(NodesApart):
    """On one file of the embedded store."""

    def __init__(self, directory, domain):
        super().__init__(directory, domain, f"sqlite:{directory}/state.db")

    def pause_one(self, seconds, meanwhile):
        """Who sleeps in the middle of a round has the file, so it may be that nothing can be done meanwhile."""
        super().pause_one(seconds, lambda: None)


class RedisNodes(NodesApart):
    """On one Redis. `is_durable`: it loses nothing when it dies."""

    def __init__(self, directory, domain, is_durable=False):
        self.redis = Redis(directory / "redis", is_durable)
        super().__init__(directory, domain, self.redis.url)

    def end(self):
        super().end()
        self.redis.end()


NODES = {"sqlite": EmbeddedNodes, "sqlite-apart": EmbeddedNodesApart, "redis": RedisNodes}
