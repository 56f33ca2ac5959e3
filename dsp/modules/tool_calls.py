"""`ToolCalls`: the calls that an LM asks for, as an output of a signature (DSPy's name).

    class Assist(dsp.Signature):
        question: str = dsp.InputField()
        tools: list[dsp.Tool] = dsp.InputField()
        outputs: dsp.ToolCalls = dsp.OutputField()

    for call in dsp.Predict(Assist)(question="…", tools=tools).outputs.tool_calls:
        print(call.name, call.execute(tools))

The calls are written as JSON in the completion, and made by nobody but the program. `dsp.ReAct` makes them itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from dsp.errors import ToolArgumentsError
from dsp.modules.tools import Tool


@dataclass(frozen=True)
class OneCall:
    """A tool's name and its arguments by name."""

    name: str
    args: dict[str, Any] = field(default_factory=dict)

    def execute(self, functions: Mapping[str, Any] | Sequence[Any]) -> Any:
        """What the tool of that name gives, of a list of tools or functions, or of a mapping from names to them.

        Raises ToolArgumentsError where none is called so, and what the tool raises.
        """
        tools = [Tool.of(each) for each in functions] if not isinstance(functions, Mapping) else functions
        named = tools if isinstance(tools, Mapping) else {tool.name: tool for tool in tools}
        if self.name not in named:
            raise ToolArgumentsError(
                f"a call must name one of the tools {', '.join(named) or '(none)'}, but got {self.name}; ask again",
                tool=self.name,
            )
        return Tool.of(named[self.name], name=self.name)(**self.args)


@dataclass(frozen=True)
class ToolCalls:
    """The calls, in the order in which they are to be made.

    >>> calls = ToolCalls.from_dict_list([{"name": "add", "args": {"a": 1, "b": 2}}])
    >>> calls.tool_calls[0].execute({"add": lambda a, b: a + b})
    3
    """

    tool_calls: list[OneCall]
    ToolCall: ClassVar[type[OneCall]] = OneCall

    @classmethod
    def from_dict_list(cls, calls: Sequence[Mapping[str, Any]]) -> ToolCalls:
        """From mappings with `name` and `args`."""
        return cls([OneCall(str(call["name"]), dict(call.get("args") or {})) for call in calls])
