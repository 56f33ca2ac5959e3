"""OpenAI-compatible servers by name: where each is, which variable holds its key, and how it differs.

A preset is a provider: called with a model's name it gives an LM. Nothing is loaded or read until then.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from dsp.errors import InputError
from dsp.lms.addresses import on_this_machine
from dsp.lms.context_windows import context_window_of
from dsp.lms.keys import KeySource, Lookup, Variable, from_environment
from dsp.lms.prices import FREE, Price, price_of

if TYPE_CHECKING:
    from dsp.lms.openai import OpenAI


@dataclass(frozen=True, slots=True)
class Preset:
    """One server. `base_variable` may name another base URL; `suffix` is what it leaves out.

    `local` servers are those that people run themselves: they need no key.
    """

    name: str
    base_url: str = ""
    key_name: str = ""
    base_variable: str = ""
    suffix: str = ""
    local: bool = False
    one_at_a_time: bool = False
    wire: str = "chat"
    renames: Mapping[str, str] = field(default_factory=dict)

    def __call__(
        self,
        model: str,
        *,
        base_url: str | None = None,
        key: KeySource | None = None,
        lookup: Lookup = from_environment,
        **options: Any,
    ) -> OpenAI:
        """The LM of that model. `key` replaces the variable; `lookup` replaces the environment; `options` go to
        `OpenAI`. Raises InputError where no base URL is known.
        """
        from dsp.lms.openai import OpenAI
        from dsp.lms.wires import WIRES

        address = base_url or self._address(lookup)
        settings: dict[str, Any] = {
            "provider": self.name,
            "key_required": not self.local,
            "key_name": self.key_name,
            "one_at_a_time": self.one_at_a_time,
            "renames": self.renames,
            "wire": WIRES[self.wire],
            "price": self._price(model, address),
            "context_window": context_window_of(self._known_as(model)) if address == self.base_url else None,
            **options,
        }
        return OpenAI(
            model,
            base_url=address,
            key=key or Variable(self.key_name, lookup),
            **settings,
        )

    def _price(self, model: str, address: str) -> Price | None:
        """What the model costs where it is known: the table's prices are those of the provider's own address, and only
        a server on this very machine is free. One elsewhere may send a bill, whatever it runs."""
        if self.local and on_this_machine(address):
            return FREE
        return price_of(self._known_as(model)) if address == self.base_url else None

    def _known_as(self, model: str) -> str:
        """What tables of models call it: one model behind two of a provider's endpoints is one."""
        return f"{self.name.removesuffix('-responses')}/{model}"

    def _address(self, lookup: Lookup) -> str:
        named = lookup(self.base_variable) if self.base_variable else None
        if named:
            return named.rstrip("/") + self.suffix
        if not self.base_url:
            raise InputError(
                f"{self.name} needs its address, but {self.base_variable} is not set; "
                f"set {self.base_variable} in the environment, or give base_url"
            )
        return self.base_url


OPENAI = Preset("openai", "https://api.openai.com/v1", "OPENAI_API_KEY", "OPENAI_BASE_URL")
OPENAI_RESPONSES = Preset(
    "openai-responses", "https://api.openai.com/v1", "OPENAI_API_KEY", "OPENAI_BASE_URL", wire="responses"
)
AZURE = Preset("azure", key_name="AZURE_OPENAI_API_KEY", base_variable="AZURE_OPENAI_ENDPOINT", suffix="/openai/v1")
OLLAMA = Preset("ollama", "http://127.0.0.1:11434/v1", "OLLAMA_API_KEY", local=True, one_at_a_time=True)
VLLM = Preset("vllm", "http://127.0.0.1:8000/v1", "VLLM_API_KEY", local=True)
LLAMA_CPP = Preset("llama.cpp", "http://127.0.0.1:8080/v1", "LLAMA_API_KEY", local=True)
OPENROUTER = Preset("openrouter", "https://openrouter.ai/api/v1", "OPENROUTER_API_KEY")
TOGETHER = Preset("together", "https://api.together.xyz/v1", "TOGETHER_API_KEY")
GROQ = Preset("groq", "https://api.groq.com/openai/v1", "GROQ_API_KEY", one_at_a_time=True)
MISTRAL = Preset("mistral", "https://api.mistral.ai/v1", "MISTRAL_API_KEY", renames={"seed": "random_seed"})
DEEPSEEK = Preset("deepseek", "https://api.deepseek.com/v1", "DEEPSEEK_API_KEY", one_at_a_time=True)
GEMINI = Preset("gemini", "https://generativelanguage.googleapis.com/v1beta/openai", "GEMINI_API_KEY")
ANTHROPIC = Preset("anthropic", "https://api.anthropic.com/v1", "ANTHROPIC_API_KEY", one_at_a_time=True)

SERVER = Preset("server", key_name="DSP_LM_KEY", local=True)
"""A server named by its base URL alone. It is sent `DSP_LM_KEY` where that is set, never another provider's key."""
