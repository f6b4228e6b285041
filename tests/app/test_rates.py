"""Buckets, capacity, and addresses that are let in slowly."""

import asyncio
import time

import pytest

from app.rates import Capacity, Spacing, Suspects, TokenBucket


@pytest.fixture
def now():
    """A clock that stands until it is set."""
    return [0.0]


def test_a_bucket_gives_what_it_holds_and_fills_with_time(now):
    bucket = TokenBucket(rate=2, size=6, clock=lambda: now[0])
    assert [bucket.take() for _ in range(7)] == [True] * 6 + [False]
    now[0] = 1.0
    assert [bucket.take(2), bucket.take()] == [True, False]
    now[0] = 1000.0
    assert [bucket.take(6), bucket.take()] == [True, False]
    assert not TokenBucket(1, 5).take(6)  # more than it can ever hold


def test_a_bucket_tells_how_full_it_is_and_gives_what_it_has(now):
    bucket = TokenBucket(rate=2, size=8, clock=lambda: now[0])
    assert bucket.share() == 1
    bucket.spend(6)
    assert bucket.share() == 0.25
    now[0] = 1.0
    assert bucket.share() == 0.5
    bucket.spend(100)
    assert bucket.share() == 0
    now[0] = 1000.0
    assert bucket.share() == 1


def test_doors_count_all_and_each_address():
    capacity = Capacity(most=3, most_per_address=2)
    for address in ("a", "a", "b"):
        assert capacity.why_not(address) == ""
        capacity.enter(address)
    assert capacity.why_not("c") == "full"
    capacity.leave("b")
    assert (capacity.why_not("a"), capacity.why_not("c")) == ("address_full", "")
    capacity.leave("a")
    capacity.leave("a")
    assert (capacity.inside, dict(capacity._inside)) == (0, {})


@pytest.fixture
def suspects(now):
    return Suspects(most=3, rate=1, clock=lambda: now[0])


def test_an_address_is_suspect_while_its_lines_are_cut_often_and_forgotten_soon(now, suspects):
    for _ in range(3):
        suspects.note("a")
    assert not suspects.of("a")
    suspects.note("a")
    assert (suspects.of("a"), suspects.of("b")) == (True, False)
    now[0] = 1.5
    assert not suspects.of("a")
    for _ in range(100):
        suspects.note("a")
    now[0] += 3.5  # however long it went on, it is over soon
    assert not suspects.of("a")
    suspects.forget()
    assert set(suspects._lately) == {"a"}
    now[0] += 3
    suspects.forget()
    assert not suspects._lately


def test_cuts_that_are_rare_make_nobody_suspect(now, suspects):
    for _ in range(100):
        suspects.note("a")
        assert not suspects.of("a")
        now[0] += 1


def test_a_pace_lets_in_one_after_the_other_and_tells_who_would_wait_too_long():
    async def arrivals() -> tuple[list[bool], list[float]]:
        spacing, began, at = Spacing(gap=0.05, longest=0.12), time.monotonic(), []

        async def arrive() -> bool:
            let_in = await spacing.wait()
            at.append(time.monotonic() - began)
            return let_in

        return await asyncio.gather(*(arrive() for _ in range(5))), at

    let_in, at = asyncio.run(arrivals())
    assert let_in == [True, True, True, False, False]
    assert at == sorted(at)
    assert at[3] >= 0.05 and at[4] >= 0.1  # the two who were sent away knew it at once, so the last of these came third
