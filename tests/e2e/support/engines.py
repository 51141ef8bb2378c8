"""The bundled cluster on each of its stores, for tests that must hold on both."""

import os
from contextlib import contextmanager
from pathlib import Path

import pytest

from support.start_node import StanzanodeCluster
from support.start_redis import Redis

# The store on Redis does not recover from every lost connection yet: its tests run when they are asked for.
ENGINES = ["sqlite", pytest.param("redis", marks=pytest.mark.skipif(
    not os.environ.get("TEST_REDIS"), reason="asked for by TEST_REDIS=1"))]


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
