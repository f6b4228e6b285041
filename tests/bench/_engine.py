"""How soon a study is there by the shared pool of workers, as a page waits for it."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Any

from app.engine.service import Engine
from app.hosting.options import Options


def by_engine(study: Any, some: int) -> tuple[float, float]:
    """Seconds until so many of its cells are there, and until all are, by two workers that are there already."""
    with tempfile.TemporaryDirectory() as folder:
        engine = Engine(Options(workers=2, cache=Path(folder), cache_mb=64))
        share = engine.jobs.executor.share()
        for future in [share.submit(time.sleep, 0.2) for _ in range(2)]:
            future.result()
        share.shutdown()
        began = time.perf_counter()
        first = whole = 0.0
        job = engine.jobs.watch(study, "bench", lambda job: None)
        while not whole:
            time.sleep(0.002)
            now = time.perf_counter() - began
            first = first or (now if len(job.cells) >= some else 0.0)
            whole = now if job.state in ("done", "failed") else 0.0
        engine.close()
    return first, whole
