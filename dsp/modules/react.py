"""`ReAct`: think, call a tool, read what it gives, and again, until the answer can be written (Yao et al. 2022)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from dsp.errors import InputError, ParseError, PromptTooLongError
from dsp.modules.attempts import configured
from dsp.modules.chain_of_thought import ChainOfThought
from dsp.modules.module import Module
from dsp.modules.predict import Predict
from dsp.modules.tools import Tool, ToolCall
from dsp.prompts.fields import Field
from dsp.prompts.signature import Signature, ensure_signature
from dsp.types.prediction import Prediction

FINISH = "finish"
TRAJECTORY = Field("trajectory", "input", desc="the steps so far, one a line: what was thought, called and observed")
THOUGHT = Field("next_thought", "output", desc="what is known now, and what is to be done next")
ARGUMENTS = Field("next_tool_args", "output", dict[str, Any], desc="the tool's arguments; {} where it takes none")


class ReAct(Module):
    """Answers a signature with the help of `tools`, in at most `max_iters` steps.

        >>> from dsp.lms.scripted import Scripted
        >>> def born(person: str) -> str:
        ...     "Says where a person was born."
        ...     return {"Lem": "Lviv"}[person]
        >>> agent = ReAct("question -> answer", tools=[born], max_iters=3)
        >>> step = "[[ ## next_thought ## ]]\\n{}\\n[[ ## next_tool_name ## ]]\\n{}\\n[[ ## next_tool_args ## ]]\\n{}"
        >>> agent.set_lm(Scripted([
        ...     step.format("I look it up.", "born", '{"person": "Lem"}'),
        ...     step.format("That is it.", "finish", "{}"),
        ...     "[[ ## reasoning ## ]]\\nIt was observed.\\n[[ ## answer ## ]]\\nLviv",
        ... ]))
        >>> prediction = agent(question="Where was Lem born?")
        >>> prediction.answer, prediction.trajectory["observation_0"]
        ('Lviv', 'Lviv')

    A tool is a function (its name, its docstring and its typed arguments tell the LM what it is), a module, a retriever
    or a `Tool`. A tool that fails, hangs or is called wrongly gives its error as the observation, and the run goes on;
    no key, no LM or a spent budget is raised. A step that cannot be read ends the search, and the answer is written
    from what there is. Where the steps no longer fit the LM's window the oldest are left out, and the prompt says how
    many. The prediction holds the outputs, `reasoning`, and `trajectory`, whose keys are DSPy's (`thought_0`,
    `tool_name_0`, `tool_args_0`, `observation_0`, …). A call's `config=` goes over the predictors' settings.
    """

    awaits_modules_only = True

    def __init__(
        self, signature: str | type[Signature] | Signature, tools: Sequence[Any] = (), max_iters: int = 20
    ) -> None:
        if max_iters < 1:
            raise InputError(f"max_iters must be at least 1, but got {max_iters}; ask for one step or more")
        asked = ensure_signature(signature)
        made = [Tool.of(tool) for tool in tools]
        self.tools = {tool.name: tool for tool in made}
        if len(self.tools) < len(made) or FINISH in self.tools:
            raise InputError(
                f"tools must have different names, none of them {FINISH}, but got "
                f"{', '.join(tool.name for tool in made)}; say Tool.of(function, name=…)"
            )
        self.max_iters = max_iters
        self.react = Predict(step_signature(asked, made))
        self.extract = ChainOfThought(asked.append(TRAJECTORY))

    async def aforward(self, /, *, config: Mapping[str, Any] | None = None, **inputs: Any) -> Prediction:
        steps: list[dict[str, Any]] = []
        with configured(config):
            for _ in range(self.max_iters):
                try:
                    chosen = await self._asked(self.react, inputs, steps)
                except ParseError:
                    break
                steps.append(await self._stepped(chosen))
                if steps[-1]["tool"] == FINISH:
                    break
            prediction = await self._asked(self.extract, inputs, steps)
        return prediction.copy(trajectory=_as_dspy(steps))

    async def _stepped(self, chosen: Prediction) -> dict[str, Any]:
        name, arguments = chosen.next_tool_name, dict(chosen.next_tool_args)
        step = {"thought": chosen.next_thought, "tool": name, "arguments": arguments}
        if name == FINISH:
            return {**step, "observation": "done"}
        done = await ToolCall(self.tools[name], arguments).acall()
        observation = done.text if done.error is None else f"Error: {done.error}"
        return {**step, "observation": observation}

    async def _asked(self, predictor: Predict, inputs: Mapping[str, Any], steps: list[dict[str, Any]]) -> Prediction:
        left_out = 0
        while True:
            try:
                return await predictor.acall(**inputs, trajectory=as_lines(steps, left_out))
            except PromptTooLongError:
                if left_out >= len(steps):
                    raise
                left_out += 1


def step_signature(asked: type[Signature], tools: Sequence[Tool]) -> type[Signature]:
    """What each step is asked: the inputs and the steps so far in, a thought and a call out."""
    outputs = ", ".join(f"`{name}`" for name in asked.output_fields)
    lines = [f"({number}) {tool.described}" for number, tool in enumerate(tools, 1)]
    lines.append(f"({len(tools) + 1}) {FINISH}(): says that {outputs} can be written from what was observed.")
    name = Field(
        "next_tool_name",
        "output",
        Literal[(*(tool.name for tool in tools), FINISH)],
        desc="the tool to call",
    )
    signature = asked
    for output in asked.output_fields:
        signature = signature.delete(output)
    for field in (TRAJECTORY, THOUGHT, name, ARGUMENTS):
        signature = signature.append(field)
    return signature.with_instructions(
        f"{asked.instructions} To find out {outputs}, think and call one tool at a time; what it gives is added to "
        f"`trajectory`. The tools are: {' '.join(lines)}"
    )


def as_lines(steps: Sequence[Mapping[str, Any]], left_out: int = 0) -> str:
    """The steps as a prompt shows them, each one line of JSON: nothing that was observed can pose as a step."""
    lines = [f"({left_out} earlier steps are left out for want of room)"] if left_out else []
    for number, step in enumerate(steps[left_out:], left_out + 1):
        lines.append(f"{number}. {json.dumps(step, ensure_ascii=False, default=str)}")
    return "\n".join(lines) or "no step yet"


def _as_dspy(steps: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    names = {"thought": "thought", "tool": "tool_name", "arguments": "tool_args", "observation": "observation"}
    return {f"{names[key]}_{number}": value for number, step in enumerate(steps) for key, value in step.items()}
