"""Phrases that say who speaks: "Ms Ash said:" before speech, ", said Ms Ash" after it.

All positions are characters of the article's text. What the rules do not clearly
understand they leave: passives ("was told"), denials ("never said"), reports of reports.
"""

from __future__ import annotations

import re

from bot.datatypes import Span

_VERBS = (
    "said says say added adds wrote writes told tells explained explains commented comments"
    " continued continues warned warns insisted insists claimed claims admitted admits"
    " concluded concludes replied replies argued argues stressed stresses stated states"
    " responded responds announced announces confirmed confirms tweeted posted asked asks"
    " urged urges noted notes recalled recalls remarked remarks agreed agrees joked shouted"
    " promised promises"
).split()
_VERB = rf"\b(?:{'|'.join(_VERBS)})\b"
_ANY_VERB = re.compile(_VERB)
_AUXILIARY = re.compile(r"\s+(?:has|have|had|also|then|later|previously|further|now|recently)$")

# "was told" names who heard; "never said" names who did not say it.
_NOT_ACTIVE = re.compile(
    r"\b(?:was|were|is|are|be|been|being|never|not|nobody|denied|denies)$|n[’']t$"
)
_NEGATIVE_SUBJECT = re.compile(r"(?:nobody|no one|none|neither|nothing)\b", re.IGNORECASE)

# What may stand before the subject without being part of it.
_CONJUNCTION = re.compile(
    r"(?:but|and|so|yet|however|meanwhile|then|also|or)\b,?\s+", re.IGNORECASE
)
_WHEN = re.compile(
    r"(?:on |last |this |next |late |early |earlier |later )*"
    r"(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day|yesterday|today|tonight|night|week|weekend|month|year|morning|afternoon|evening"
    r"|january|february|march|april|may|june|july|august|september|october|november|december)"
    r"(?: (?:morning|afternoon|evening|night))?,?\s+(?=[A-Z]|a |an |the )"
    r"|(?:a|one|two|three|several) (?:hours?|days?|weeks?|months?|years?) later,?\s+"
    r"|(?:in|by) (?:\w+ )?(?:19|20)\d\d,?\s+",
    re.IGNORECASE,
)
_ADVERBIAL = re.compile(
    r"(?:in|at|on|after|before|during|following|speaking|responding|commenting|asked|when|while"
    r"|as|for|since|with|by|from|writing|addressing|reacting|referring|earlier|later|yesterday"
    r"|today|tonight|afterwards|last|this|despite|although|though|because|if|to|of|about"
    r"|according|under|through|over|separately|finally|recently|announcing|welcoming|describing"
    r"|summing|concluding|introducing|opening|it|there|what|where|how)\b",
    re.IGNORECASE,
)
ROLES = (
    "leader|leaders|executive|spokes\\w+|volunteer|resident|residents|campaigner|campaigners"
    "|councillor|councillors|manager|director|chairman|chairwoman|chair|head|headteacher"
    "|teacher|parent|parents|mother|father|mum|dad|officer|officers|minister|secretary"
    "|inspector|inspectors|judge|member|organiser|founder|owner|treasurer|president|nurse"
    "|doctor|expert|author|governor|driver|shopkeeper|pupil|student|librarian|boss"
)
# A subject begins with a capital, with a determiner, or with a role before a name.
_SUBJECT = re.compile(
    r"(?:[A-Z]|(?:a|an|the|one|another|both|her|his|their|its|our)\s"
    rf"|(?:[a-z-]+ ){{0,3}}(?:{ROLES})\b)"
)
_RELATIVE_CLAUSE = re.compile(r",? (?:who|which|whose|whom)\b[^,]*(?:,|$)")
# Behind a name: where the phrase that names somebody ends.
_PHRASE_END = re.compile(
    r",? (?:who|which|whose|when|while|after|before|as|in|at|on|during|that|to|about|by|with"
    r"|because)\b"
    r"|, (?:of|aged|adding|speaking|[a-z]+ing)\b|,? \d+\b|\s[-–—]\s"
)
_AGE = re.compile(r",? \d+$")
_STOP = re.compile(r"(?<!\bMr)(?<!\bMs)(?<!\bDr)(?<!\bMrs)(?<!\b[A-Z])[.!?:;“\"]")
_NO_NAME = re.compile(
    r"(?:it|they|we|i|you|who|which|that|this|these|those|there|one|what|some|many|others)$",
    re.IGNORECASE,
)
_INSIDE_NO_NAME = re.compile(r"\b(?:that|whether|if|than)\b|[“”\";:()]")
_MAX_WORDS = 18

