"""Everything that a command needs, made one after the other, so that all that is wrong is said at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, ParamSpec, Self, TypeVar, cast

if TYPE_CHECKING:
    from types import TracebackType

    from dsp.modules.module import Module
    from dsp.types.example import Example

P = ParamSpec("P")
T = TypeVar("T")


class Making:
    """Makes things and keeps what went wrong; what was opened is closed where it is left.

    A thing that could not be made is a stand-in that nobody gets to see: `check` comes first, and raises.
    """

    def __init__(self) -> None:
        self._failed: dict[str, Exception] = {}
        self._opened = ExitStack()

    def of(self, name: str, make: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """What `make` gives. `name` is what it is for: program, data, lm, index, …"""
        from dsp.errors import DspError
        from indexes.errors import IndexesError

        try:
            return make(*args, **kwargs)
        except (DspError, IndexesError, OSError) as error:
            self._failed[name] = error
            return cast(T, None)

    def opened(self, name: str, make: Callable[P, Any], /, *args: P.args, **kwargs: P.kwargs) -> Any:
        """The same for what must be closed in the end."""
        return self.of(name, lambda: self._opened.enter_context(make(*args, **kwargs)))

    def check(
        self,
        program: Module,
        *,
        lm: Any,
        index: Any,
        data: Sequence[Example] | None = None,
        metrics: Sequence[str] = (),
        **others: Any,
    ) -> None:
        """Check the program with all that was made. Raises CheckError with everything that is wrong; where only one
        thing is wrong, and for that reason something could not be made, raises what was raised there.
        """
        from dsp.checking.report import Report, error
        from dsp.evaluate.check import check

        found: list[Any] = [error(name, str(fault)) for name, fault in self._failed.items()]
        if "program" not in self._failed:
            report = check(program, lm=lm, index=index, data=data, metrics=metrics, **others)
            found += [each for each in report if each.where not in self._failed]
        whole = Report(found)
        said = {str(fault) for fault in self._failed.values()}
        if len(said) == 1 and len(self._failed) == len(whole.errors):
            raise next(iter(self._failed.values()))
        whole.raise_errors()
        whole.announce()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._opened.__exit__(kind, error, traceback)
