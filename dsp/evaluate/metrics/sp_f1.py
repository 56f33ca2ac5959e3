"""Supporting facts F1: which of the sentences that answer the question does the prediction name?"""

from __future__ import annotations

from typing import Any

from dsp.errors import InputError
from dsp.types.example import Example


class SpF1:
    """HotpotQA's F1 over `[title, sentence]` pairs: the prediction's `sp` against the example's `supporting_facts`.

    It does not apply to examples that have none.
    """

    def applies_to(self, example: Example) -> bool:
        return bool(example.get("supporting_facts"))

    def __call__(self, example: Example, prediction: Example, trace: Any = None) -> float:
        if not self.applies_to(example):
            raise InputError("sp_f1 needs an example with supporting_facts; ask applies_to(example) first")
        golds = {(str(title), int(sentence)) for title, sentence in example["supporting_facts"]}
        named = {(str(title), int(sentence)) for title, sentence in prediction.get("sp") or []}
        return 2 * len(golds & named) / (len(golds) + len(named))

    def __repr__(self) -> str:
        return "<metric sp_f1>"


sp_f1 = SpF1()
