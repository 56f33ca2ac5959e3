"""Demonstrate–Search–Predict: retrieval-augmented programs over language models that compile.

    import dsp, indexes

    dsp.configure(lm=dsp.LM("extractive"), rm=indexes.open("my-index"))
    program = dsp.MultiHop()
    print(program(question="Who directed the film that Ann Mora wrote?").answer)

    optimizer = dsp.BootstrapFewShotWithRandomSearch()
    better = optimizer.compile(program, trainset=train, valset=dev)
    better.save("program.json")

Each name is loaded when it is first used, so that `import dsp` costs next to nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from dsp.lazy import loaded

if TYPE_CHECKING:
    from dsp.callbacks import BaseCallback as BaseCallback
    from dsp.configuration import configure as configure
    from dsp.configuration import context as context
    from dsp.configuration import settings as settings
    from dsp.data.questions import read_questions as read_questions
    from dsp.data.world import write_world as write_world
    from dsp.demonstrate.annotate import annotate as annotate
    from dsp.demonstrate.crossval import crossval as crossval
    from dsp.demonstrate.embedder import Embedder as Embedder
    from dsp.demonstrate.knn import knn as knn
    from dsp.demonstrate.match import answer_match as answer_match
    from dsp.demonstrate.match import passage_match as passage_match
    from dsp.demonstrate.sample import all_but as all_but
    from dsp.demonstrate.sample import sample as sample
    from dsp.demonstrate.transformation import transformation as transformation
    from dsp.evaluate.check import check as check
    from dsp.evaluate.evaluator import Evaluate as Evaluate
    from dsp.evaluate.results import Evaluation as Evaluation
    from dsp.evaluate.results import compare as compare
    from dsp.modules.assertions import Assert as Assert
    from dsp.modules.assertions import Retry as Retry
    from dsp.modules.assertions import Suggest as Suggest
    from dsp.modules.assertions import assert_no_except_handler as assert_no_except_handler
    from dsp.modules.assertions import assert_transform_module as assert_transform_module
    from dsp.modules.assertions import backtrack_handler as backtrack_handler
    from dsp.modules.assertions import bypass_assert_handler as bypass_assert_handler
    from dsp.modules.assertions import bypass_suggest_handler as bypass_suggest_handler
    from dsp.modules.assertions import noop_handler as noop_handler
    from dsp.modules.asyncify import asyncify as asyncify
    from dsp.modules.asyncify import syncify as syncify
    from dsp.modules.backtracking import once as once
    from dsp.modules.baleen import Baleen as Baleen
    from dsp.modules.best_of_n import BestOfN as BestOfN
    from dsp.modules.chain_of_thought import ChainOfThought as ChainOfThought
    from dsp.modules.citations import Citations as Citations
    from dsp.modules.citations import cited as cited
    from dsp.modules.citations import with_citations as with_citations
    from dsp.modules.cited import Cited as Cited
    from dsp.modules.cited import CitedMultiHop as CitedMultiHop
    from dsp.modules.code_act import CodeAct as CodeAct
    from dsp.modules.constraint_counts import count_constraints as count_constraints
    from dsp.modules.embeddings import Embeddings as Embeddings
    from dsp.modules.ensemble import Ensemble as Ensemble
    from dsp.modules.knn import KNN as KNN
    from dsp.modules.majority import Majority as Majority
    from dsp.modules.module import Module as Module
    from dsp.modules.multi_chain_comparison import MultiChainComparison as MultiChainComparison
    from dsp.modules.multi_hop import MultiHop as MultiHop
    from dsp.modules.nearest_demos import NearestDemos as NearestDemos
    from dsp.modules.parallel import Parallel as Parallel
    from dsp.modules.predict import Predict as Predict
    from dsp.modules.program_of_thought import ProgramOfThought as ProgramOfThought
    from dsp.modules.react import ReAct as ReAct
    from dsp.modules.refine import Refine as Refine
    from dsp.modules.retrieve import Retrieve as Retrieve
    from dsp.modules.sandbox import Sandbox as Sandbox
    from dsp.modules.self_ask import SelfAsk as SelfAsk
    from dsp.modules.streamify import FieldPiece as FieldPiece
    from dsp.modules.streamify import streamify as streamify
    from dsp.modules.tool_calls import ToolCalls as ToolCalls
    from dsp.modules.tools import Tool as Tool
    from dsp.optimize.bootstrap_few_shot import BootstrapFewShot as BootstrapFewShot
    from dsp.optimize.knn_few_shot import KNNFewShot as KNNFewShot
    from dsp.optimize.labeled_few_shot import LabeledFewShot as LabeledFewShot
    from dsp.optimize.measured import compile_measured as compile_measured
    from dsp.optimize.random_search import BootstrapFewShotWithRandomSearch as BootstrapFewShotWithRandomSearch
    from dsp.predict.branch import branch as branch
    from dsp.predict.generate import generate as generate
    from dsp.predict.majority import majority as majority
    from dsp.predict.majority import most_common as most_common
    from dsp.predict.template import Template as Template
    from dsp.predict.template import Type as Type
    from dsp.predict.template import format_answers as format_answers
    from dsp.predict.template import passages2text as passages2text
    from dsp.predict.track_usage import track_usage as track_usage
    from dsp.programs.loading import load_program
    from dsp.prompts.chat import ChatTemplate
    from dsp.prompts.fields import InputField as InputField
    from dsp.prompts.fields import OutputField as OutputField
    from dsp.prompts.history import History as History
    from dsp.prompts.image import Image as Image
    from dsp.prompts.json import JSONTemplate
    from dsp.prompts.signature import Signature as Signature
    from dsp.prompts.signature import ensure_signature as ensure_signature
    from dsp.prompts.signature import make_signature as make_signature
    from dsp.prompts.xml import XMLTemplate
    from dsp.search.deduplicate import deduplicate as deduplicate
    from dsp.search.ensemble import retrieve_ensemble as retrieve_ensemble
    from dsp.search.hops import retrieve_unseen as retrieve_unseen
    from dsp.search.listwise import ListwiseReranker as ListwiseReranker
    from dsp.search.rank import rank as rank
    from dsp.search.rank import rerank as rerank
    from dsp.search.rerank_ensemble import fused_retrieval as fused_retrieval
    from dsp.search.rerank_ensemble import retrieve_rerank_ensemble as retrieve_rerank_ensemble
    from dsp.search.retrieve import retrieve as retrieve
    from dsp.trace import record as record
    from dsp.types.example import Example as Example
    from dsp.types.prediction import Completions as Completions
    from dsp.types.prediction import Prediction as Prediction
    from dsp.types.usage import Usage as Usage
    from dsp.wiring import configure_cache as configure_cache
    from dsp.wiring import inspect_history as inspect_history
    from dsp.wiring import make_lm

    # Type checkers take `import … as …` for public only where the name stays the same.
    LM = make_lm
    load = load_program
    BootstrapRS = BootstrapFewShotWithRandomSearch
    ChatAdapter = ChatTemplate
    JSONAdapter = JSONTemplate
    XMLAdapter = XMLTemplate
    retrieveEnsemble = retrieve_ensemble  # noqa: N816
    retrieveRerankEnsemble = retrieve_rerank_ensemble  # noqa: N816

_PUBLIC = {
    "Assert": "dsp.modules.assertions",
    "Baleen": "dsp.modules.baleen",
    "BaseCallback": "dsp.callbacks",
    "BestOfN": "dsp.modules.best_of_n",
    "BootstrapFewShot": "dsp.optimize.bootstrap_few_shot",
    "BootstrapFewShotWithRandomSearch": "dsp.optimize.random_search",
    "BootstrapRS": "dsp.optimize.random_search:BootstrapFewShotWithRandomSearch",
    "ChainOfThought": "dsp.modules.chain_of_thought",
    "ChatAdapter": "dsp.prompts.chat:ChatTemplate",
    "Citations": "dsp.modules.citations",
    "Cited": "dsp.modules.cited",
    "CitedMultiHop": "dsp.modules.cited",
    "CodeAct": "dsp.modules.code_act",
    "Completions": "dsp.types.prediction",
    "Embedder": "dsp.demonstrate.embedder",
    "Embeddings": "dsp.modules.embeddings",
    "Ensemble": "dsp.modules.ensemble",
    "Evaluate": "dsp.evaluate.evaluator",
    "Evaluation": "dsp.evaluate.results",
    "Example": "dsp.types.example",
    "FieldPiece": "dsp.modules.streamify",
    "History": "dsp.prompts.history",
    "Image": "dsp.prompts.image",
    "InputField": "dsp.prompts.fields",
    "JSONAdapter": "dsp.prompts.json:JSONTemplate",
    "KNN": "dsp.modules.knn",
    "KNNFewShot": "dsp.optimize.knn_few_shot",
    "LM": "dsp.wiring:make_lm",
    "LabeledFewShot": "dsp.optimize.labeled_few_shot",
    "ListwiseReranker": "dsp.search.listwise",
    "Majority": "dsp.modules.majority",
    "Module": "dsp.modules.module",
    "MultiChainComparison": "dsp.modules.multi_chain_comparison",
    "MultiHop": "dsp.modules.multi_hop",
    "NearestDemos": "dsp.modules.nearest_demos",
    "OutputField": "dsp.prompts.fields",
    "Parallel": "dsp.modules.parallel",
    "Predict": "dsp.modules.predict",
    "Prediction": "dsp.types.prediction",
    "ProgramOfThought": "dsp.modules.program_of_thought",
    "ReAct": "dsp.modules.react",
    "Refine": "dsp.modules.refine",
    "Retrieve": "dsp.modules.retrieve",
    "Retry": "dsp.modules.assertions",
    "Sandbox": "dsp.modules.sandbox",
    "SelfAsk": "dsp.modules.self_ask",
    "Signature": "dsp.prompts.signature",
    "Suggest": "dsp.modules.assertions",
    "Template": "dsp.predict.template",
    "Tool": "dsp.modules.tools",
    "ToolCalls": "dsp.modules.tool_calls",
    "Type": "dsp.predict.template",
    "Usage": "dsp.types.usage",
    "XMLAdapter": "dsp.prompts.xml:XMLTemplate",
    "all_but": "dsp.demonstrate.sample",
    "annotate": "dsp.demonstrate.annotate",
    "answer_match": "dsp.demonstrate.match",
    "assert_no_except_handler": "dsp.modules.assertions",
    "assert_transform_module": "dsp.modules.assertions",
    "asyncify": "dsp.modules.asyncify",
    "backtrack_handler": "dsp.modules.assertions",
    "branch": "dsp.predict.branch",
    "bypass_assert_handler": "dsp.modules.assertions",
    "bypass_suggest_handler": "dsp.modules.assertions",
    "check": "dsp.evaluate.check",
    "cited": "dsp.modules.citations",
    "compare": "dsp.evaluate.results",
    "compile_measured": "dsp.optimize.measured",
    "configure": "dsp.configuration",
    "configure_cache": "dsp.wiring",
    "context": "dsp.configuration",
    "count_constraints": "dsp.modules.constraint_counts",
    "crossval": "dsp.demonstrate.crossval",
    "deduplicate": "dsp.search.deduplicate",
    "ensure_signature": "dsp.prompts.signature",
    "format_answers": "dsp.predict.template",
    "fused_retrieval": "dsp.search.rerank_ensemble",
    "generate": "dsp.predict.generate",
    "inspect_history": "dsp.wiring",
    "knn": "dsp.demonstrate.knn",
    "load": "dsp.programs.loading:load_program",
    "majority": "dsp.predict.majority",
    "make_signature": "dsp.prompts.signature",
    "most_common": "dsp.predict.majority",
    "noop_handler": "dsp.modules.assertions",
    "once": "dsp.modules.backtracking",
    "passage_match": "dsp.demonstrate.match",
    "passages2text": "dsp.predict.template",
    "rank": "dsp.search.rank",
    "read_questions": "dsp.data.questions",
    "record": "dsp.trace",
    "rerank": "dsp.search.rank",
    "retrieve": "dsp.search.retrieve",
    "retrieveEnsemble": "dsp.search.ensemble:retrieve_ensemble",
    "retrieveRerankEnsemble": "dsp.search.rerank_ensemble:retrieve_rerank_ensemble",
    "retrieve_ensemble": "dsp.search.ensemble",
    "retrieve_rerank_ensemble": "dsp.search.rerank_ensemble",
    "retrieve_unseen": "dsp.search.hops",
    "sample": "dsp.demonstrate.sample",
    "settings": "dsp.configuration",
    "streamify": "dsp.modules.streamify",
    "syncify": "dsp.modules.asyncify",
    "track_usage": "dsp.predict.track_usage",
    "transformation": "dsp.demonstrate.transformation",
    "with_citations": "dsp.modules.citations",
    "write_world": "dsp.data.world",
}

_ROOMS = {"adapters", "evaluate", "primitives", "retrievers", "streaming", "teleprompt", "utils"}  # as DSPy calls them

__all__ = sorted(_PUBLIC)


def __getattr__(name: str) -> Any:
    if name in _ROOMS:
        return importlib.import_module(f"dsp.{name}")
    if name not in _PUBLIC:
        raise AttributeError(f"module 'dsp' has no attribute {name!r}{_instead(name)}")
    value = loaded(__name__, _PUBLIC, name)
    globals()[name] = value
    return value


def _instead(name: str) -> str:
    """What to use in place of a name of DSP's or DSPy's that is not here."""
    from dsp.absent import ABSENT

    return f": {ABSENT[name]} (docs/names.md)" if name in ABSENT else ""


def __dir__() -> list[str]:
    return sorted({*globals(), *_PUBLIC})
