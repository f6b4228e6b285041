"""Figures of the server's health, in Prometheus' text form.

With several processes each writes its figures to files in PROMETHEUS_MULTIPROC_DIR (set before this module is imported), and
whichever process is asked answers for all.
"""

from __future__ import annotations

import os

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

FOLDER = "PROMETHEUS_MULTIPROC_DIR"

pages = Counter("gliascope_pages", "Pages sent.")
opened = Counter("gliascope_sessions_opened", "Sessions made.")
sessions = Gauge("gliascope_sessions", "Sessions held, also those of visitors cut off.", multiprocess_mode="livesum")
visitors = Gauge("gliascope_visitors", "Visitors connected.", multiprocess_mode="livesum")
changes = Counter("gliascope_changes", "Changes that visitors asked for and that were let through.")
answers = Histogram(
    "gliascope_answer_seconds", "From a change to the run that answers it, written to the socket.",
    buckets=(0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10),
)  # fmt: skip
rejections = Counter("gliascope_rejections", "What was refused or dropped, by reason.", ["reason"])
requests = Counter("gliascope_requests", "HTTP requests by status class.", ["status"])
pool_waiting = Gauge("gliascope_pool_waiting", "Batches of studies that wait for a worker.", multiprocess_mode="livesum")
pool_running = Gauge("gliascope_pool_running", "Batches of studies that a worker computes.", multiprocess_mode="livesum")
runs_waiting = Gauge("gliascope_runs_waiting", "Long runs that wait for a thread.", multiprocess_mode="livesum")
cache_hits = Counter("gliascope_cache_hits", "Answers that were there already.", ["cache"])
cache_misses = Counter("gliascope_cache_misses", "Answers that had to be computed.", ["cache"])

_seen: dict[str, tuple[int, int]] = {}


def note_cache(name: str, hits: int, misses: int) -> None:
    """Take over the counts that a cache keeps by itself."""
    before = _seen.get(name, (0, 0))
    cache_hits.labels(name).inc(max(0, hits - before[0]))
    cache_misses.labels(name).inc(max(0, misses - before[1]))
    _seen[name] = (hits, misses)


def reject(reason: str) -> None:
    rejections.labels(reason).inc()


def text() -> bytes:
    """All figures, of all processes."""
    if FOLDER not in os.environ:
        return generate_latest(REGISTRY)
    registry = CollectorRegistry()
    MultiProcessCollector(registry)
    return generate_latest(registry)
