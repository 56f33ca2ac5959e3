"""Images in fields: passed through to the LM as they are given, by address or by content."""

from __future__ import annotations

import base64 as encoding
import binascii
import mimetypes
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from dsp.errors import InputError

MARK = "(image)"
"""What stands in the text of a prompt where an image belongs; the images follow the text in the same order."""

_MEDIA_TYPE = re.compile(r"image/[\w.+-]+")
_SCHEMES = ("https://", "http://", "data:image/")


@dataclass(frozen=True, slots=True, repr=False)
class Image:
    """An image: `Image("https://…")`, `Image(base64="…", media_type="image/jpeg")` or `Image.from_file(path)`.

    Nothing is fetched or looked into here: the LM's server does that. Raises InputError for neither or both, an
    address that is not http(s) or data, or text that is not base64.
    """

    url: str = ""
    base64: str = ""
    media_type: str = "image/png"

    def __post_init__(self) -> None:
        if bool(self.url) == bool(self.base64):
            raise InputError(
                'an image needs either its url or its base64, but got both or none; write Image("https://…")'
            )
        if self.url and not self.url.lower().startswith(_SCHEMES):
            raise InputError(
                f'an image\'s url must begin with {", ".join(_SCHEMES)}, but got "{self.url[:80]}"; '
                "read a file with Image.from_file(path)"
            )
        if not _MEDIA_TYPE.fullmatch(self.media_type):
            raise InputError(f'an image\'s media type must be like image/png, but got "{self.media_type[:80]}"')
        if self.base64:
            try:
                encoding.b64decode(self.base64, validate=True)
            except (binascii.Error, ValueError) as error:
                raise InputError(f"an image's base64 must be base64, but {error}; use Image.from_file(path)") from None

    @classmethod
    def from_file(cls, path: str | os.PathLike[str]) -> Self:
        """The image in a file; its name's ending says of what kind it is."""
        kind, _ = mimetypes.guess_type(os.fspath(path))
        if kind is None or not kind.startswith("image/"):
            raise InputError(f"an image's file must end like one (.png, .jpg, .webp), but got {os.fspath(path)}")
        return cls(base64=encoding.b64encode(Path(path).read_bytes()).decode("ascii"), media_type=kind)

    @classmethod
    def from_url(cls, url: str) -> Self:
        """The image at an address; its server fetches it, not this program."""
        return cls(url)

    @property
    def address(self) -> str:
        """Its URL; the content itself as a data URL where it has no other."""
        return self.url or f"data:{self.media_type};base64,{self.base64}"

    def part(self) -> dict[str, Any]:
        """A part of a message's content, as OpenAI-compatible servers take it."""
        return {"type": "image_url", "image_url": {"url": self.address}}

    def __repr__(self) -> str:
        """Without its content: traces and logs hold no images."""
        if self.url and not self.url.startswith("data:"):
            return f"Image({self.url!r})"
        return f"Image({self.media_type}, {len(self.address)} characters)"


def images_in(names: Iterable[str], values: Mapping[str, Any]) -> list[Image]:
    """The images among the values of those fields, alone or in lists, in order."""
    found: list[Image] = []
    for name in names:
        value = values.get(name)
        if isinstance(value, Image):
            found.append(value)
        elif isinstance(value, list | tuple) and value and isinstance(value[0], Image):
            found += [item for item in value if isinstance(item, Image)]
    return found


def content_of(text: str, images: list[Image]) -> str | list[dict[str, Any]]:
    """A message's content: the text alone, or where there are images a list of parts."""
    return [{"type": "text", "text": text}, *(image.part() for image in images)] if images else text
