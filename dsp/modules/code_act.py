"""`CodeAct`: an agent that acts by writing programs, in which its tools are plain functions (Wang et al. 2024)."""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from dsp.errors import InputError, ParseError
from dsp.modules.attempts import configured
from dsp.modules.chain_of_thought import ChainOfThought
from dsp.modules.module import Module
from dsp.modules.predict import Predict
from dsp.modules.program_of_thought import unfenced
from dsp.modules.react import TRAJECTORY, as_lines
from dsp.modules.sandbox import Sandbox
from dsp.modules.sandbox_child import MODULES
from dsp.modules.tools import Tool, ToolCall
from dsp.prompts.fields import Field
from dsp.prompts.signature import Signature, ensure_signature
from dsp.types.prediction import Prediction

CODE = Field("generated_code", "output", desc="a Python program that prints what you want to know")
FINISHED = Field("finished", "output", bool, desc="whether what this program prints is enough for the answer")


class CodeAct(Module):
    """Answers a signature by programs that the LM writes and a sandbox runs, at most `max_iters` of them.

        >>> from dsp.lms.scripted import Scripted
        >>> program = CodeAct("n -> factorial", tools=[], run_code=True)
        >>> program.set_lm(Scripted([
        ...     "[[ ## generated_code ## ]]\\nprint(1 * 2 * 3)\\n[[ ## finished ## ]]\\nyes",
        ...     "[[ ## reasoning ## ]]\\nIt printed 6.\\n[[ ## factorial ## ]]\\n6",
        ... ]))
        >>> program(n=3).factorial
        '6'

    `tools` are functions whose source is at hand and needs nothing else: it stands before every program, in the
    sandbox, which has no files and no network. A program that is refused or fails is observed as such, and the next one
    is written. A completion that cannot be read ends the search. Nothing is run unless `run_code=True` says so: see
    `dsp.modules.sandbox`. The prediction holds the outputs, `reasoning`, and `trajectory` (`generated_code_0`,
    `observation_0`, …). A call's `config=` goes over the predictors' settings. The names are DSPy's. Raises InputError
    for a tool that is no such function.
    """

    awaits_modules_only = True

    def __init__(
        self,
        signature: str | type[Signature] | Signature,
        tools: Sequence[Callable[..., Any]] = (),
        max_iters: int = 5,
        *,
        run_code: bool = False,
        sandbox: Sandbox | None = None,
    ) -> None:
        if run_code is not True:
            raise InputError(
                "CodeAct runs code that a language model writes, and does so only where it is asked to, but got "
                f"run_code={run_code!r}; read dsp.modules.sandbox, then say run_code=True"
            )
        if max_iters < 1:
            raise InputError(f"max_iters must be at least 1, but got {max_iters}; ask for one program or more")
        asked = ensure_signature(signature)
        self.max_iters = max_iters
        self.sandbox = sandbox if sandbox is not None else Sandbox()
        self.prelude = "\n\n".join(_source(tool) for tool in tools)
        self.codeact = Predict(_step_signature(asked, [Tool(tool) for tool in tools]))
        self.extractor = ChainOfThought(asked.append(TRAJECTORY))

    async def aforward(self, /, *, config: Mapping[str, Any] | None = None, **inputs: Any) -> Prediction:
        steps: list[dict[str, Any]] = []
        with configured(config):
            for _ in range(self.max_iters):
                try:
                    written = await self.codeact.acall(**inputs, trajectory=as_lines(steps))
                except ParseError:
                    break
                code = unfenced(written.generated_code)
                steps.append({"generated_code": code, "observation": await self._observed(code)})
                if written.finished:
                    break
            prediction = await self.extractor.acall(**inputs, trajectory=as_lines(steps))
        trajectory = {f"{key}_{number}": value for number, step in enumerate(steps) for key, value in step.items()}
        return prediction.copy(trajectory=trajectory)

    async def _observed(self, code: str) -> str:
        """What the program printed, or its error."""
        tool = Tool(self.sandbox.run, "python", args={"code": str}, timeout=4.0 * self.sandbox.seconds + 30)
        done = await ToolCall(tool, {"code": f"{self.prelude}\n\n{code}" if self.prelude else code}).acall()
        return str(done.text) if done.error is None else f"Error: {done.error}"


def _source(tool: Any) -> str:
    """The function's own text. Raises InputError where there is none, or it is no plain function."""
    if not inspect.isfunction(tool) or tool.__name__ == "<lambda>" or tool.__closure__:
        raise InputError(
            f"a tool of CodeAct must be a function that is defined by itself, but got {tool!r:.80}; use dsp.ReAct"
        )
    try:
        return textwrap.dedent(inspect.getsource(tool)).strip()
    except (OSError, TypeError) as error:
        raise InputError(
            f"the source of the tool {tool.__name__} is not at hand ({error}); define it in a file"
        ) from None


def _step_signature(asked: type[Signature], tools: Sequence[Tool]) -> type[Signature]:
    outputs = ", ".join(f"`{name}`" for name in asked.output_fields)
    functions = " ".join(f"({number}) {tool.described}" for number, tool in enumerate(tools, 1))
    signature = asked
    for name in asked.output_fields:
        signature = signature.delete(name)
    for field in (TRAJECTORY, CODE, FINISHED):
        signature = signature.append(field)
    return signature.with_instructions(
        f"{asked.instructions} To find out {outputs}, write one Python program at a time; what it prints is added to "
        f"`trajectory`. {f'It may call the functions {functions} ' if functions else ''}It may import "
        f"{', '.join(MODULES)} and nothing else; it has no files, no network and no input, and remembers nothing of "
        "the programs before it."
    )
