"""Attack strings and generated ones -> whole requests, as bytes, to every route."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from tests.soak.attacks import BODIES, CONTENT_TYPES, EVENT_CHANGES, PATHS, STRINGS
from tests.soak.framing import WIRES
from tests.soak.generated import Generated

_TARGETS = [
    "/",
    "/embed",
    "/embed/",
    "/embed.js",
    "/healthz",
    "/readyz",
    "/favicon.ico",
    "/theme.css",
    "/plain",
    "/plain/",
    "/about",
    "/articles",
    "/articles/",
    "/article/send-progress-recognised-2020",
    "/article/send-progress-recognised-2020/0-5?h=000000000000",
    "/site/colours.css",
    "/site/chat/main.js",
    "/api/ask",
    "/feedback",
    "/gradio_api/queue/join",
    "/gradio_api/queue/data",
    "/gradio_api/startup-events",
]
_FOLDERS = [
    "/",
    "/site/",
    "/assets/",
    "/static/",
    "/static/fonts/",
    "/article/",
    "/article/send-progress-recognised-2020/",
    "/gradio_api/file=",
    "/gradio_api/",
    "/file=",
    "/gradio_api/proxy=",
    "/gradio_api/stream/",
    "/gradio_api/custom_component/",
    "/theme.css?v=",
    "/embed.js?",
    "/plain?",
    "/healthz?",
    "/article/send-progress-recognised-2020/0-5?h=",
    "/article/send-progress-recognised-2020?",
]
_METHODS = """
GET HEAD POST PUT DELETE PATCH OPTIONS TRACE CONNECT PROPFIND SEARCH PURGE DEBUG get GeT X
VERSION-CONTROL M-SEARCH
""".split()
_HEADERS = [
    "Host",
    "X-Forwarded-For",
    "X-Forwarded-Host",
    "X-Forwarded-Proto",
    "X-Forwarded-Prefix",
    "X-Real-IP",
    "Forwarded",
    "Origin",
    "Referer",
    "User-Agent",
    "Accept",
    "Accept-Encoding",
    "Accept-Language",
    "If-None-Match",
    "If-Modified-Since",
    "If-Range",
    "Range",
    "Cookie",
    "Authorization",
    "Content-Type",
    "Expect",
    "Upgrade",
    "Sec-Fetch-Site",
    "X-Gradio-User",
    "X-Gradio-Server",
    "X-HTTP-Method-Override",
    "X-Original-URL",
    "TE",
    "Via",
    "Max-Forwards",
]
_VALUES = [
    "bytes=0-",
    "bytes=-1",
    "bytes=0-0,1-1,2-2",
    "bytes=99999999999-",
    "bytes=5-2",
    "bytes=" + ",".join(f"{n}-" for n in range(500)),
    "items=0-5",
    "bytes=0-18446744073709551616",
    "gzip;q=0, identity;q=0, *;q=0",
    "gzip, gzip, gzip, br, zstd, x",
    "gzip;q=nan",
    "*",
    '"' + "x" * 300 + '"',
    'W/"x", "y", *',
    ", ".join(f'"{n}"' for n in range(500)),
    "Thu, 99 Foo 99999 99:99:99 GMT",
    "Thu, 01 Jan 1970 00:00:00 GMT",
    "100-continue",
    "200-ok",
    "websocket",
    "h2c",
    "null",
    "http://evil.example",
    "http://127.0.0.1",
    "evil.example",
    "localhost@evil.example",
    "[::1",
    "127.0.0.1:99999",
    "127.0.0.1, 10.0.0.1, ::1",
    "for=127.0.0.1;host=evil.example;proto=https",
    "same-origin",
    "cross-site",
    "-1",
    "a=b; " * 200,
    "Basic Og==",
    "Bearer x",
]
_ASKED_WELL = {"data": ["hello", {"question": None, "number": 1}], "fn_index": 0, "trigger_id": 1}


@dataclass(frozen=True, slots=True)
class Input:
    """One thing to send."""

    kind: str
    wire: bytes
    head_only: bool = False


def inputs(count: int, chance: random.Random, generated: Generated) -> Iterator[Input]:
    """Draw so many inputs, of all kinds alike often, attack strings and generated ones mixed."""
    maker = _Maker(chance, generated)
    kinds = list(maker.kinds.items())
    for number in range(count):
        kind, make = kinds[number % len(kinds)]
        yield make(kind)


class _Maker:
    """Draws inputs."""

    def __init__(self, chance: random.Random, generated: Generated) -> None:
        self._chance = chance
        self._generated = generated
        self.kinds: dict[str, Callable[[str], Input]] = {
            "question": self._question,
            "JSON body": self._json_body,
            "any body": self._any_body,
            "plain form": self._plain_form,
            "vote": self._vote,
            "Gradio event": self._event,
            "changed Gradio event": self._changed_event,
            "made-up session": self._session,
            "path": self._path,
            "header": self._header,
            "method": self._method,
            "framing": self._framing,
            "bytes": self._bytes,
        }

    def _text(self) -> str:
        """Draw a string: a known attack, two of them together, or a generated one."""
        how, pick = self._chance.random(), self._chance.choice
        if how < 0.55:
            return pick(STRINGS)
        if how < 0.65:
            return f"{pick(STRINGS)}{pick(STRINGS)}"
        if how < 0.75:  # one that also asks something that the articles answer
            return f"Who runs school support services? {pick(STRINGS)}"
        if how < 0.85:
            return f"<x7331 y='{pick(self._generated.texts)}'>"
        return pick(self._generated.texts)

    def _question(self, kind: str) -> Input:
        body: dict[str, object] = {"question": self._text()}
        if self._chance.random() < 0.4:
            body["previous"] = self._text()
        return Input(kind, _post("/api/ask", self._json(body)))

    def _json_body(self, kind: str) -> Input:
        value = self._chance.choice(self._generated.values)
        whole: object = self._chance.choice([value, {"question": value}, {"previous": value}])
        target = self._chance.choice(["/api/ask", "/gradio_api/queue/join", "/feedback"])
        return Input(kind, _post(target, self._json(whole)))

    def _any_body(self, kind: str) -> Input:
        targets = ["/api/ask", "/plain", "/feedback", "/gradio_api/queue/join"]
        body = self._chance.choice([*BODIES, self._chance.choice(self._generated.binaries)])
        content_type = self._chance.choice(CONTENT_TYPES)
        return Input(kind, _post(self._chance.choice(targets), body, content_type))

    def _plain_form(self, kind: str) -> Input:
        fields = {"question": self._text()}
        if self._chance.random() < 0.5:
            fields["previous"] = self._text()
        return Input(kind, _post("/plain", _form(fields), CONTENT_TYPES[4]))

    def _vote(self, kind: str) -> Input:
        good = {
            "article": "send-progress-recognised-2020",
            "start": "0",
            "end": "10",
            "h": "000000000000",
            "vote": "helpful",
        }
        for name in self._chance.sample(sorted(good), self._chance.randint(1, 3)):
            good[name] = self._text()
        accept = self._chance.choice(["text/html", "application/json", "*/*"])
        return Input(kind, _post("/feedback", _form(good), CONTENT_TYPES[4], f"Accept: {accept}"))

    def _event(self, kind: str) -> Input:
        told = {"question": self._chance.choice([None, self._text()]), "number": 1}
        event = {**_ASKED_WELL, "data": [self._text(), told], "session_hash": self._hash()}
        return Input(kind, _post("/gradio_api/queue/join", self._json(event)))

    def _changed_event(self, kind: str) -> Input:
        event: dict[str, object] = {**_ASKED_WELL, "session_hash": self._hash()}
        if self._chance.random() < 0.6:
            event |= self._chance.choice(EVENT_CHANGES)
        else:
            name = self._chance.choice([*event, "more"])
            event[name] = self._chance.choice(self._generated.values)
        return Input(kind, _post("/gradio_api/queue/join", self._json(event)))

    def _session(self, kind: str) -> Input:
        drawn = _percent(self._chance.choice([self._hash(), self._text()]))
        query = self._chance.choice(
            [f"session_hash={drawn}", f"session_hash=a&session_hash={drawn}", drawn, ""]
        )
        return Input(kind, _get(f"/gradio_api/queue/data?{query}"))

    def _path(self, kind: str) -> Input:
        folder, text = self._chance.choice(_FOLDERS), self._chance.choice(PATHS)
        if self._chance.random() < 0.4:
            text = _percent(self._text())[:1900]
        return Input(kind, _get(f"{folder}{text}"))

    def _header(self, kind: str) -> Input:
        lines = []
        for name in self._chance.sample(_HEADERS, self._chance.randint(1, 5)):
            value = self._chance.choice([*_VALUES, self._text()])
            if self._chance.random() < 0.7:  # else as it is, with line breaks and what not in it
                value = "".join(c for c in value if c.isprintable()).strip()
            lines.append(f"{name}: {value}")
        target = self._chance.choice(_TARGETS)
        if self._chance.random() < 0.5:
            return Input(kind, _get(target, *lines))
        return Input(kind, _post("/api/ask", b'{"question": "hello"}', CONTENT_TYPES[0], *lines))

    def _method(self, kind: str) -> Input:
        method = self._chance.choice(_METHODS)
        wire = _request(method, self._chance.choice(_TARGETS), [])
        return Input(kind, wire, head_only=method == "HEAD")

    def _framing(self, kind: str) -> Input:
        return Input(kind, self._chance.choice(WIRES))

    def _bytes(self, kind: str) -> Input:
        drawn = self._chance.choice(self._generated.binaries)
        before = self._chance.choice([b"", b"GET ", b"GET /", b"POST /api/ask HTTP/1.1\r\n"])
        return Input(kind, before + drawn + b"\r\n\r\n")

    def _hash(self) -> str:
        return f"s{self._chance.randrange(10**9)}"

    def _json(self, value: object) -> bytes:
        as_escapes = self._chance.random() < 0.5
        return json.dumps(value, ensure_ascii=as_escapes).encode("utf-8", "surrogatepass")


def _get(target: str, *lines: str) -> bytes:
    return _request("GET", target, list(lines))


def _post(target: str, body: bytes, content_type: str = "application/json", *lines: str) -> bytes:
    head = [*lines, f"Content-Length: {len(body)}"]
    if not any(line.startswith("Content-Type") for line in lines):
        head.append(f"Content-Type: {content_type}")
    return _request("POST", target, head) + body


def _request(method: str, target: str, lines: list[str]) -> bytes:
    """Write a request's head; nothing is corrected, but what is no Latin letter is percent."""
    if not any(line.startswith("Host:") for line in lines):
        lines = ["Host: 127.0.0.1", *lines]
    target = target.replace(" ", "%20")
    head = "".join(f"{line}\r\n" for line in [f"{method} {target} HTTP/1.1", *lines])
    return head.encode("utf-8", "surrogatepass") + b"\r\n"


def _form(fields: dict[str, str]) -> bytes:
    return urlencode(fields, errors="surrogatepass").encode()


def _percent(text: str) -> str:
    return quote(text, safe="", errors="surrogatepass")
