"""The bundled cluster on each of its stores, for tests that must hold on both."""

from contextlib import contextmanager
from pathlib import Path

from support.start_node import StanzanodeCluster
from support.start_redis import Redis

ENGINES = ["sqlite", "redis"]


@contextmanager
def cluster_on(engine, directory, domains, **keys):
    """A StanzanodeCluster on "sqlite" or "redis"; further keys are its own."""
    redis = Redis(Path(directory) / "redis") if engine == "redis" else None
    running = StanzanodeCluster(directory, domains, store=redis.url if redis else "sqlite:state.db", **keys)
    try:
        yield running
    finally:
        running.end()
        if redis:
            redis.end()
