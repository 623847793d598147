"""Every installed package is one that the requirements name, at that version."""

from __future__ import annotations

import re
from importlib.metadata import distributions

from bot.settings import ROOT

OURS = {"pip", "setuptools", "wheel"}


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_what_is_installed_is_what_is_pinned() -> None:
    lines = [
        line.split("#")[0].strip()
        for file in ("requirements.txt", "requirements-dev.txt")
        for line in (ROOT / file).read_text(encoding="utf-8").splitlines()
    ]
    named = [line for line in lines if line and not line.startswith("-r")]
    assert all("==" in line for line in named)
    pinned = {canonical(name): version for name, version in (line.split("==") for line in named)}
    installed = {
        canonical(d.metadata["Name"]): d.version.split("+")[0]
        for d in distributions()
        if canonical(d.metadata["Name"]) not in OURS
    }
    differing = {
        name: (version, pinned.get(name))
        for name, version in installed.items()
        if version != pinned.get(name)
    }
    assert differing == {}
