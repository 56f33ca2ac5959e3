"""What the tests of the extractive reader share: a small library, and prompts rendered as programs render them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest

from dsp.prompts.chat import ChatTemplate
from dsp.prompts.plain import PlainTemplate
from dsp.prompts.signature import Signature
from dsp.types.messages import LMRequest
from indexes.passage import Passage

LIBRARY = (
    Passage("1", "The Glass Harbour", "The Glass Harbour is a 1931 novel by Ilse Brandt. It sold 40,000 copies."),
    Passage("2", "Ilse Brandt", "Ilse Brandt (4 May 1899 – 12 June 1960) was a Dutch novelist born in Leiden."),
    Passage("3", "Leiden", "Leiden is a city in South Holland, Netherlands. Its population is 124,000."),
    Passage("4", "Oskar Veld", "Oskar Veld (3 March 1905 – 1 July 1971) was a Dutch painter born in Delft."),
    Passage("5", "Veld Museum", "The Veld Museum was founded in 1978 in Delft. It shows the work of Oskar Veld."),
)

Render = Callable[..., LMRequest]


@pytest.fixture
def library() -> tuple[Passage, ...]:
    return LIBRARY


@pytest.fixture
def lines() -> tuple[str, ...]:
    """The library as the reader gets it: `Title | text`."""
    return tuple(str(passage) for passage in LIBRARY)


@pytest.fixture(params=["chat", "plain"])
def template(request: pytest.FixtureRequest) -> ChatTemplate | PlainTemplate:
    return ChatTemplate() if request.param == "chat" else PlainTemplate()


@pytest.fixture
def ask(template: ChatTemplate | PlainTemplate) -> Render:
    """A request for a signature, its demonstrations and inputs, in either template."""

    def render(
        signature: str,
        inputs: Mapping[str, Any],
        demos: Sequence[Mapping[str, Any]] = (),
        instructions: str = "Answer the question with a short factoid answer.",
        **settings: Any,
    ) -> LMRequest:
        messages = template.render(Signature(signature, instructions), demos, inputs)
        return LMRequest(messages=tuple(messages), **settings)

    return render


@pytest.fixture
def read(template: ChatTemplate | PlainTemplate) -> Callable[[str, str], dict[str, Any]]:
    """A completion back to fields, as programs read it."""

    def parse(signature: str, completion: str) -> dict[str, Any]:
        return template.parse(Signature(signature, "Answer."), completion)

    return parse
