"""`dsp serve`: a program behind HTTP."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
from typing import TYPE_CHECKING

from dsp.cli.making import Making
from dsp.cli.options import add_lm, add_program_settings, any_program_from, template_from
from dsp.errors import InputError

if TYPE_CHECKING:
    from dsp.server.service import Service

HOST, PORT = "127.0.0.1", 8765
BODY_BYTES, SECONDS = 1024 * 1024, 300.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "program",
        metavar="P",
        help="a built-in program, path/to/file.py:ClassName, a compiled program's JSON, or several joined by +",
    )
    add_program_settings(parser)
    parser.add_argument("--index", metavar="DIR", help="an index that dsp index build made, for programs that search")
    add_lm(parser)
    parser.add_argument("--host", default=HOST, help="the address to listen on (default: %(default)s, this machine)")
    parser.add_argument("--port", type=int, default=PORT, help="0 is any that is free (default: %(default)s)")
    parser.add_argument(
        "--concurrency", type=int, metavar="N", help="how many runs, and how many LM requests, are under way at a time"
    )
    parser.add_argument(
        "--timeout", type=float, default=SECONDS, metavar="S", help="seconds that a run may take (default: %(default)g)"
    )
    parser.add_argument(
        "--max-body", type=int, default=BODY_BYTES, metavar="N", help="bytes of a request's body (default: %(default)s)"
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    from dsp import wiring
    from dsp.execution.threads import Threads
    from dsp.server.http import Limits
    from dsp.server.service import Service, is_loopback

    if not 0 <= options.port <= 65535:
        raise InputError(f"--port must be from 0 to 65535, but got {options.port}; 0 is any that is free")
    with Making() as making:
        program = making.of("program", any_program_from, options)
        template = making.of("template", template_from, options)
        lm = making.of("lm", wiring.make_lm, options.lm, in_flight=options.concurrency)
        index = making.opened("index", wiring.open_index, options.index) if options.index else None
        making.check(program, lm=lm, index=index)
        executor = wiring.executor_for(lm, options.concurrency)
        in_thread = isinstance(executor, Threads)
        service = Service(
            program,
            options.program,
            {"lm": lm, "rm": index, "template": template},
            concurrency=executor.workers if isinstance(executor, Threads) else executor.concurrency,
            in_thread=in_thread,
            seconds=options.timeout,
            limits=Limits(body=options.max_body),
            on_loopback=is_loopback(options.host),
        )
        interrupted = asyncio.run(_until_stopped(service, options.host, options.port))
    if interrupted:
        raise KeyboardInterrupt
    return 0


async def _until_stopped(service: Service, host: str, port: int) -> bool:
    """Serve until a signal ends it; whether that was an interrupt (Ctrl-C)."""
    from dsp.server.serving import serve

    stop, by = asyncio.Event(), []

    def ended(number: signal.Signals) -> None:
        by.append(number)
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, ended, number)

    def ready(host: str, port: int) -> None:
        address = f"[{host}]" if ":" in host else host
        if not service.on_loopback:
            warning = f"{address} is reached from elsewhere: whoever can reach it can ask, and spend"
            print(f"dsp: warning: {warning}", file=sys.stderr)
        print(f"dsp: {service.name} answers at http://{address}:{port} until Ctrl-C", file=sys.stderr, flush=True)

    await serve(service, host, port, stop=stop, ready=ready)
    return by[:1] == [signal.SIGINT]
