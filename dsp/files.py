"""Files of ours: written whole or not at all, and read as JSON and nothing else."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

Fault = Callable[[str], Exception]


def write_text(path: str | os.PathLike[str], text: str, *, error: Fault) -> Path:
    """Write a file so that whoever reads `path` sees the old content or the whole new one, never half.

    The folder is made where it is missing. Raises what `error` makes of a message where it cannot be written.
    """
    return write_with(path, lambda stream: stream.write(text), error=error)


def write_with(path: str | os.PathLike[str], write: Callable[[IO[str]], object], *, error: Fault) -> Path:
    """`write_text` for content that comes in pieces: `write` gets the open temporary file."""
    target = Path(path)
    temporary: str | None = None
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".part", dir=target.parent)
        # half a character (a lone surrogate) is written as JSON escapes it, for UTF-8 cannot
        with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace", newline="\n") as stream:
            write(stream)
            stream.flush()
            os.fsync(stream.fileno())
        Path(temporary).chmod(0o644)
        Path(temporary).replace(target)
        temporary = None
    except OSError as fault:
        raise error(f"{target}: cannot be written ({fault.strerror}); choose another place") from fault
    finally:
        if temporary is not None:
            Path(temporary).unlink(missing_ok=True)
    return target


def check_writable(path: str | os.PathLike[str], *, error: Fault) -> None:
    """Raises what `error` makes of a message where a file could not be written there: before the work, not after."""
    target = Path(path)
    if target.is_dir():
        raise error(f"{target}: is a folder, and a file is to be written; name a file")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=target.parent).close()
    except OSError as fault:
        raise error(f"{target}: cannot be written ({fault.strerror}); choose another place") from fault


def write_json(path: str | os.PathLike[str], value: Any, *, error: Fault) -> Path:
    """Write JSON that a person can read and edit."""
    return write_text(path, json.dumps(value, ensure_ascii=False, indent=2) + "\n", error=error)


def read_json(path: str | os.PathLike[str], *, error: Fault, what: str) -> Any:
    """The JSON in a file. Raises what `error` makes of a message that names the file and the place in it."""
    source = Path(path)
    try:
        return json.loads(source.read_text(encoding="utf-8-sig"))
    except OSError as fault:
        raise error(f"{source}: cannot be read ({fault.strerror}); give {what}") from fault
    except UnicodeDecodeError as fault:
        raise error(f"{source}: must be UTF-8, but byte {fault.start} is not; give {what}") from fault
    except json.JSONDecodeError as fault:
        raise error(f"{source}: line {fault.lineno} is not JSON ({fault.msg}); give {what}") from fault
    except RecursionError as fault:
        raise error(f"{source}: its JSON is nested too deep to be read; give {what}") from fault
    except ValueError as fault:  # a number of more digits than Python reads
        raise error(f"{source}: its JSON cannot be read ({fault}); give {what}") from fault
