"""What a benchmark ran on: figures mean nothing without it."""

import json
import platform
import shutil
import subprocess
from importlib.metadata import version
from pathlib import Path

import av
import psutil

OURS = ("av", "opencv-python-headless", "numpy")
THEIRS = ("moviepy", "imageio-ffmpeg", "pillow", "numpy")


def machine() -> str:
    cores = psutil.cpu_count()
    memory = psutil.virtual_memory().total / 2**30
    return f"{_processor()}, {cores} cores, {memory:.0f} GiB, {platform.system()} {platform.release()}"


def versions(moviepy_python: Path | None) -> list[str]:
    """One line for each side."""
    ours = ", ".join(f"{name} {version(name)}" for name in OURS)
    lines = [f"vidfactory {_commit()}: Python {platform.python_version()}, {ours}, FFmpeg {av.ffmpeg_version_info}"]
    if moviepy_python:
        lines.append(f"MoviePy's side: {_their_versions(moviepy_python)}")
    return lines


def _their_versions(python: Path) -> str:
    code = (
        "import json, platform, imageio_ffmpeg; from importlib.metadata import version;"
        f"found = ['Python ' + platform.python_version(), *(n + ' ' + version(n) for n in {THEIRS})];"
        "print(json.dumps([*found, 'FFmpeg ' + imageio_ffmpeg.get_ffmpeg_version()]))"
    )
    return ", ".join(json.loads(_said([str(python), "-c", code])))


def _processor() -> str:
    """The processor's name as Linux knows it; elsewhere what Python is told."""
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text(encoding="utf-8").splitlines() if cpuinfo.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()


def _commit() -> str:
    """The commit that the tree is at, marked where it was changed since; the version where git is not there."""
    if not shutil.which("git") or not (Path(__file__).parent.parent / ".git").exists():
        return version("vidfactory")
    commit = _said(["git", "rev-parse", "--short", "HEAD"])
    return f"{commit} with changes" if _said(["git", "status", "--porcelain"]) else commit


def _said(command: list[str]) -> str:
    place = Path(__file__).parent.parent
    return subprocess.run(command, capture_output=True, text=True, check=True, cwd=place).stdout.strip()  # noqa: S603
