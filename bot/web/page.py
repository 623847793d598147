"""The chat page: Gradio wiring only. What it looks like lies in static/, what it says in texts."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, cast

# Before gradio is imported: it reads these once, and must never call home.
os.environ.update(GRADIO_ANALYTICS_ENABLED="False", DO_NOT_TRACK="1")
os.environ.setdefault("HF_HUB_OFFLINE", "1")

import gradio as gr

from bot import texts
from bot.contract import reply_object
from bot.pipeline import Bot
from bot.web.cards import exchange
from bot.web.templates import template

STATIC = Path(__file__).parent / "static"
_CONCURRENT_QUESTIONS = 2  # one a core

# What gradio sends and shows: JSON values, or gr.skip()'s "leave it as it is".
_Value = Any


def build_page(bot: Bot) -> gr.Blocks:
    """Make the chat page of one bot."""
    words = texts.INTERFACE
    corpus = bot.index.corpus
    title = words["title"].format(subject=corpus.subject)
    with gr.Blocks(title=title, analytics_enabled=False) as page:
        introduction = template("introduction.html").render(
            title=title, searched=texts.searched(corpus.articles), words=words
        )
        gr.HTML(introduction, elem_id="introduction", js_on_load=None)
        with gr.Row(elem_id="chat"):
            with gr.Column(scale=3, min_width=280):
                # Its value is the newest exchange, which its script adds to the log.
                transcript = _part("transcript")
                with gr.Row(elem_id="examples"):
                    examples = [gr.Button(question, size="sm") for question in corpus.examples]
                question = gr.Textbox(
                    label=words["question_label"],
                    info=words["question_hint"],
                    lines=1,  # with one line, Enter sends and Shift+Enter starts another
                    max_lines=6,
                    submit_btn=words["ask"],
                    elem_id="question",
                )
                problem = _part("problem")
            with gr.Column(scale=2, min_width=280):
                _part("source")

        def ask(asked: _Value, last: _Value) -> tuple[_Value, _Value]:
            return _answer(bot, asked, last)

        for event, asked in [(question.submit, question), *((b.click, b) for b in examples)]:
            event(
                ask,
                [asked, transcript],
                [transcript, problem],
                api_visibility="private",
                show_progress="hidden",
                concurrency_limit=_CONCURRENT_QUESTIONS,
                concurrency_id="ask",
            ).then(None, [question, transcript], question, js=_read("clear.js"))
    page.queue(max_size=64)
    return cast("gr.Blocks", page)


def _answer(bot: Bot, asked: _Value, last: _Value) -> tuple[_Value, _Value]:
    """Answer what the page sent. Anybody can send anything, so nothing of it is trusted."""
    question = asked if isinstance(asked, str) else ""
    previous = last.get("question") if isinstance(last, dict) else None
    reply = reply_object(bot, question, previous if isinstance(previous, str) else None)
    if reply.status == "invalid":
        return gr.skip(), {"text": reply.notice, "nonce": os.urandom(4).hex()}
    shown = {"nonce": os.urandom(4).hex(), **exchange(bot.index, reply).model_dump()}
    return shown, {"text": "", "nonce": ""}


def _part(name: str) -> gr.HTML:
    """Make one piece of the page; its markup and script lie in static/<name>.html and .js.

    The markup is fixed; the script puts every value into the document as text. (Gradio's
    own templates run what they are given.) Interface words reach it as `props.words`.
    """
    return gr.HTML(
        html_template=_read(f"{name}.html"),
        js_on_load=_read(f"{name}.js"),
        elem_id=name,
        words=texts.INTERFACE,
    )


def _read(name: str) -> str:
    return (STATIC / name).read_text(encoding="utf-8")
