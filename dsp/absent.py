"""Names of DSP and DSPy that are not here, and what to use in their place: what `dsp.NAME` then says.

`docs/names.md` says of each why. A name that comes to be built leaves this table.
"""

from __future__ import annotations

_OPTIMIZER = "not built yet; use dsp.BootstrapFewShotWithRandomSearch, which tries instructions and demonstrations"
_WEIGHTS = "nothing here trains a model's weights; use dsp.BootstrapFewShotWithRandomSearch, which finds demonstrations"
_SERVER = 'LMs are named: dsp.LM("provider/model"), or dsp.LM("http://host:port/v1#model") for a server of your own'
_MEDIA = "images alone are passed through: dsp.Image"
_FUNCTIONAL = "dsp.Predict and dsp.ChainOfThought take typed signatures themselves"
_REMOTE = "search an index of your own (indexes.build), or give your client as a function: dsp.configure(rm=search)"
_LOGGING = 'it logs by the standard library: logging.getLogger("dsp")'

ABSENT = {
    "Audio": _MEDIA,
    "AvatarOptimizer": _OPTIMIZER,
    "AzureCognitiveSearch": _REMOTE,
    "BaseLM": "an LM has complete(request) and acomplete(request): subclass dsp.lms.base.LocalLM",
    "BetterTogether": _WEIGHTS,
    "BootstrapFewShotWithOptuna": _OPTIMIZER,
    "BootstrapFinetune": _WEIGHTS,
    "COPRO": _OPTIMIZER,
    "ChainOfThoughtWithHint": 'a hint is an input like any other: dsp.ChainOfThought("question, hint -> answer")',
    "Code": "a program that an LM writes is text: dsp.ProgramOfThought runs it",
    "ColBERTv2": _REMOTE,
    "File": _MEDIA,
    "Flex": "not built yet; use dsp.Module",
    "GEPA": _OPTIMIZER,
    "GPT3": _SERVER,
    "GRPO": _WEIGHTS,
    "HFClientTGI": _SERVER,
    "HFClientVLLM": _SERVER,
    "HFModel": 'dsp.LM("transformers/model") runs a model in this process',
    "InferRules": _OPTIMIZER,
    "MIPROv2": _OPTIMIZER,
    "OldField": "write dsp.InputField or dsp.OutputField",
    "OldInputField": "write dsp.InputField",
    "OldOutputField": "write dsp.OutputField",
    "OllamaLocal": _SERVER,
    "OpenAI": _SERVER,
    "Provider": _SERVER,
    "PythonInterpreter": "dsp.Sandbox runs a program, with no files and no network",
    "RLM": "not built yet; use dsp.ReAct with a search as its tool",
    "ReActV2": "dsp.ReAct is the one there is",
    "Reasoning": 'reasoning is a field of text: dsp.ChainOfThought, or "question -> reasoning, answer"',
    "SIMBA": _OPTIMIZER,
    "TwoStepAdapter": 'ask twice in the program itself, or say dsp.configure(template="json")',
    "TypedChainOfThought": _FUNCTIONAL,
    "TypedPredictor": _FUNCTIONAL,
    "bootstrap_trace_data": _WEIGHTS,
    "cache_turn_on": "set DSP_CACHE to a folder, or to off",
    "compile": _WEIGHTS,
    "compiled": _WEIGHTS,
    "configure_dspy_loggers": _LOGGING,
    "datasets": "read questions of your own: dsp.read_questions(path)",
    "disable_litellm_logging": _LOGGING,
    "disable_logging": _LOGGING,
    "enable_litellm_logging": _LOGGING,
    "enable_logging": _LOGGING,
    "generate_sc": "dsp.majority(dsp.generate(template, n=20, temperature=0.7)(example)[1])",
    "infer_prefix": "a field's label is made from its name; say label=… for another",
    "inspect": "dsp.record() keeps every step of a run, dsp.inspect_history(n) the last calls",
    "load_settings": "settings hold live objects and are not saved; configure them in code",
    "propose": _OPTIMIZER,
}