PRONOUN = re.compile(r"(?:she|he)$", re.IGNORECASE)


def subject_before(text: str, start: int, end: int) -> Span | None:
    """Find who speaks in `text[start:end]`, the part of a sentence that leads up to speech.

    It has to end in a colon, a comma or the verb itself. The subject is that of the last
    verb: in "The council said Ms Ash told parents:" Ms Ash speaks.
    """
    lead = text[start:end].rstrip()
    aside = [match.span() for match in _RELATIVE_CLAUSE.finditer(lead)]
    verbs = [
        verb
        for verb in _ANY_VERB.finditer(lead)
        if not any(a <= verb.start() < b for a, b in aside)
    ]
    if not verbs or not lead.endswith((":", ",", verbs[-1][0])):
        return None
    verb = verbs.pop()
    while verbs and lead[verbs[-1].end() : verb.start()].rstrip().endswith(" and"):
        verb = verbs.pop()  # "Ms Ash wrote to parents and asked:" - one subject, two verbs
    begin = 0
    if verbs:
        begin = verbs[-1].end()
        if match := re.search(r"\bthat\b", lead[begin : verb.start()]):
            begin += match.end()
    before = lead[begin : verb.start()]
    if verb[0] in {"said", "says"} and before.rstrip().endswith(","):
        inverted = _name(text, start + verb.end(), start + len(lead.rstrip(":,")), cut=True)
        if inverted:
            return inverted
    return _name(text, start + begin, start + verb.start())


def subject_after(text: str, start: int, end: int) -> Span | None:
    """Find who spoke the speech that ended at `start`: "said NAME" or "NAME said" behind it.

    A name before its verb counts only where a comma, question or exclamation mark ties it
    to the speech: after a full stop a new sentence begins.
    """
    tied = text[start - 2] in ",?!…" or text[start : start + 1] == ","
    stop = _STOP.search(text, start, end)
    tail = text[start : stop.start() if stop else end]
    if match := re.match(rf"[\s,]*{_VERB}\s+(?=\S)", tail):
        return _name(text, start + match.end(), start + len(tail), cut=True)
    if tied and (match := re.match(rf"[\s,]*(?P<who>.{{2,120}}?)\s+{_VERB}", tail, re.DOTALL)):
        return _name(text, start + match.start("who"), start + match.end("who"))
    return None


def is_interruption(between: str) -> bool:
    """Say whether what stands between two speeches only says who speaks both."""
    return bool(_ANY_VERB.search(between)) and len(between.split()) <= _MAX_WORDS


def _name(text: str, start: int, end: int, *, cut: bool = False) -> Span | None:
    """Find the phrase that names a speaker in `text[start:end]`; a pronoun counts as one.

    Words of time and manner before it are left out. A role behind the name, between commas,
    stays. With `cut`, whatever follows the phrase is left out too.
    """
    if _NOT_ACTIVE.search(text[start:end].rstrip(" ,\u00a0")):
        return None
    start = _skip_adverbials(text, start, end)
    if cut and (match := _PHRASE_END.search(text, start, end)):
        end = match.start()
    if match := _RELATIVE_CLAUSE.search(text, start, end):
        end = match.start()
    phrase = text[start:end].rstrip(" ,\u00a0\n\r\t")
    while match := _AUXILIARY.search(phrase) or _AGE.search(phrase):
        phrase = phrase[: match.start()].rstrip(" ,")
    return Span(start, start + len(phrase)) if _can_speak(phrase) else None


def _skip_adverbials(text: str, start: int, end: int) -> int:
    """Return where the subject begins behind "But", "On Monday" and "In a joint response,"."""
    moved = True
    while moved:
        moved = False
        for pattern in (re.compile(r"[\s,\u00a0]+"), _CONJUNCTION, _WHEN):
            if match := pattern.match(text, start, end):
                start, moved = match.end(), True
        if _ADVERBIAL.match(text, start, end) and (comma := text.find(",", start, end)) >= 0:
            start, moved = comma + 1, True
    return start


def _can_speak(phrase: str) -> bool:
    return bool(
        phrase
        and not _NO_NAME.match(phrase)
        and not _NEGATIVE_SUBJECT.match(phrase)
        and not _ADVERBIAL.match(phrase)
        and not _INSIDE_NO_NAME.search(phrase)
        and not _ANY_VERB.search(phrase)
        and (PRONOUN.match(phrase) or _SUBJECT.match(phrase))
        and len(phrase.split()) <= _MAX_WORDS
    )
