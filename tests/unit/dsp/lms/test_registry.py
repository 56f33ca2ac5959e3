from __future__ import annotations

import pickle

import pytest

from dsp.errors import InputError, LMAuthenticationError, UnknownNameError
from dsp.lms import presets
from dsp.lms.openai import OpenAI
from dsp.lms.presets import Preset
from dsp.lms.registry import PROVIDERS, lm_from_name
from dsp.testing.server import LMServer

NAMES = [
    *("openai", "openai-responses", "azure", "ollama", "vllm", "llama.cpp", "openrouter"),
    *("together", "groq", "mistral", "deepseek", "gemini", "anthropic"),
]
TABLE = {each.name: each for each in vars(presets).values() if isinstance(each, Preset)}


def test_every_preset_is_in_the_registry_under_its_own_name() -> None:
    assert [PROVIDERS.get(name).name for name in NAMES] == NAMES


@pytest.mark.parametrize("name", [name for name in NAMES if not TABLE[name].local])
def test_a_missing_key_names_its_variable_before_any_request(name: str) -> None:
    lm = lm_from_name(f"{name}/some-model", base_url="http://127.0.0.1:9/v1", lookup=lambda _: None)
    with pytest.raises(LMAuthenticationError, match=TABLE[name].key_name):
        lm("hello")


def test_a_models_name_may_hold_slashes() -> None:
    lm = lm_from_name("openrouter/meta-llama/llama-3-8b")
    assert lm.name == "openrouter/meta-llama/llama-3-8b"
    assert isinstance(lm, OpenAI)
    assert lm.model == "meta-llama/llama-3-8b"


def test_an_address_and_a_model_make_an_lm_that_is_sent_no_other_providers_key(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-openai-secret")
    monkeypatch.setenv("OPENAI_ORG_ID", "org-secret")
    monkeypatch.setenv("OPENAI_PROJECT_ID", "project-secret")
    monkeypatch.setenv("OPENAI_ADMIN_KEY", "admin-secret")
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "Authorization: Bearer header-secret\nX-Mine: other-secret")
    monkeypatch.delenv("DSP_LM_KEY", raising=False)
    with LMServer("Paris") as server:
        lm = lm_from_name(f"{server.base_url}#llama")
        assert lm("Capital of France?")[0] == "Paris"
        asked = server.requests[0]
    assert asked.body["model"] == "llama"
    assert "authorization" not in asked.headers
    assert "secret" not in " ".join(asked.headers.values())


def test_a_key_from_the_environment_is_sent_to_the_provider_it_belongs_to() -> None:
    with LMServer() as server:
        variables = {"GROQ_API_KEY": "gsk-1"}
        lm = lm_from_name("groq/llama", base_url=server.base_url, lookup=variables.get)
        lm("hello")
        assert server.requests[0].headers["authorization"] == "Bearer gsk-1"


def test_an_lm_may_travel_to_another_process_and_its_key_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GROQ_API_KEY", "gsk-very-secret")
    packed = pickle.dumps(lm_from_name("groq/llama"))
    assert b"gsk-very-secret" not in packed
    assert pickle.loads(packed).fingerprint == lm_from_name("groq/llama").fingerprint  # noqa: S301


def test_azure_needs_its_endpoint_and_finds_it_in_its_variable() -> None:
    with pytest.raises(InputError, match="AZURE_OPENAI_ENDPOINT"):
        lm_from_name("azure/gpt", lookup=lambda _: None)
    variables = {"AZURE_OPENAI_ENDPOINT": "https://mine.openai.azure.com/"}
    lm = lm_from_name("azure/gpt", lookup=variables.get)
    assert lm.fingerprint.startswith("https://mine.openai.azure.com/openai/v1 ")


def test_an_unknown_provider_is_refused_with_the_closest_names() -> None:
    with pytest.raises(UnknownNameError, match=r'unknown LM "opnai": did you mean openai'):
        lm_from_name("opnai/gpt")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("openai", 'write "openai/model"'),
        ("openai/", 'write "openai/model"'),
        ("http://127.0.0.1:8000/v1", 'write "http://127.0.0.1:8000/v1#model"'),
        ("http://user:secret@host/v1#m", "holds no user, password"),
        ("https://host/v1?key=secret#m", "holds no user, password, query"),
    ],
)
def test_a_name_that_says_too_little_or_too_much_is_refused(name: str, said: str) -> None:
    with pytest.raises(InputError, match=said.replace("?", r"\?")) as caught:
        lm_from_name(name)
    assert "secret" not in str(caught.value)


def test_local_servers_need_no_key_and_cost_no_dollars() -> None:
    with LMServer() as server:
        lm = lm_from_name("vllm/llama", base_url=server.base_url, lookup=lambda _: None)
        assert lm("hello").usage.usd == 0.0
