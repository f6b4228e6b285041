"""How much one visitor may ask for: a bucket that fills slowly, counts of sessions by address, and a pace
for those to be wary of."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable

WORK_PER_SECOND = 6e7  # numbers touched for one visitor, in the long run


class TokenBucket:
    """Holds `size` at most and gains `rate` each second; what is taken must be there."""

    def __init__(self, rate: float, size: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.rate, self.size, self._clock = rate, size, clock
        self._held, self._at = size, clock()

    def take(self, amount: float = 1.0) -> bool:
        self._fill()
        if amount > self._held:
            return False
        self._held -= amount
        return True

    def spend(self, amount: float) -> None:
        """Take so much, or all that is there."""
        self._fill()
        self._held -= min(amount, self._held)

    def share(self) -> float:
        """How full it is, from 0 to 1."""
        self._fill()
        return self._held / self.size

    def _fill(self) -> None:
        now = self._clock()
        self._held = min(self.size, self._held + (now - self._at) * self.rate)
        self._at = now


class Capacity:
    """Who is inside: so many visitors in all, and so many from one address."""

    def __init__(self, most: int, most_per_address: int) -> None:
        self.most, self.most_per_address = most, most_per_address
        self._inside: Counter[str] = Counter()

    @property
    def inside(self) -> int:
        return self._inside.total()

    def why_not(self, address: str) -> str:
        """Why a visitor from this address cannot come in now, or nothing."""
        if self.inside >= self.most:
            return "full"
        if self._inside[address] >= self.most_per_address:
            return "address_full"
        return ""

    def enter(self, address: str) -> None:
        self._inside[address] += 1

    def leave(self, address: str) -> None:
        self._inside[address] -= 1
        if self._inside[address] <= 0:  # an address is not kept longer than its visitors stay
            del self._inside[address]


class Suspects:
    """Addresses whose lines had to be cut more often than `most` at once and `rate` a second; forgiven soon after."""

    def __init__(self, most: float, rate: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._most, self._rate, self._clock = most, rate, clock
        self._lately: dict[str, TokenBucket] = {}

    def note(self, address: str) -> None:
        """A line from there was cut."""
        if address not in self._lately:
            self._lately[address] = TokenBucket(self._rate, 2 * self._most, self._clock)  # once half of it is gone, he is suspect
        self._lately[address].spend(1)

    def of(self, address: str) -> bool:
        return address in self._lately and self._lately[address].share() < 0.5

    def forget(self) -> None:
        """An address is not kept longer than it matters."""
        self._lately = {address: bucket for address, bucket in self._lately.items() if bucket.share() < 1}


class Spacing:
    """One every `gap` seconds."""

    def __init__(self, gap: float, longest: float) -> None:
        self._gap, self._longest = gap, longest
        self._free_at = 0.0

    async def wait(self) -> bool:
        """Wait for one's time; False at once if that is further away than anybody would wait."""
        now = asyncio.get_running_loop().time()
        at = max(now, self._free_at)
        if at - now > self._longest:
            return False
        self._free_at = at + self._gap
        await asyncio.sleep(at - now)
        return True
