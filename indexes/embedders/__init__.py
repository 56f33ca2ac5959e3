"""How a text becomes a vector. One embedder, one file; a plugin adds one by an entry point in `indexes.embedders`.

A name in the registry leads to an `Embedder`, to a `CorpusEmbedder`, which a build fits, or to a class that makes one.
`NAME/MODEL` says of which model, and `NAME/MODEL?option=value&option=value` how it is to be run: the options that the
class calls `in_names`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from indexes.embedders.fitted import CorpusEmbedder
from indexes.errors import InputError
from indexes.protocols import Embedder
from indexes.registry import Registry

EMBEDDERS = Registry(
    "embedder",
    "indexes.embedders",
    {
        "hashing": "indexes.embedders.hashing:HASHING",
        "lsa": "indexes.embedders.lsa:Lsa",
        "openai": "indexes.embedders.openai:OpenAIEmbedder",
        "sentence_transformers": "indexes.embedders.sentence_transformers:SentenceTransformersEmbedder",
    },
)


def embedder_named(name: str) -> Embedder | CorpusEmbedder:
    """The embedder that `NAME`, `NAME/MODEL` or `NAME/MODEL?option=value` means.

    Raises UnknownNameError, and InputError for a model too much or an option that it has not.
    """
    kind, _, rest = name.partition("/")
    kind, asked, said = kind.partition("?")
    found = EMBEDDERS.get(kind)
    if not isinstance(found, type) and isinstance(found, Embedder):
        if rest or asked:
            raise InputError(f'embedder {kind} has no models and no options, but got "{name}"; write {kind} alone')
        return found
    model, options = (rest, said) if asked else _split(rest)
    made: Embedder | CorpusEmbedder = found(model, **_options(kind, found, options))
    return made


def _split(rest: str) -> tuple[str, str]:
    """The model, and what stands after the last question mark, where that looks like options."""
    model, asked, options = rest.rpartition("?")
    return (model, options) if asked and "=" in options and "/" not in options and "#" not in options else (rest, "")


def _options(kind: str, maker: Any, said: str) -> dict[str, Any]:
    """The options as the maker takes them. What was said is never repeated in an error: it may be a secret."""
    if not said:
        return {}
    known: Mapping[str, type] = getattr(maker, "in_names", {})
    options: dict[str, Any] = {}
    for key, value in parse_qsl(said, keep_blank_values=True):
        if key not in known:
            takes = f"it takes {', '.join(known)}" if known else "it takes none"
            raise InputError(f"embedder {kind} has no option of that name in its name; {takes}")
        try:
            options[key] = known[key](value)
        except ValueError:
            raise InputError(f"option {key} of embedder {kind} must be {known[key].__name__}, but is not") from None
    return options
