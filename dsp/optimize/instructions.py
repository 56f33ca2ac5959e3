"""Instruction variants that may join a search: hints that are added to what a program's author wrote.

They are general advice for multi-hop questions over passages, for any LM; which of them helps is for the examples
that select to say.
"""

from __future__ import annotations

from dsp.prompts.signature import Signature

QUERY_HINTS = (
    "Write only the name of the person, place, work or organisation to look up.",
    "Write the name of what is to be looked up, with the whole question after it.",
    "Write the name of what is to be looked up and the key words of the question.",
    "Write the names of two or three things to look up.",
)
ANSWER_HINTS = (
    "Combine two passages: the one that the question describes, and the one it is linked to by name.",
    "Give names in full, as the passage writes them.",
    "Give the shortest answer that is complete.",
)


def variants(signature: type[Signature]) -> list[str]:
    """The signature's own instructions first, then the same with each hint that suits what it asks for."""
    asks_for_query = any("query" in name for name in signature.output_fields)
    hints = QUERY_HINTS if asks_for_query else ANSWER_HINTS
    own = signature.instructions
    return [own, *(f"{own} {hint}" for hint in hints)]
