"""The temperature at which the gains let go of a memory that the neurons hold: our own prediction, from rest (11) alone.

Neurons that show a memory give it the score N/2, and each of K − 1 random ones m²/2N of a binomial overlap m. The gain of the
memory, softmax(f/T), is then ½ where e^{N/2T} = (K − 1)⟨e^{m²/2NT}⟩: the melting of a random-energy model.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

COLD, HOT = 1e-3, 1e6  # temperatures between which it is looked for
HALVINGS = 60  # of that range, in its logarithm: to the last digit


@lru_cache(maxsize=256)
def melting_temperature(N: int, K: int) -> float | None:
    """T at which half of the gain is left to the memory that N neurons hold among K random ones; None where there is none."""
    if K < 2:
        return None
    agreeing = np.arange(N + 1)
    scores = (N - 2.0 * agreeing) ** 2 / (2 * N)
    ways = np.array([math.lgamma(N + 1) - math.lgamma(i + 1) - math.lgamma(N - i + 1) for i in range(N + 1)]) - N * math.log(2)

    def ahead(T: float) -> float:
        """By how much the memory's weight is above that of all others together, in logarithms."""
        others = ways + scores / T
        top = float(others.max())
        return N / (2 * T) - math.log(K - 1) - top - math.log(float(np.exp(others - top).sum()))

    low, high = math.log(COLD), math.log(HOT)
    if ahead(COLD) < 0 or ahead(HOT) > 0:  # so few bits that some other memory is as near, or so few memories that none is lost
        return None
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if ahead(math.exp(middle)) > 0 else (low, middle)
    return math.exp(low)
