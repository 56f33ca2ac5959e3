"""Which passages of a store were deleted: `deleted.u32`, their ordinals, sorted, as unsigned 32-bit little-endian."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from indexes.errors import CorruptIndexError

DELETED = "deleted.u32"
_U32 = np.dtype("<u4")
Ordinals = NDArray[np.uint32]
NONE: Ordinals = np.empty(0, dtype=np.uint32)
NONE.flags.writeable = False


def write_deleted(folder: Path, deleted: Ordinals) -> None:
    """Write them in place of those there, into a new file; none where there are none."""
    path = folder / DELETED
    path.unlink(missing_ok=True)
    if len(deleted):
        deleted.astype(_U32).tofile(path)


def read_deleted(folder: Path, count: int, passages: int) -> Ordinals:
    """The `count` deleted ones of so many passages. Raises CorruptIndexError where the file does not say that."""
    if count == 0:
        return NONE
    path = folder / DELETED
    try:
        deleted: Ordinals = np.fromfile(path, dtype=_U32, count=count + 1).astype(np.uint32)
    except OSError as error:
        raise CorruptIndexError(f"{path} cannot be read ({error}); copy the index again, or build it again") from None
    if len(deleted) != count or int(deleted[-1]) >= passages or not (deleted[1:] > deleted[:-1]).all():
        raise CorruptIndexError(
            f"{path} must hold {count} ordinals below {passages}, rising, but does not; build the index again"
        )
    return deleted


def mask_of_others(deleted: Ordinals, passages: int) -> NDArray[np.bool_]:
    """True for the passages that are not deleted: bool [passages]."""
    mask = np.ones(passages, dtype=np.bool_)
    mask[deleted] = False
    mask.flags.writeable = False
    return mask
