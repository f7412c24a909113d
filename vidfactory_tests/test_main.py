"""The command's door: a setting that cannot be used is one line, whatever was asked for."""

import os
import subprocess
import sys


def test_a_setting_that_cannot_be_used_is_named_without_a_traceback() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "vidfactory", "status"],
        env={**os.environ, "VIDFACTORY_RENDER_WORKERS": "0"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 2
    assert ended.stderr.startswith(
        "Error: VIDFACTORY_RENDER_WORKERS: Input should be greater than or equal to 1. Change"
    )
    assert len(ended.stderr.splitlines()) == 1
