"""`ProgramOfThought`: the LM writes a program, the program is run, and what it prints is read (Chen et al. 2022)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from dsp.errors import InputError
from dsp.modules.attempts import configured
from dsp.modules.chain_of_thought import ChainOfThought
from dsp.modules.module import Module
from dsp.modules.sandbox import Sandbox
from dsp.modules.sandbox_child import MODULES
from dsp.modules.tools import Tool, ToolCall
from dsp.prompts.fields import Field
from dsp.prompts.signature import Signature, ensure_signature
from dsp.types.prediction import Prediction

CODE = Field("generated_code", "output", desc="a Python program that prints the result")
PREVIOUS = Field("previous_code", "input", desc="the program tried before")
ERROR = Field("error", "input", desc="what was wrong with it")
FINAL = Field("final_generated_code", "input", desc="the program that was run")
OUTPUT = Field("code_output", "input", desc="what it printed")
_FENCE = re.compile(r"```(?:python|py)?[ \t]*\n(.*?)```", re.S)


class ProgramOfThought(Module):
    """Answers a signature by way of a program that the LM writes and a sandbox runs.

        >>> from dsp.lms.scripted import Scripted
        >>> program = ProgramOfThought("question -> answer", run_code=True)
        >>> program.set_lm(Scripted([
        ...     "[[ ## reasoning ## ]]\\nMultiply.\\n[[ ## generated_code ## ]]\\n```python\\nprint(6 * 7)\\n```",
        ...     "[[ ## reasoning ## ]]\\nIt printed 42.\\n[[ ## answer ## ]]\\n42",
        ... ]))
        >>> program(question="What is six times seven?").answer
        '42'

    Nothing is run unless `run_code=True` says so: code that an LM wrote may have been put into its mouth by what it
    read. `dsp.modules.sandbox` tells what the sandbox holds off and what it can't promise. A program that is refused,
    fails or prints nothing goes back with its error, up to `max_iters` programs in all; then its CodeError is raised.
    The prediction holds the outputs, `reasoning`, `code` and `code_output`. A call's `config=` goes over the
    predictors' settings. The names are DSPy's.
    """

    awaits_modules_only = True

    def __init__(
        self,
        signature: str | type[Signature] | Signature,
        max_iters: int = 3,
        *,
        run_code: bool = False,
        sandbox: Sandbox | None = None,
    ) -> None:
        if run_code is not True:
            raise InputError(
                "ProgramOfThought runs code that a language model writes, and does so only where it is asked to, but "
                f"got run_code={run_code!r}; read dsp.modules.sandbox, then say run_code=True"
            )
        if max_iters < 1:
            raise InputError(f"max_iters must be at least 1, but got {max_iters}; ask for one program or more")
        asked = ensure_signature(signature)
        self.max_iters = max_iters
        self.sandbox = sandbox if sandbox is not None else Sandbox()
        writing = _writing(asked)
        self.code_generate = ChainOfThought(writing)
        self.code_regenerate = ChainOfThought(writing.append(PREVIOUS).append(ERROR))
        self.generate_output = ChainOfThought(asked.append(FINAL).append(OUTPUT))

    async def aforward(self, /, *, config: Mapping[str, Any] | None = None, **inputs: Any) -> Prediction:
        with configured(config):
            code, output = await self._run(inputs)
            prediction = await self.generate_output.acall(**inputs, final_generated_code=code, code_output=output)
        return prediction.copy(code=code, code_output=output)

    async def _run(self, inputs: Mapping[str, Any]) -> tuple[str, str]:
        """The last program and what it printed."""
        tool = Tool(self.sandbox.run, "python", args={"code": str}, timeout=4.0 * self.sandbox.seconds + 30)
        code = unfenced((await self.code_generate.acall(**inputs)).generated_code)
        for left in reversed(range(self.max_iters)):
            done = await ToolCall(tool, {"code": code}).acall()
            if done.error is None:
                break
            if not left:
                raise done.error
            again = await self.code_regenerate.acall(**inputs, previous_code=code, error=str(done.error))
            code = unfenced(again.generated_code)
        return code, done.text


def unfenced(text: str) -> str:
    """The program in a completion: what stands in its first code fence, or all of it."""
    fenced = _FENCE.search(text)
    return (fenced.group(1) if fenced else text).strip()


def _writing(asked: type[Signature]) -> type[Signature]:
    outputs = ", ".join(f"`{name}`" for name in asked.output_fields)
    writing = asked
    for name in asked.output_fields:
        writing = writing.delete(name)
    return writing.append(CODE).with_instructions(
        f"{asked.instructions} Write a Python program that works out {outputs} and prints the result. It may import "
        f"{', '.join(MODULES)} and nothing else; it has no files, no network and no input."
    )
