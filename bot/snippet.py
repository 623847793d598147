"""The lines that an operator pastes into a page of a forum."""

from __future__ import annotations

from html import escape

_ALLOW = 'allow="clipboard-write"'


def snippets(address: str, title: str) -> dict[str, str]:
    """Return, by name, the ways to show the chat of `address` in another site's page.

    >>> print(snippets("https://chat.example", "Ask")["button in the corner"])
    <script defer src="https://chat.example/embed.js"></script>
    """
    root, label = escape(address, quote=True), escape(title, quote=True)
    script = f'<script defer src="{root}/embed.js"></script>'
    return {
        "frame": (
            f'<iframe src="{root}/embed" title="{label}" width="100%" height="640" '
            f'{_ALLOW} loading="lazy" frameborder="0"></iframe>'
        ),
        "in place": (
            f'<div data-parent-question-bot><a href="{root}/">{label}</a></div>\n{script}'
        ),
        "button in the corner": script,
    }
