"""Jinja templates out of html/, with every value escaped, and whole pages made of them."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bot import texts
from bot.datatypes import Contact
from bot.web.cards import Exchange

_ENVIRONMENT = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "html"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
# As attributes, so that a word may be called "copy", as a method of a dictionary is.
_ENVIRONMENT.globals["words"] = SimpleNamespace(**texts.INTERFACE)


def render(name: str, **values: Any) -> str:
    """Fill in the template html/<name>."""
    return _ENVIRONMENT.get_template(name).render(values)


def render_exchange(exchange: Exchange, *, id: str, script: bool) -> str:
    """Draw one question with its reply; `script` where the page runs JavaScript.

    A carriage return in a quote is written as a reference: a browser would make it a newline.
    """
    html = render("exchange.html", exchange=exchange, id=id, script=script)
    return html.replace("\r", "&#13;")


def page(name: str, *, status: int = 200, root: str = "", **values: Any) -> HTMLResponse:
    """Make a whole page; `root` leads from its address to the site's root ("../")."""
    html = render(name, root=root, **values).replace("\r", "&#13;")
    headers = {"X-Robots-Tag": "noindex", "Cache-Control": "no-store"}
    return HTMLResponse(html.encode("utf-8", "replace"), status, headers)


def data(value: object) -> str:
    """Write JSON that may stand in a <script> of a page."""
    return json.dumps(value).replace("<", "\\u003c")


def checked(contact: Contact, *, recently: bool) -> str:
    """Say when somebody checked a contact."""
    if contact.checked_on is None:
        return texts.INTERFACE["unchecked"]
    words = texts.INTERFACE["checked" if recently else "checked_long_ago"]
    return words.format(day=texts.day_in_words(contact.checked_on))
