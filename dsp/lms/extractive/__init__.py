"""The embedded language model: an extractive reader.

On a fresh machine there is no key, no network and no model file, yet programs must run, and compiling must be able
to help. This LM receives the same messages as any other and writes completions in the form that the prompt asks
for; nothing above it knows that it is special.

It is statistics, not a neural model. It does not know, reason or write: it finds the fields in a prompt, takes every
date, number, name and noun phrase in the passages as a candidate, describes each by some 220 hand-made features (how
much of the question its sentence covers together with a linked passage, whether a passage titled so says that its
subject is what was asked, …), and picks the likeliest by a log-linear model. Search queries name a bridge entity
chosen in the same way. Demonstrations in the prompt move the weights (`learning`), and a few wordings of
instructions are understood (`cues`); everything else in an instruction is lost on it. Without passages it answers
"unknown". Expect a small fraction of what a neural model scores; expect it at once, offline and for nothing.

In reading order: `lexicon`, `text` · `candidates`, `passages`, `questions` · `scene`, `features`, `table` · `ranker`,
`learning`, `answers` · `bridges`, `queries`, `cues` · `prompt`, `reading`, `reading_plain`, `writing` · `model`.
`fit` makes `weights.json` from MuSiQue's training questions.
"""

from __future__ import annotations

from dsp.lms.extractive.model import Extractive

__all__ = ["Extractive"]
