from __future__ import annotations

import contextvars
import threading

import pytest

import dsp
from dsp.configuration import Settings, configure, context, current, settings
from dsp.errors import InputError, SettingsError
from dsp.lms.scripted import Scripted

ONE, TWO = Scripted([], name="scripted/one"), Scripted([], name="scripted/two")


def test_nothing_is_configured_at_first_and_the_error_says_how() -> None:
    assert current() == Settings()
    with pytest.raises(SettingsError, match=r'dsp\.configure\(lm=dsp\.LM\("extractive"\)\)'):
        current().need_lm()
    with pytest.raises(SettingsError, match=r"dsp\.configure\(rm=indexes\.open\(DIR\)\)"):
        current().need_rm()


def test_configure_sets_what_it_names_and_keeps_the_rest() -> None:
    configure(lm=ONE)
    template = dsp.settings.template
    configure(lm=TWO)
    assert current().lm is TWO
    assert current().template is template
    assert settings.lm is TWO


def test_a_block_overlays_and_its_end_restores() -> None:
    configure(lm=ONE)
    with context(lm=TWO) as inside:
        assert current() is inside
        assert current().lm is TWO
        with context(lm=None):
            assert current().lm is None
        assert current().lm is TWO
    assert current().lm is ONE


def test_a_block_that_fails_restores_too() -> None:
    with pytest.raises(RuntimeError), context(lm=TWO):
        raise RuntimeError
    assert current().lm is None


def test_a_block_is_seen_in_what_copies_its_context_and_nowhere_else() -> None:
    seen: dict[str, object] = {}

    def look(name: str) -> None:
        seen[name] = current().lm

    with context(lm=TWO):
        for name, run in (("copied", contextvars.copy_context().run), ("bare", lambda f, name: f(name))):
            thread = threading.Thread(target=run, args=(look, name))
            thread.start()
            thread.join()
    assert seen == {"copied": TWO, "bare": None}


@pytest.mark.parametrize("set_them", [configure, lambda **names: context(**names).__enter__()])
def test_an_unknown_setting_is_refused_with_the_known_ones(set_them: object) -> None:
    assert callable(set_them)
    with pytest.raises(InputError, match=r"settings are lm, rm, template, sampling, .*but got model"):
        set_them(model=ONE)


def test_settings_are_frozen() -> None:
    with pytest.raises(AttributeError):
        current().lm = ONE  # type: ignore[misc]


def test_the_settings_object_has_no_other_names() -> None:
    with pytest.raises(AttributeError, match=r"settings are lm, rm, template, sampling, .*not model"):
        _ = settings.model


def test_settings_are_configured_by_dspys_names_too() -> None:
    dsp.settings.configure(lm=ONE, adapter="json")
    assert (settings.lm, settings.template, settings.adapter) == (ONE, "json", "json")
    with dsp.settings.context(lm=TWO, adapter=dsp.XMLAdapter()):
        assert settings.lm is TWO
        assert isinstance(settings.adapter, dsp.XMLAdapter)
    assert settings.template == "json"


@pytest.mark.parametrize("name", ["track_usage", "num_threads", "max_errors", "async_max_workers", "trace"])
def test_dspys_settings_that_are_none_here_say_where_they_are_said(name: str) -> None:
    with pytest.raises(InputError, match=rf"but got {name}; .+\("):
        configure(**{name: 1})
