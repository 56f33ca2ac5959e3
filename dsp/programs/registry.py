"""Programs by name; a third party's package adds one by an entry point in the group `dsp.programs`."""

from __future__ import annotations

from dsp.errors import UnknownNameError
from indexes.registry import Registry

PROGRAMS = Registry(
    "program",
    "dsp.programs",
    {
        "vanilla": "dsp.programs.vanilla:Vanilla",
        "rag": "dsp.programs.rag:RAG",
        "multihop": "dsp.modules.multi_hop:MultiHop",
        "plain_multihop": "dsp.programs.plain_multihop:PlainMultiHop",
        "cited_multihop": "dsp.modules.cited:CitedMultiHop",
        "baleen": "dsp.modules.baleen:Baleen",
        "self_ask": "dsp.modules.self_ask:SelfAsk",
        "react": "dsp.programs.react:ReActSearch",
        "majority": "dsp.programs.majority:MajorityMultiHop",
    },
    UnknownNameError,
)
