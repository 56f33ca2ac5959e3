"""Whether there is a language model to ask and a retriever to search, and whether they can work."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sized
from typing import Any

from dsp.checking.program import Read, is_plain, reached
from dsp.checking.report import Problem, error, problem
from dsp.checking.source import Source
from dsp.configuration import Settings
from dsp.errors import InputError
from dsp.lms.cached import Cached
from dsp.lms.registry import lm_from_name
from dsp.modules.module import Module, Predictor
from dsp.search.ensemble import retrieve_ensemble
from dsp.search.hops import retrieve_unseen
from dsp.search.rerank_ensemble import fused_retrieval, retrieve_rerank_ensemble
from dsp.search.retrieve import retrieve

_SEARCHES = (retrieve, retrieve_unseen, retrieve_ensemble, retrieve_rerank_ensemble, fused_retrieval)
_CHANGE_SETTINGS = frozenset({"context", "configure", "set_lm", "set_retriever"})


def lm_problems(program: object, lm: Any, settings: Settings) -> Iterator[Problem]:
    """No LM where one is needed, a name that nobody knows, or an LM that cannot answer (no key).

    `lm` is what the caller gives: an LM, its name, or None for the configured one.
    """
    if isinstance(lm, str):
        try:
            lm = lm_from_name(lm)
        except InputError as fault:
            yield error("lm", str(fault))
            return
    chosen = lm if lm is not None else settings.lm
    used = {id(chosen): chosen}
    if isinstance(program, Module):
        predictors = [part for part in program.predictors() if is_plain(part)]
        used = {id(each): each for part in predictors for each in (part.lm or chosen,)}
        if None in used.values():
            sure = not _settings_change(program) and any(
                isinstance(part, Predictor) and is_plain(part) and part.lm is None for part in reached(program)
            )
            text = (
                'a predictor needs a language model, but none is configured; say dsp.configure(lm=dsp.LM("extractive"))'
            )
            yield problem(sure, "lm", text)
    for each in used.values():
        answered = False  # perhaps: by a cache, which needs no key
        while (inner := getattr(each, "inner", None)) is not None:
            answered, each = answered or isinstance(each, Cached), inner
        for text in getattr(each, "problems", list)():
            yield problem(not answered, "lm", str(text))


def retriever_problems(program: object, retriever: Any, settings: Settings) -> Iterator[Problem]:
    """No retriever where one is needed, one without passages, or one that says itself that it cannot work."""
    chosen = retriever if retriever is not None else settings.rm
    if chosen is None:
        if isinstance(program, Module) and (sure := _searches(program)) is not None:
            text = "a search needs a retriever, but none is configured; say dsp.configure(rm=indexes.open(DIR))"
            yield problem(sure and not _settings_change(program), "index", text)
        return
    if not callable(getattr(chosen, "search", None)):
        if not callable(chosen):  # a function of a query and k finds passages too
            text = f"a retriever must have search(query, k), or be a function, but got {chosen!r:.80}"
            yield error("index", f"{text}; give indexes.open(DIR)")
        return
    try:
        count = len(chosen) if isinstance(chosen, Sized) else None
    except TypeError:  # what is composed of others of unknown size
        count = None
    if count == 0:
        yield error("index", "an index must hold passages, but this one has none; build it from a corpus")
    problems = getattr(chosen, "problems", None)
    for text in problems(1) if callable(problems) else ():
        yield error("index", str(text))


def _searches(program: Module) -> bool | None:
    """Whether it searches the configured retriever: True where that is sure, False where it may be, None where not."""
    sure = {id(module) for module in reached(program)}
    found = None
    for _, module in program.named_sub_modules():
        read = Read(module)
        keeps_none = "retriever" in vars(module) and vars(module)["retriever"] is None
        if keeps_none and read.is_ours:
            found = id(module) in sure or bool(found)
        for source, always in read.methods:
            for node in source.nodes():
                if isinstance(node, ast.Call) and _is_search(source, node):
                    found = (id(module) in sure and always and source.is_sure(node)) or bool(found)
    return found


def _is_search(source: Source, node: ast.Call) -> bool:
    """Whether it searches the configured retriever."""
    given = any(each.arg in ("retriever", None) for each in node.keywords)
    return not given and any(source.named(node.func) is each for each in _SEARCHES)


def _settings_change(program: Module) -> bool:
    """Whether the program may choose LMs and retrievers itself while it runs."""
    return any(
        (isinstance(node, ast.Attribute) and node.attr in _CHANGE_SETTINGS)
        or (isinstance(node, ast.withitem) and "context" in ast.unparse(node.context_expr))
        for _, module in program.named_sub_modules()
        if not (read := Read(module)).is_ours
        for source, _ in read.methods
        for node in source.nodes()
    )
