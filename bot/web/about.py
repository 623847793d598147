"""/about: what this is and how it runs, from the running configuration."""

from __future__ import annotations

import datetime as dt
from collections import Counter

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from bot import texts
from bot.confidence import CALIBRATION, parse_calibration
from bot.counts import Counts
from bot.errors import CountsError
from bot.guidance import recently_checked
from bot.pipeline import Bot
from bot.settings import Settings
from bot.web.articles import READ, timeline
from bot.web.cards import reach
from bot.web.service import Service
from bot.web.templates import checked, page

# What counts as a question: not what could not be read, or had to wait.
_ASKED = ("answered", "not_found", "help", "declined", "about", "greeting")


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
            counted=_counted(service.counts, today),
            outdated=service.serving.outdated,
            privacy=_privacy(settings),
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


def _privacy(settings: Settings) -> list[str]:
    """Say what is kept of a visitor, as it runs."""
    words = texts.INTERFACE
    limits = words["privacy_limits" if settings.questions_per_minute else "privacy_no_limits"]
    proxy = [words["privacy_proxy"]] if settings.public_url or settings.trusted_proxies else []
    kept = [words["privacy_kept"], words["privacy_votes"], words["privacy_counts"]]
    return [*kept, limits, *proxy, words["privacy_page"]]


def _counted(counts: Counts, today: dt.date) -> str | None:
    """Say how many questions were asked up to yesterday.

    Today's would tell somebody who looks twice what was asked for in between.
    """
    try:
        by_day = counts.by_day()
    except CountsError:
        return None  # `python -m bot counts` says what is wrong
    past = {day: statuses for day, statuses in by_day.items() if day < today}
    if not past:
        return None
    total = sum(past.values(), Counter[str]())
    return texts.INTERFACE["counted"].format(
        day=texts.day_in_words(min(past)),
        total=sum(total[status] for status in _ASKED),
        answered=total["answered"],
        not_found=total["not_found"],
        help=total["help"],
    )
