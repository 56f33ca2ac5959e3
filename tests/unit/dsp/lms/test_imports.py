from __future__ import annotations

import subprocess
import sys

HEAVY = {"openai", "httpx", "httpx2", "pydantic", "torch", "transformers"}


def test_naming_an_lm_loads_no_heavy_package() -> None:
    script = (
        "import sys\n"
        "import dsp.lms.cached, dsp.lms.openai, dsp.lms.registry, dsp.testing.lms, dsp.testing.server\n"
        "dsp.lms.registry.lm_from_name('openai/some-model')\n"
        f"print(sorted({HEAVY!r} & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
