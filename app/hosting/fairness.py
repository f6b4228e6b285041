"""Who goes first while there is more to do than time: an answer to somebody at work before whoever arrives, or asks too much.

One thread answers everybody. What can wait (sending a page, opening its session, messages of visitors who have used up half of
what they may ask for) is begun one by one, each when the loop has caught up with all else; so nobody's slider waits behind a
crowd of strangers. Nothing is refused here, and nobody waits for ever: in a loop that never catches up, turns are given all the
same, though rarely.
"""

from __future__ import annotations

import asyncio
from collections import deque

ROUNDS = 8  # of the loop with next to nothing to do, after which it has caught up: an answer is made in several rounds
ROUND = 0.0002  # seconds that such a round takes at most
LONGEST = 0.05  # seconds from one turn to the next, whatever else there is to do


class Queue:
    """`await queue.wait()` goes before what can wait."""

    def __init__(self) -> None:
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._given: float | None = None  # when the last turn was; None once the loop has caught up and nobody waits

    async def wait(self) -> None:
        loop = asyncio.get_running_loop()
        if self._given is None:
            self._rest(loop)
        else:
            turn = loop.create_future()
            self._waiting.append(turn)
            await turn

    def _rest(self, loop: asyncio.AbstractEventLoop) -> None:
        self._given = loop.time()
        loop.call_soon(self._look, self._given, 0)

    def _look(self, before: float, idle: int) -> None:
        loop = asyncio.get_running_loop()
        now = loop.time()
        idle = idle + 1 if now - before < ROUND else 0
        if idle < ROUNDS and now - self._given <= LONGEST:
            loop.call_soon(self._look, now, idle)
            return
        while self._waiting and self._waiting[0].done():  # who waited has left
            self._waiting.popleft()
        if self._waiting:
            self._waiting.popleft().set_result(None)
            self._rest(loop)
        else:
            self._given = None
