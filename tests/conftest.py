"""Which tests are quick: core and the logic of sessions, under a minute in all (`python -m pytest -m quick`)."""

from __future__ import annotations

from pathlib import Path

import pytest

HERE = Path(__file__).parent
QUICK = (
    "core", "app/chapters", "app/test_limits.py", "app/test_message.py", "app/test_numbers.py", "app/test_old_addresses.py",
    "app/test_takeaway.py", "app/test_short_links.py", "app/test_history.py", "app/test_rates.py", "app/engine/test_throttle.py",
    "app/hosting/test_incoming.py", "app/hosting/test_options.py", "test_house.py",
)  # fmt: skip
# Of these, what looks at hundreds of cases, starts processes or waits.
THOROUGH_FILES = ("core/test_shell.py", "core/test_systems.py", "core/test_studies.py", "core/segments/test_learning.py")
THOROUGH = (
    "test_the_energy_never_rises_whatever_the_step",
    "test_the_energy_falls_by_what_neurons_and_astrocytes_dissipate",
    "test_any_run_is_told_in_full_sentences",
    "test_every_event_agrees_with_the_run",
    "test_the_leader_is_ahead_of_all_others",
    "test_a_file_that_unpacks_to_too_much_is_not_unpacked",
    "test_default_and_euler_end_in_the_same_signs",
    "test_the_default_grid_ends_in_the_same_signs_as_a_fine_one",
    "test_a_new_memory_has_every_integrator_for_nothing",
    "test_an_interrupted_training_goes_on_from_its_state",
    "test_take_away",
    "test_the_order",
    "test_true_limits_are_approached",
    "test_any_text_is_read_as_a_value_in_range_or_refused_in_a_sentence",
)


def is_quick(place: str) -> bool:
    return place.startswith(QUICK) and place not in THOROUGH_FILES


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Where only quick tests are asked for, the others are not even imported: a browser's and a server's take seconds."""
    if config.option.markexpr != "quick" or collection_path.suffix != ".py" or collection_path.name == "conftest.py":
        return None
    return None if is_quick(collection_path.relative_to(HERE).as_posix()) else True


TOGETHER = {"static/test_build.py": "browser/test_static_site.py"}  # both look at the one site, which takes long to build


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        place = item.path.relative_to(HERE).as_posix()
        if is_quick(place) and not item.name.startswith(THOROUGH):
            item.add_marker(pytest.mark.quick)
        if config.pluginmanager.hasplugin("xdist"):  # each file stays in one process, with the servers that it has started
            item.add_marker(pytest.mark.xdist_group(TOGETHER.get(place, place)))
