"""Text as it comes: `for piece in lm.stream("...")`, through every wrapper, whether or not the model can stream.

What is given is always the beginning of the final completion, and in the end all of it: a hit in a cache or a model
that cannot stream gives one piece. When an attempt breaks off and a new one begins, the new text goes on where the
old one stopped if it repeats it; if it does not, LMConnectionError says so.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Generator

from dsp.errors import InputError, LMConnectionError
from dsp.execution.loop import BACKGROUND
from dsp.lms.signals import listening_to_pieces
from dsp.protocols import LM
from dsp.types.messages import LMRequest


class _End:
    """Nothing more will be heard."""


_END = _End()


async def astream(lm: LM, request: LMRequest) -> AsyncGenerator[str, None]:
    """The pieces of the completion. Leaving early calls the request off. Raises what `acomplete` raises."""
    if request.n != 1:
        raise InputError(f"a stream gives one completion, but n is {request.n}; ask for n=1")
    loop = asyncio.get_running_loop()
    heard: asyncio.Queue[str | _End | None] = asyncio.Queue()

    def hear(piece: str | None) -> None:
        loop.call_soon_threadsafe(heard.put_nowait, piece)

    with listening_to_pieces(hear):
        asking = asyncio.ensure_future(lm.acomplete(request))
    # The end is told the way pieces are, so that it comes after them.
    asking.add_done_callback(lambda _: loop.call_soon_threadsafe(heard.put_nowait, _END))
    given = attempt = ""
    try:
        while not isinstance(item := await heard.get(), _End):
            attempt = "" if item is None else attempt + item
            if len(attempt) > len(given) and attempt.startswith(given):
                yield attempt[len(given) :]
                given = attempt
        whole = (await asking)[0]
        if not whole.startswith(given):
            raise LMConnectionError(
                f"a stream must go on where it broke off, but the new answer differs from the {len(given)} characters "
                "given; ask again without streaming",
                model=lm.name,
                evidence=given,
            )
        if len(whole) > len(given):
            yield whole[len(given) :]
    finally:
        asking.cancel()


def stream(lm: LM, request: LMRequest) -> Generator[str, None, None]:
    """The same, for code outside an event loop: each piece is waited for here, the work is on the background loop."""
    pieces = astream(lm, request)

    async def following() -> str | None:
        return await anext(pieces, None)

    try:
        while (piece := BACKGROUND.run(following())) is not None:
            yield piece
    finally:
        BACKGROUND.run(pieces.aclose())
