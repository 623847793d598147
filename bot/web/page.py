"""The chat page: Gradio wiring only. Markup lies in html/, behaviour and looks in static/."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, cast

# Before gradio is imported: it reads these once, and must never call home.
os.environ.update(GRADIO_ANALYTICS_ENABLED="False", DO_NOT_TRACK="1")
os.environ.setdefault("HF_HUB_OFFLINE", "1")

import gradio as gr

from bot import texts
from bot.errors import BusyError, ClosedError, QuestionError
from bot.logs import log_failure
from bot.pipeline import Bot
from bot.web.cards import exchange
from bot.web.service import Service
from bot.web.templates import render, render_exchange

STATIC = Path(__file__).parent / "static"
_MOST_EXAMPLES = 6
_THREADS = 32  # more than are answered at once: bot/web/turns.py decides who waits

# What gradio sends and shows: JSON values, or gr.skip()'s "leave it as it is".
_Value = Any

# Small steps in the browser, around what the server does.
# static/chat/ adds which question was answered last, and a number by which it knows the reply.
_TELL_ASKED = (
    "(asked) => { const told = new CustomEvent('bot:asked', { detail: {} }); "
    "document.dispatchEvent(told); return [asked, told.detail] }"
)
_TELL_FAILED = "() => { document.dispatchEvent(new CustomEvent('bot:failed')) }"
_FORGET = "() => [null, null]"
# Only what was answered leaves the box: not what was typed meanwhile.
_EMPTY_BOX = "(typed, last) => last && typed.trim() === last.question.trim() ? '' : typed"


def build_page(service: Service) -> gr.Blocks:
    """Make the chat page; what it says of the articles changes with the bot of the moment."""
    words = texts.INTERFACE
    with gr.Blocks(analytics_enabled=False) as page:
        introduction = gr.HTML(elem_id="introduction", js_on_load=None)
        with gr.Row(elem_id="chat"):
            with gr.Column(scale=3, min_width=280):
                # Its value is the newest exchange, which static/chat/ adds to the log.
                transcript = _part("transcript", script=True)
                question = gr.Textbox(
                    label=words["question_label"],
                    info=words["question_hint"],
                    lines=1,  # with one line, Enter sends and Shift+Enter starts another
                    max_lines=6,
                    submit_btn=words["ask"],
                    elem_id="question",
                )
                status = _part(
                    "status", script=True, longest=service.settings.max_question_characters
                )
                clear = gr.Button(words["clear"], size="sm", elem_id="clear")
                with gr.Row(elem_id="examples"):
                    gr.HTML(f"<p>{words['examples']}</p>", elem_id="try", js_on_load=None)
                    examples = [gr.Button(size="sm") for _ in range(_MOST_EXAMPLES)]
            with gr.Column(scale=2, min_width=280):
                _part("source", script=False)

        gr.HTML(render("chat_links.html", root=""), elem_id="links", js_on_load=None)

        def ask(asked: str, told: _Value) -> tuple[_Value, _Value]:
            return _answer(service, asked, told)

        for event, asked in [(question.submit, question), *((b.click, b) for b in examples)]:
            answered = event(
                ask,
                [asked, transcript],
                [transcript, status],
                js=_TELL_ASKED,
                api_visibility="private",
                show_progress="hidden",
                concurrency_limit=_THREADS,
                concurrency_id="ask",
            )
            answered.success(None, [question, transcript], question, js=_EMPTY_BOX)
            answered.failure(None, None, None, js=_TELL_FAILED)
        clear.click(None, None, [transcript, status], js=_FORGET)
    page.queue(max_size=64)
    blocks = cast("gr.Blocks", page)

    def describe(bot: Bot) -> None:
        corpus = bot.index.corpus
        blocks.title = title = words["title"].format(subject=corpus.subject)
        searched = texts.searched(corpus.articles)
        introduction.value = render("introduction.html", title=title, searched=searched)
        for number, button in enumerate(examples):
            button.visible = number < len(corpus.examples)
            button.value = corpus.examples[number] if button.visible else ""
        blocks.config = blocks.get_config_file()

    service.serving.listen(describe)
    return blocks


def _answer(service: Service, question: str, told: _Value) -> tuple[_Value, _Value]:
    """Answer what the page sent; the guard has checked what that is."""
    nonce = os.urandom(4).hex()
    try:
        shown = service.ask(exchange, question, told["question"])
    except (QuestionError, ClosedError) as error:
        return gr.skip(), {"text": str(error), "nonce": nonce}
    except BusyError:
        return gr.skip(), {"text": texts.INTERFACE["busy"], "nonce": nonce}
    except Exception as error:
        log_failure(error)  # Gradio would print the question with the traceback
        raise gr.Error(texts.INTERFACE["failed"], print_exception=False) from None
    html = render_exchange(shown, id=f"x{nonce}", script=True)
    return {"question": question, "html": html, "number": told["number"], "nonce": nonce}, None


def _part(name: str, *, script: bool, **values: Any) -> gr.HTML:
    """Make one piece of the page out of html/<name>.html, and static/parts/<name>.js.

    Gradio runs what it is given as markup: here it is given words of ours only.
    """
    code = (STATIC / "parts" / f"{name}.js").read_text(encoding="utf-8") if script else None
    markup = render(f"{name}.html", **values)
    return gr.HTML(html_template=markup, js_on_load=code, elem_id=name)
