from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from functools import partial
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

import dsp
from dsp.errors import InputError, LMBudgetError, ToolArgumentsError, ToolError, ToolTimeoutError
from dsp.modules.retrieve import Retrieve
from dsp.modules.tools import MAX_CHARACTERS, Tool, ToolCall, as_text
from dsp.trace import record
from indexes.passage import Passage


def look_up(name: str, year: int = 1900, *, kind: Literal["town", "person"] = "town", _seen: Any = None) -> str:
    """Looks a name up.

    More than anyone wants to read.
    """
    return f"{name!r} {year!r} {kind!r}"


def shown(tool: Tool, **arguments: Any) -> str:
    """What a tool gives, as an LM is shown it."""
    return str(ToolCall(tool, arguments)().text)


def test_a_function_says_itself_what_it_is() -> None:
    tool = Tool.of(look_up)
    assert (tool.name, tool.desc) == ("look_up", "Looks a name up.")
    assert tool.args == {"name": str, "year": int, "kind": Literal["town", "person"]}
    assert tool.defaults == {"year": 1900, "kind": "town"}
    assert tool.described.startswith("look_up(name: text, year: a whole number = 1900, kind: ")
    assert Tool.of(tool) is tool


def test_arguments_come_in_json_and_reach_the_function_typed() -> None:
    assert Tool.of(look_up)(name="Lviv", year="1921", kind="PERSON") == "'Lviv' 1921 'person'"


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ({}, "lacks name"),
        ({"name": "x", "other": 1, "_seen": 2}, "got other, _seen"),
        ({"name": "x", "year": "then"}, "year of the tool look_up must be a whole number"),
        ({"name": "x", "kind": "planet"}, "expected one of town, person"),
    ],
)
def test_arguments_that_it_does_not_take_are_refused(arguments: dict[str, Any], problem: str) -> None:
    with pytest.raises(ToolArgumentsError, match=problem) as caught:
        Tool.of(look_up)(**arguments)
    assert caught.value.tool == "look_up"


@pytest.mark.parametrize("fault", [ValueError("no"), TimeoutError("its own"), SystemExit(3), KeyboardInterrupt()])
def test_whatever_a_tool_raises_is_one_kind_of_error(fault: BaseException) -> None:
    def fails() -> str:
        raise fault

    with pytest.raises(ToolError, match="the tool fails failed") as caught:
        Tool.of(fails)()
    assert type(caught.value) is ToolError
    with pytest.raises(ToolError):
        asyncio.run(Tool.of(fails).acall())


def test_a_tool_that_hangs_is_left_to_itself() -> None:
    end = threading.Event()
    tool = Tool.of(lambda: end.wait(60), name="hangs", timeout=0.05)
    with pytest.raises(ToolTimeoutError, match=r"within 0.05 s"):
        tool()
    with pytest.raises(ToolTimeoutError):
        asyncio.run(tool.acall())
    end.set()


def test_what_no_further_call_would_mend_goes_through() -> None:
    def spends() -> None:
        raise LMBudgetError("spent")

    with pytest.raises(LMBudgetError):
        Tool.of(spends)()


def test_a_coroutine_function_is_a_tool_too() -> None:
    async def later(word: str) -> str:
        await asyncio.sleep(0)
        return word

    assert Tool.of(later)(word="a") == "a"
    assert asyncio.run(Tool.of(later).acall(word="b")) == "b"


def test_a_retriever_and_a_module_are_tools(retriever: Any) -> None:
    tool = Tool.of(retriever)
    assert tool.name == "search"
    with record() as trace:
        assert [hit.title for hit in tool(query="Emma novel", k=1)] == ["Emma"]
    assert [step.kind for step in trace] == ["search"]
    with dsp.context(rm=retriever):
        assert shown(Tool.of(Retrieve(k=2)), query="Emma novel").startswith("[1] «Emma |")
        assert shown(Tool.of(dsp.retrieve), query="Emma", k=1).startswith("«Emma |")
    assert Tool.of(Retrieve()).name == "retrieve"


