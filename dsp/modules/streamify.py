"""`streamify`: a program whose answer can be read while it is being written.

    async for part in dsp.streamify(program, "answer")(question="…"):
        if isinstance(part, dsp.FieldPiece):
            print(part.text, end="")
        else:
            prediction = part

The name and the shape are DSPy's.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Generator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, overload

from dsp.configuration import current
from dsp.errors import InputError
from dsp.execution.loop import BACKGROUND
from dsp.lms.faces import Face, Wrapper
from dsp.lms.signals import listening_to_pieces
from dsp.modules.module import Module, Predictor
from dsp.predict.stream import FieldReader
from dsp.prompts.registry import TEMPLATES
from dsp.prompts.template import Template
from dsp.protocols import LM
from dsp.types.messages import LMRequest, LMResponse
from dsp.types.prediction import Prediction


@dataclass(frozen=True, slots=True)
class FieldPiece:
    """The next words of a field, of the predictor at that path in the program (`self` where it is the program)."""

    predictor: str
    field: str
    text: str

    @property
    def predict_name(self) -> str:
        """DSPy's name for `predictor`; `signature_field_name` and `chunk` are its names for the others."""
        return self.predictor

    @property
    def signature_field_name(self) -> str:
        return self.field

    @property
    def chunk(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class StreamListener:
    """Asks for the pieces of a field: of the predictor `predict` itself, of the one at the path `predict_name`, or of
    every predictor that fills it. The names are DSPy's.
    """

    signature_field_name: str
    predict: Predictor | None = None
    predict_name: str | None = None

    def hears(self, name: str, predictor: Predictor) -> bool:
        """Whether that predictor, at that path of a program, fills the field for it."""
        return (
            self.signature_field_name in predictor.signature.output_fields
            and self.predict in (None, predictor)
            and self.predict_name in (None, name)
        )


Part = FieldPiece | Prediction
Streaming = Callable[..., AsyncGenerator[Part, None]]
SyncStreaming = Callable[..., Generator[Part, None, None]]


@overload
def streamify(
    program: Module,
    *fields: str,
    stream_listeners: Sequence[StreamListener] = (),
    include_final_prediction_in_output_stream: bool = True,
    async_streaming: Literal[True] = True,
) -> Streaming: ...
@overload
def streamify(
    program: Module,
    *fields: str,
    stream_listeners: Sequence[StreamListener] = (),
    include_final_prediction_in_output_stream: bool = True,
    async_streaming: Literal[False],
) -> SyncStreaming: ...
def streamify(
    program: Module,
    *fields: str,
    stream_listeners: Sequence[StreamListener] = (),
    include_final_prediction_in_output_stream: bool = True,
    async_streaming: bool = True,
) -> Streaming | SyncStreaming:
    """The program as a generator: pieces of these output fields as they come, and the prediction last.

    `stream_listeners` name the fields as DSPy's users do, and may say of which predictor; the prediction may be left
    out. (A status message provider is none here: `dsp.BaseCallback` is told of every call.)
    An LM that cannot stream, or a cache that knows the answer, gives a field in one piece. Predictors that work at
    the same time are told apart by `predictor`. Leaving early calls the work off. The program itself is not changed.
    Raises InputError for no fields, and for one that no predictor of the program fills with text.
    """
    listeners = [*map(StreamListener, fields), *stream_listeners]
    if not listeners:
        raise InputError(
            'streamify needs a field to stream, but got none; write for example streamify(program, "answer")'
        )
    for listener in listeners:
        field = listener.signature_field_name
        filling = [each for name, each in program.named_predictors() if listener.hears(name, each)]
        if not filling:
            known = sorted({name for each in program.predictors() for name in each.signature.output_fields})
            raise InputError(f'no predictor of this program fills "{field}"; they fill {", ".join(known) or "nothing"}')
        for each in filling:
            FieldReader(each.signature, _template(each), field, str)

    async def streaming(*args: Any, **inputs: Any) -> AsyncGenerator[Part, None]:
        heard: asyncio.Queue[FieldPiece | None] = asyncio.Queue()
        loop = asyncio.get_running_loop()

        def tell(part: FieldPiece | None) -> None:
            loop.call_soon_threadsafe(heard.put_nowait, part)

        working = asyncio.ensure_future(_tapped(program, listeners, tell).acall(*args, **inputs))
        # The end is told the way pieces are, so that it comes after them.
        working.add_done_callback(lambda _: tell(None))
        try:
            while (part := await heard.get()) is not None:
                yield part
            prediction = await working
            if include_final_prediction_in_output_stream:
                yield prediction
        finally:
            working.cancel()

    def synchronously(*args: Any, **inputs: Any) -> Generator[Part, None, None]:
        parts = streaming(*args, **inputs)

        async def following() -> Part | None:
            return await anext(parts, None)

        try:
            while (part := BACKGROUND.run(following())) is not None:
                yield part
        finally:
            BACKGROUND.run(parts.aclose())

    return streaming if async_streaming else synchronously


def _tapped(program: Module, listeners: Sequence[StreamListener], tell: Callable[[FieldPiece], None]) -> Module:
    """A copy of the program that tells what its predictors write into these fields."""
    copy = program.deepcopy()
    originals = dict(program.named_predictors())
    for name, predictor in copy.named_predictors():
        heard = [each.signature_field_name for each in listeners if each.hears(name, originals[name])]
        wanted = list(dict.fromkeys(heard))
        if wanted:
            lm = predictor.lm if predictor.lm is not None else current().need_lm()
            predictor.lm = _Tapped(lm, name, predictor, wanted, tell)
    return copy


class _Tapped(Wrapper):
    """An LM whose completions are read along, for one predictor."""

    def __init__(
        self, inner: LM, name: str, predictor: Predictor, fields: list[str], tell: Callable[[FieldPiece], None]
    ) -> None:
        super().__init__(inner)
        self._path, self._predictor, self._fields, self._tell = name, predictor, fields, tell

    async def answer(self, request: LMRequest, face: Face) -> LMResponse:
        readers = [self._reader(field) for field in self._fields]

        def hear(piece: str | None) -> None:
            for reader in readers:
                reader.hear(piece)

        with listening_to_pieces(hear):
            response = await face.ask(self.inner, request)
        for reader in readers:
            reader.finish(response[0])
        return response

    def _reader(self, field: str) -> FieldReader:
        def told(text: str) -> None:
            self._tell(FieldPiece(self._path, field, text))

        return FieldReader(self._predictor.signature, _template(self._predictor), field, told)


def _template(predictor: Predictor) -> Template:
    """The template by which the predictor's completions are read."""
    chosen: Template | str = predictor.template or current().template or "chat"
    template: Template = TEMPLATES.get(chosen)() if isinstance(chosen, str) else chosen
    return template
