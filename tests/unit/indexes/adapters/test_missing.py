from __future__ import annotations

import sys
from typing import Any

import pytest

from indexes.adapters import haystack, langchain, llama_index
from indexes.errors import InputError


@pytest.mark.parametrize(
    ("module", "package", "convert", "said"),
    [
        (langchain, "langchain_core.documents", "to_langchain", r"langchain-core.*dsp\[langchain\]"),
        (llama_index, "llama_index.core.retrievers", "to_llama_index", r"llama-index-core.*dsp\[llama-index\]"),
        (haystack, "haystack", "to_haystack", r"haystack-ai.*dsp\[haystack\]"),
    ],
)
def test_a_library_that_is_not_there_is_named_with_what_to_install(
    monkeypatch: pytest.MonkeyPatch, index: Any, module: Any, package: str, convert: str, said: str
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    module._ours.cache_clear()
    with pytest.raises(InputError, match=said):
        getattr(module, convert)(index)
    module._ours.cache_clear()
