"""The laws of `Executor`, for each that runs plain functions; and what is each one's own."""

from __future__ import annotations

import _thread
import asyncio
import threading
import time
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

import dsp
from dsp.configuration import current
from dsp.errors import InputError
from dsp.execution.sequential import Sequential
from dsp.execution.tasks import Tasks
from dsp.execution.threads import Threads
from dsp.lms.scripted import Scripted
from dsp.protocols import Executor
from dsp.trace import Step, append, record

EXECUTORS = [Sequential(), Threads(1), Threads(4), Threads()]


@pytest.fixture(params=EXECUTORS, ids=["sequential", "one thread", "four threads", "threads"])
def executor(request: pytest.FixtureRequest) -> Executor:
    chosen: Executor = request.param
    return chosen


@pytest.mark.parametrize("executor", EXECUTORS)
@given(st.lists(st.integers(), max_size=12))
def test_results_come_in_the_items_order(executor: Executor, items: list[int]) -> None:
    assert executor.map(lambda item: item * 2, iter(items)) == [item * 2 for item in items]


def test_results_come_in_order_however_long_each_takes() -> None:
    def slow_first(item: int) -> int:
        time.sleep(0.02 if item == 0 else 0)
        return item

    assert Threads(4).map(slow_first, range(8)) == list(range(8))


def test_an_exception_is_raised_and_no_further_item_is_taken(executor: Executor) -> None:
    taken: list[int] = []

    def items() -> Iterator[int]:
        for item in range(10_000):
            taken.append(item)
            yield item

    def fail(item: int) -> int:
        if item == 3:
            raise ZeroDivisionError
        return item

    with pytest.raises(ZeroDivisionError):
        executor.map(fail, items())
    assert len(taken) < 10_000


def test_of_several_exceptions_the_first_items_is_raised() -> None:
    barrier = threading.Barrier(4)

    def fail(item: int) -> int:
        barrier.wait(10)
        raise ValueError(item)

    with pytest.raises(ValueError, match=r"^0$"):
        Threads(4).map(fail, range(4))


def test_an_exception_of_the_items_themselves_is_raised(executor: Executor) -> None:
    def items() -> Iterator[int]:
        yield 1
        raise KeyError("items")

    with pytest.raises(KeyError, match="items"):
        executor.map(lambda item: item, items())


def test_every_call_sees_the_callers_settings_and_writes_to_its_traces(executor: Executor) -> None:
    lm = Scripted([])

    def look(item: int) -> object:
        append(Step("predict", str(item), {}, {}))
        return current().lm

    with dsp.context(lm=lm), record() as trace:
        assert executor.map(look, range(20)) == [lm] * 20
    assert sorted(int(step.name) for step in trace) == list(range(20))


def test_no_more_calls_are_under_way_than_there_are_threads() -> None:
    lock, under_way, most = threading.Lock(), 0, 0

    def work(item: int) -> None:
        nonlocal under_way, most
        with lock:
            under_way += 1
            most = max(most, under_way)
        time.sleep(0.002)
        with lock:
            under_way -= 1

    Threads(3).map(work, range(30))
    assert most <= 3


def test_items_are_taken_only_as_threads_become_free() -> None:
    taken = done = behind = 0

    def items() -> Iterator[int]:
        nonlocal taken, behind
        for item in range(50):
            taken += 1
            behind = max(behind, taken - done)
            yield item

    def work(item: int) -> None:
        nonlocal done
        done += 1

    Threads(1).map(work, items())
    assert behind <= 1


def test_on_an_interrupt_map_raises_at_once_and_waits_for_no_call_under_way() -> None:
    release = threading.Event()
    taken: list[int] = []
    finished: list[int] = []

    def work(item: int) -> None:
        taken.append(item)
        if len(taken) == 2:
            _thread.interrupt_main()
        release.wait(60)
        finished.append(item)

    with pytest.raises(KeyboardInterrupt):
        Threads(2).map(work, range(10))
    assert finished == []
    release.set()
    while len(finished) < 2:
        time.sleep(0.001)
    assert sorted(taken) == [0, 1]


@pytest.mark.parametrize("workers", [0, -1])
def test_fewer_than_one_worker_is_refused(workers: int) -> None:
    with pytest.raises(InputError, match=f"workers must be at least 1, but got {workers}; ask for one thread or more"):
        Threads(workers)
    with pytest.raises(InputError, match=f"concurrency must be at least 1, but got {workers}"):
        Tasks(workers)


def test_tasks_share_a_loop_that_outlives_them_and_what_they_raise() -> None:
    async def loop_of(item: int) -> int:
        return id(asyncio.get_running_loop())

    async def leave(item: int) -> None:
        raise SystemExit(3)

    (first,) = Tasks().map(loop_of, [1])
    with pytest.raises(SystemExit, match="3"):
        Tasks().map(leave, [1, 2])
    assert Tasks().map(loop_of, [1, 2]) == [first, first]


def test_tasks_within_tasks_do_not_wait_for_themselves() -> None:
    async def inner(item: int) -> int:
        return item + 1

    async def outer(item: int) -> list[int]:
        return Tasks(2).map(inner, [item, item])

    assert Tasks(2).map(outer, [1, 5]) == [[2, 2], [6, 6]]
