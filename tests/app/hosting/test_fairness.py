"""Queue: what can wait is begun one by one, in order, and when nothing more urgent is there to be done."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

from app.hosting.fairness import LONGEST, Queue


def told(script: Callable[[list[str]], Awaitable[None]]) -> list[str]:
    said: list[str] = []
    asyncio.run(script(said))
    return said


async def waits(queue: Queue, said: list[str], name: str, work: float = 0.0) -> None:
    await queue.wait()
    said.append(name)
    time.sleep(work)  # as Python that computes: nobody else can do anything meanwhile


def test_who_comes_alone_does_not_wait():
    async def script(said: list[str]) -> None:
        queue = Queue()
        for name in ("first", "second"):
            coming = queue.wait()
            try:
                coming.send(None)  # as far as it goes without the loop
            except StopIteration:
                said.append(name)
            await asyncio.sleep(0.05)

    assert told(script) == ["first", "second"]


def test_turns_are_given_in_the_order_of_arrival():
    async def script(said: list[str]) -> None:
        queue = Queue()
        await asyncio.gather(*(waits(queue, said, str(number)) for number in range(9)))

    assert told(script) == [str(number) for number in range(9)]


def test_what_needs_no_turn_overtakes_what_does():
    """Twenty arrivals of 10 ms each wait at the door; a message that comes meanwhile is answered before most of them."""

    async def script(said: list[str]) -> None:
        queue = Queue()

        async def message() -> None:
            await asyncio.sleep(0.03)
            for _ in range(10):  # as many steps as a message takes from socket to answer
                await asyncio.sleep(0)
            said.append("answer")

        await asyncio.gather(message(), *(waits(queue, said, "arrival", 0.01) for _ in range(20)))

    said = told(script)
    assert said.count("arrival") == 20
    assert said.index("answer") <= 8  # without the queue: after all of them


def test_a_loop_that_never_catches_up_still_gives_turns():
    async def script(said: list[str]) -> None:
        queue = Queue()
        end = asyncio.Event()

        async def busy() -> None:
            while not end.is_set():
                time.sleep(0.01)
                await asyncio.sleep(0)

        working = asyncio.ensure_future(busy())
        began = time.monotonic()
        await asyncio.gather(*(waits(queue, said, "turn") for _ in range(4)))
        said.append("rarely" if time.monotonic() - began > 2 * LONGEST else "at once")
        end.set()
        await working

    assert told(script) == ["turn"] * 4 + ["rarely"]


def test_who_leaves_holds_up_nobody():
    async def script(said: list[str]) -> None:
        queue = Queue()
        lines = [asyncio.ensure_future(waits(queue, said, str(number))) for number in range(4)]
        await asyncio.sleep(0)
        lines[1].cancel()
        lines[2].cancel()
        await asyncio.gather(*lines, return_exceptions=True)

    assert told(script) == ["0", "3"]


def test_a_rest_ends_where_nobody_waits():
    async def script(said: list[str]) -> None:
        queue = Queue()
        await queue.wait()
        await asyncio.sleep(0.05)
        said.append("at rest" if queue._given is None else "still going")

    assert told(script) == ["at rest"]
