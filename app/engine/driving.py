"""How work goes on that waits for futures: it is a generator, and yields the futures of which one has to be done next."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Generator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from typing import Protocol

Waiting = Generator[Collection[Future], None, None]


class Driven(Protocol):
    """Work that can be begun, and waited for until it has ended."""

    def start(self) -> None: ...

    def join(self, timeout: float | None = None) -> None: ...


Drive = Callable[[Waiting, str], Driven]


def in_thread(work: Waiting, name: str) -> Driven:
    """In a thread of its own, under this name."""

    def go() -> None:
        for futures in work:
            wait(futures, return_when=FIRST_COMPLETED)

    return threading.Thread(target=go, name=name, daemon=True)
