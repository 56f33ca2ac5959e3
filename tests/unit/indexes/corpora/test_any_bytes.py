"""Whatever a file holds: passages, or a typed error that names it."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import tarfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from indexes import FileCorpus
from indexes.errors import CorpusError

RECORDS = [{"id": str(number), "title": "T", "text": f"Text {number}. More."} for number in range(3)]


def tar(content: bytes) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        member = tarfile.TarInfo("a.bz2")
        member.size = len(content)
        archive.addfile(member, io.BytesIO(content))
    return packed.getvalue()


PAGES = "\n".join(json.dumps({"id": 1, "title": "T", "text": ["One.", " Two."]}) for _ in range(3)).encode()
GOOD = {
    "a.jsonl": "\n".join(map(json.dumps, RECORDS)).encode(),
    "a.json": json.dumps(RECORDS).encode(),
    "a.csv": b'id,title,text\n1,T,"some text"\n2,T,more\n',
    "collection.tsv": b"1\tsome text\n2\tmore\n",
    "a.txt": b"Some text. More text.\n\nAnd more.",
    "a.md": b"# Head\nSome text\n```\ncode\n```\n## Next\nmore",
    "a.jsonl.gz": gzip.compress("\n".join(map(json.dumps, RECORDS)).encode(), mtime=0),
    "a.tar": tar(bz2.compress(PAGES)),
}


@pytest.mark.parametrize("name", GOOD)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data(), st.binary(max_size=40))
def test_altered_files_give_passages_or_a_typed_error_with_their_name(
    tmp_path: Path, name: str, data: st.DataObject, other: bytes
) -> None:
    good = GOOD[name]
    start, end = sorted((data.draw(st.integers(0, len(good))), data.draw(st.integers(0, len(good)))))
    path = tmp_path / name
    path.write_bytes(good[:start] + other + good[end:])
    for skip_bad in (0, 100):
        refused = ""
        try:
            for passage in FileCorpus(path, skip_bad=skip_bad, workers=0):
                assert passage.text.strip()
                assert passage.id
        except CorpusError as error:
            refused = str(error)
        assert not refused or name in refused
