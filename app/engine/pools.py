"""What stands behind the shared executor of a server: a pool of processes here, or a Dask cluster."""

from __future__ import annotations

import multiprocessing
import os
import threading
from concurrent.futures import Executor, ProcessPoolExecutor


def process_pool(workers: int) -> Executor:
    """Processes that give way to the one that answers visitors, each with one thread for its products."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    context = multiprocessing.get_context("forkserver")  # a fork of a process with threads could hang
    context.set_forkserver_preload(["core"])
    return ProcessPoolExecutor(workers, mp_context=context, initializer=_be_modest)


def _be_modest() -> None:
    os.nice(10)
    threading.Thread(target=_end_with_the_server, daemon=True).start()


def _end_with_the_server() -> None:
    """A server that is killed cannot tell its workers; they would wait for work for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
    os._exit(1)


def dask_cluster(address: str) -> Executor:
    """The workers of a running Dask cluster, which replaces those that die by itself."""
    from distributed import Client  # an optional dependency

    return Client(address, timeout="10s", set_as_default=False).get_executor()