class Unprintable:
    def __str__(self) -> str:
        raise RuntimeError("junk")


@given(
    value=st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=10,
    )
)
def test_whatever_a_tool_gives_becomes_a_text(value: Any) -> None:
    tool = Tool.of(lambda: value, name="junk")
    assert isinstance(shown(tool), str)
    assert tool() is value


def test_a_text_that_is_too_long_says_how_much_is_left_out_and_what_has_no_text_is_an_error() -> None:
    text = as_text("x" * (MAX_CHARACTERS + 5))
    assert text.endswith("(5 characters more are left out)")
    assert as_text([Passage("1", "T", "a")]) == "«T | a»"
    with pytest.raises(ToolError, match="junk"):
        Tool.of(Unprintable, name="junk")()


def test_a_call_is_a_step_of_the_trace() -> None:
    with record() as trace:
        assert ToolCall(Tool.of(look_up), {"name": "x"})().error is None
        assert isinstance(asyncio.run(ToolCall(Tool.of(look_up), {}).acall()).error, ToolArgumentsError)
    good, bad = trace
    assert (good.kind, good.name, good.outputs) == ("tool", "look_up", {"answer": "'x' 1900 'town'"})
    assert "lacks name" in bad.outputs["error"]


def positional(a: int, /) -> int:
    return a


def test_an_object_with_a_call_of_its_own_and_a_function_in_part_bound_are_tools() -> None:
    class Weather:
        """Tells the weather."""

        def __call__(self, city: str, days: int = 1) -> str:
            return f"{city} {days + 1}"

    tool = Tool.of(Weather())
    assert tool.described == "Weather(city: text, days: a whole number = 1): Tells the weather."
    assert tool(city="Lviv", days="2") == "Lviv 3"
    bound = Tool.of(partial(look_up, kind="person"))
    assert (bound.name, bound.desc) == ("look_up", "Looks a name up.")
    assert bound(name="Lem", year="1921") == "'Lem' 1921 'person'"


@pytest.mark.parametrize(
    ("given_tool", "problem"),
    [
        (7, "a function, a module or a retriever"),
        (lambda: 1, "a plain name"),
        (positional, "by name"),
    ],
)
def test_what_is_no_tool_is_refused(given_tool: Any, problem: str) -> None:
    with pytest.raises(InputError, match=problem):
        Tool.of(given_tool)
    with pytest.raises(InputError, match="timeout"):
        Tool.of(look_up, timeout=0)


def test_many_kinds_of_arguments_are_ignored() -> None:
    def anything(*args: Sequence[str], a: str, **kwargs: str) -> str:
        return a

    assert list(Tool.of(anything).args) == ["a"]


def test_a_tool_is_made_as_dspys_users_make_it() -> None:
    def add(a: int, b: int = 1) -> int:
        return a + b

    tool = dsp.Tool(func=add, name="plus", desc="Adds.", arg_desc={"a": "the first"})
    assert (tool.name, tool.desc, tool.args) == ("plus", "Adds.", {"a": int, "b": int})
    assert str(tool) == "plus(a: a whole number (the first), b: a whole number = 1): Adds."
    assert tool(a="2", b=3) == 5
    assert asyncio.run(tool.acall(a=2)) == 3
    assert dsp.Tool(add).desc == ""


def test_arguments_may_be_told_by_schemas_and_types() -> None:
    schema = {"a": {"type": "integer", "description": "a number"}, "b": {"type": "odd"}}
    tool = dsp.Tool(lambda **given: given, name="echo", args=schema, arg_types={"b": list[int]})
    assert tool.described == "echo(a: a whole number (a number), b: a JSON array, each item a whole number)"
    assert tool(a="1", b=[2, "3"]) == {"a": 1, "b": [2, 3]}
    with pytest.raises(ToolArgumentsError, match="lacks b"):
        tool(a=1)
