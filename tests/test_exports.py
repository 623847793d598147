from __future__ import annotations

import inspect

import bot


def test_all_is_sorted_and_true() -> None:
    assert bot.__all__ == sorted(bot.__all__)
    assert all(hasattr(bot, name) for name in bot.__all__)


def test_every_public_name_is_exported_and_documented() -> None:
    public = {
        name
        for name, value in vars(bot).items()
        if not name.startswith("_") and not inspect.ismodule(value)
    }
    assert public == set(bot.__all__)
    for name in ("Bot", "build_index", "open_index", "load_settings", "Span"):
        assert inspect.getdoc(getattr(bot, name))
