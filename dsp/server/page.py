"""The page at `/`: what is served, for people."""

from __future__ import annotations

import html
import json
from typing import TYPE_CHECKING

from dsp.checking.program import inputs_of
from dsp.server.http import Response

if TYPE_CHECKING:
    from dsp.server.service import Service

_POLICY = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"}
_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem}"
    "code,pre{font:14px/1.5 ui-monospace,monospace;background:#f3f3f3;color:#111}pre{padding:1rem;overflow:auto}"
    "td{padding:.1rem 1.5rem .1rem 0;vertical-align:top}"
)


def page(service: Service) -> Response:
    """Program, inputs, predictors, LM and index, and how to ask."""
    inputs = inputs_of(service.program)
    names = [*inputs.needed, *sorted((inputs.every or frozenset()) - {*inputs.needed, "config"})] if inputs else []
    lm, index = service.settings.get("lm"), service.settings.get("rm")
    rows = {
        "program": service.name,
        "inputs": ", ".join(names) or "any",
        **{f"predictor {path}": str(part.signature) for path, part in service.program.named_predictors()},
        "language model": getattr(lm, "name", "none"),
        "index": f"{getattr(index, 'path', type(index).__name__)}" if index is not None else "none",
        "at a time": str(service.concurrency),
    }
    example = json.dumps(dict.fromkeys(inputs.needed if inputs is not None else names, "…"), ensure_ascii=False)
    table = "".join(
        f"<tr><td>{_text(name)}</td><td><code>{_text(value)}</code></td></tr>" for name, value in rows.items()
    )
    content = (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{_text(service.name)} · dsp</title>'
        f"<style>{_STYLE}</style><h1>{_text(service.name)}</h1><table>{table}</table>"
        "<p>Ask it by <code>POST /v1/run</code>, its inputs as JSON; <code>?trace=1</code> shows every step. "
        "<code>GET /health</code> says how it is.</p>"
        f"<pre>curl -H 'Content-Type: application/json' -d '{_text(example)}' http://HOST:PORT/v1/run</pre></html>"
    )
    return Response(200, content.encode("utf-8", "replace"), "text/html; charset=utf-8", _POLICY)


def _text(value: str) -> str:
    return html.escape(value)
