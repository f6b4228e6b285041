"""What all tests of the core share: seeded hypothesis, and the check that a refusal is one sentence."""

from __future__ import annotations

from contextlib import contextmanager

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile(
    "core",
    deadline=None,  # two cores are shared, and nothing here is judged by a clock
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.load_profile("core")


@pytest.fixture
def refused():
    """`with refused("K", "0"):` — the block must raise a ValueError of one sentence that holds these words."""

    @contextmanager
    def block(*words: str):
        with pytest.raises(ValueError) as caught:
            yield
        sentence = str(caught.value)
        assert sentence and "\n" not in sentence, f"not one sentence: {sentence!r}"
        assert not sentence.endswith("."), "a clause that a caller may prefix, without a full stop"
        for word in words:
            assert word in sentence, f"{word!r} is missing from {sentence!r}"

    return block
