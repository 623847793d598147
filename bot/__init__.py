"""Ask questions, get exact quotes from published articles, or an honest refusal.

>>> from bot import Answer, Refusal
"""

from bot.datatypes import Answer, Article, Citation, Refusal, Reply, Span
from bot.errors import BotError, QuestionError
from bot.pipeline import Bot, build_index, open_index
from bot.settings import Settings, load_settings

__all__ = [
    "Answer",
    "Article",
    "Bot",
    "BotError",
    "Citation",
    "QuestionError",
    "Refusal",
    "Reply",
    "Settings",
    "Span",
    "build_index",
    "load_settings",
    "open_index",
]
