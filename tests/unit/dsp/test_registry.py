"""Strategies by name: built-ins and plugins take one path."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from dsp.errors import DspError, InputError, UnknownNameError
from dsp.evaluate.metrics import METRICS
from dsp.lms.registry import PROVIDERS
from dsp.optimize.registry import OPTIMIZERS
from dsp.programs.registry import PROGRAMS
from dsp.prompts.registry import TEMPLATES
from indexes.registry import Registry

REGISTRIES = [METRICS, OPTIMIZERS, PROGRAMS, PROVIDERS, TEMPLATES]


@pytest.fixture
def registry() -> Registry:
    return Registry("colour", "dsp.tests.colours", {"red": "string:digits", "reddish": "string:hexdigits"}, InputError)


@pytest.mark.parametrize("registry", REGISTRIES, ids=lambda registry: str(registry.kind))
def test_every_name_stands_for_something_that_loads(registry: Registry) -> None:
    assert registry.names() == sorted(registry.names())
    for name in registry:
        assert callable(registry.get(name))
        assert registry.get(name) is registry.get(name)


@pytest.mark.parametrize("registry", REGISTRIES, ids=lambda registry: str(registry.kind))
def test_an_unknown_name_is_an_input_error_of_dsp_with_what_to_choose(registry: Registry) -> None:
    with pytest.raises(UnknownNameError, match=f'unknown {registry.kind} "zzzzzz": choose one of ') as caught:
        registry.get("zzzzzz")
    assert isinstance(caught.value, InputError | DspError)
    assert all(name in str(caught.value) for name in registry.names())
    close = registry.names()[0] + "x"
    with pytest.raises(UnknownNameError, match=f"did you mean .*{registry.names()[0]}"):
        registry.get(close)


def test_a_strategy_is_registered_as_an_object_or_as_a_path(registry: Registry) -> None:
    thing = object()
    registry.register("blue", thing)
    registry.register("green", "string:punctuation")
    assert registry.get("blue") is thing
    assert str(registry.get("green")).startswith("!")
    assert registry.names() == ["blue", "green", "red", "reddish"]
    assert "blue" in registry
    assert "grey" not in registry


def test_a_name_that_is_taken_stays_taken(registry: Registry) -> None:
    registry.register("blue", 1)
    for name in ("red", "blue"):
        with pytest.raises(ValueError, match=f'the colour name must be new, but "{name}" is taken'):
            registry.register(name, 2)
    assert registry.get("blue") == 1


def test_a_plugin_adds_a_name_but_never_replaces_a_built_in(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Point:
        def __init__(self, name: str, value: str) -> None:
            self.name, self.value = name, value

    def entry_points(*, group: str) -> Iterable[Point]:
        assert group == "dsp.tests.colours"
        return [Point("violet", "string:ascii_letters"), Point("red", "os:system")]

    monkeypatch.setattr("importlib.metadata.entry_points", entry_points)
    assert registry.names() == ["red", "reddish", "violet"]
    assert str(registry.get("violet")).startswith("abc")
    assert registry.get("red") == "0123456789"


def test_close_names_come_first_in_the_remedy(registry: Registry) -> None:
    with pytest.raises(InputError, match='unknown colour "redish": did you mean reddish or red'):
        registry.get("redish")


def test_naming_a_strategy_loads_nothing(registry: Registry) -> None:
    registry.register("broken", "no_such_package.at_all:thing")
    assert "broken" in registry.names()
    with pytest.raises(ModuleNotFoundError):
        registry.get("broken")
