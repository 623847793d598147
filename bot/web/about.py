"""/about: what this is and how it runs, from the running configuration."""

from __future__ import annotations

import datetime as dt

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from bot import texts
from bot.confidence import CALIBRATION, parse_calibration
from bot.guidance import recently_checked
from bot.pipeline import Bot
from bot.web.articles import READ, timeline
from bot.web.cards import reach
from bot.web.service import Service
from bot.web.templates import checked, page


def about_routes(service: Service) -> APIRouter:
    """Make the route that describes what runs."""
    router = APIRouter()

    @router.api_route("/about", methods=READ)
    def about() -> HTMLResponse:
        bot = service.bot
        settings, corpus, guidance = bot.settings, bot.index.corpus, bot.index.guidance
        today = dt.date.today()
        contact = settings.operator_contact
        return page(
            "about.html",
            title=texts.INTERFACE["title"].format(subject=corpus.subject),
            searched=texts.searched(corpus.articles),
            operator=settings.operator,
            contact=contact,
            contact_link=f"mailto:{contact}" if contact and "://" not in contact else contact,
            quality=_quality(bot),
            entries=timeline(corpus.articles),
            reaches=[reach(contact) for contact in guidance.contacts],
            checked={
                contact: checked(contact, recently=recently_checked(contact, today))
                for contact in guidance.contacts
            },
            facts={
                texts.INTERFACE["model"]: settings.encoder,
                texts.INTERFACE["threshold"]: f"{bot.threshold:.2f}",
                texts.INTERFACE["passages_read"]: settings.top_passages,
                texts.INTERFACE["longest_question"]: settings.max_question_characters,
            },
        )

    return router


def _quality(bot: Bot) -> str:
    """Say what was measured when the threshold in use was set, as far as it was."""
    content = bot.index.guidance.files[CALIBRATION]
    calibration = parse_calibration(content, CALIBRATION)
    point = calibration.point
    if point is None or calibration.questions is None or bot.threshold != calibration.threshold:
        return texts.INTERFACE["how_good_unknown"]
    return texts.INTERFACE["how_good_text"].format(
        questions=calibration.questions,
        subject=calibration.subject or texts.INTERFACE["other_articles"],
        coverage=f"{point.coverage:.0%}",
        right=f"{point.right_at_1:.0%}",
        false=f"{point.false_answers:.0%}",
    )
