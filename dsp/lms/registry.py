"""Language models by name.

    openai/gpt-4.1-mini             provider/model; the model's name may hold slashes of its own
    extractive                      a provider that needs no model
    http://127.0.0.1:8000/v1#llama  any OpenAI-compatible server: its base URL, `#`, and the model

A provider is whatever makes an LM: it is called with the model's name, or with nothing where none is written.
Third parties add one by an entry point in the group `dsp.lms`.
"""

from __future__ import annotations

import inspect
from typing import Any

from dsp.errors import InputError, UnknownNameError
from dsp.lms.presets import SERVER
from dsp.protocols import LM
from indexes.registry import Registry

PROVIDERS = Registry(
    "LM",
    "dsp.lms",
    {
        "extractive": "dsp.lms.extractive:Extractive",
        "transformers": "dsp.lms.transformers:Transformers",
        "openai": "dsp.lms.presets:OPENAI",
        "openai-responses": "dsp.lms.presets:OPENAI_RESPONSES",
        "azure": "dsp.lms.presets:AZURE",
        "ollama": "dsp.lms.presets:OLLAMA",
        "ollama_chat": "dsp.lms.presets:OLLAMA",
        "vllm": "dsp.lms.presets:VLLM",
        "hosted_vllm": "dsp.lms.presets:VLLM",
        "llama.cpp": "dsp.lms.presets:LLAMA_CPP",
        "openrouter": "dsp.lms.presets:OPENROUTER",
        "together": "dsp.lms.presets:TOGETHER",
        "together_ai": "dsp.lms.presets:TOGETHER",
        "groq": "dsp.lms.presets:GROQ",
        "mistral": "dsp.lms.presets:MISTRAL",
        "deepseek": "dsp.lms.presets:DEEPSEEK",
        "gemini": "dsp.lms.presets:GEMINI",
        "anthropic": "dsp.lms.presets:ANTHROPIC",
    },
    error=UnknownNameError,
)


def lm_from_name(name: str, **options: Any) -> LM:
    """The LM of that name; `options` go to its provider (`base_url`, `key`, `timeout`, …).

    Raises UnknownNameError for a provider nobody knows, InputError for a name without a model where one is needed.
    """
    if name.startswith(("http://", "https://")):
        base_url, _, model = name.partition("#")
        if not model:
            raise InputError(f'a server\'s address needs a model after "#", but got "{name}"; write "{name}#model"')
        server: LM = SERVER(model, base_url=base_url, **options)
        return server
    provider, slash, model = name.partition("/")
    make = PROVIDERS.get(provider)
    if slash and not model:
        raise InputError(f'a model\'s name comes after the "/", but got "{name}"; write "{provider}/model"')
    try:
        inspect.signature(make).bind(*([model] if model else []), **options)
    except TypeError as error:
        remedy = f'write "{provider}/model"' if not model else f'write "{provider}" alone, or see its options'
        raise InputError(f'"{provider}" cannot make an LM of "{name}" ({error}); {remedy}') from None
    lm: LM = make(model, **options) if model else make(**options)
    return lm
