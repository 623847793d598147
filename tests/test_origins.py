from __future__ import annotations

import pytest

from bot.errors import SettingsError
from bot.origins import parse_address, parse_origin
from bot.settings import load_settings


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("https://forum.example", "https://forum.example"),
        ("https://forum.example/", "https://forum.example"),
        ("HTTPS://Forum.Example:443", "https://forum.example"),
        ("http://forum.example:80", "http://forum.example"),
        ("http://localhost:8000", "http://localhost:8000"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("https://bücher.example", "https://xn--bcher-kva.example"),
        ("https://straße.example", "https://xn--strae-oqa.example"),
    ],
)
def test_an_origin_is_written_as_browsers_do(written: str, meant: str) -> None:
    assert parse_origin(written) == meant


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("forum.example", "no web address"),
        ("https:/forum.example", "no web address"),
        ("htps://forum.example", "no web address"),
        ("https://", "no web address"),
        ("null", "no web address"),
        ("https://forum.example\\@evil.test", "no web address"),
        ("https://*.forum.example", "wildcard"),
        ("*", "no web address"),
        ("https://forum.example/path", "without the path"),
        ("https://forum.example?x", "without the path"),
        ("https://forum.example:port", "no web address"),
        ("https://forum.example:99999", "no web address"),
        ("https://me@forum.example", "before the host"),
        ("https://forum..example", "host name"),
        ("https://for um.example", "host name"),
        ("https://-forum.example", "host name"),
        ("https://a_b.example", "host name"),
        ("https://" + "a." * 200 + "example", "host name"),
        ("https://127.1", "4 octets"),
        ("https://256.1.1.1", "256"),
        ("https://[::1]:8000", "IPv6"),
        ("https://[fe80::1%25x;script-src]", "IPv6"),
        ("https://a[::1]", "no web address|IPv6"),
        ("https://forum.example:0", "port 0"),
    ],
)
def test_what_is_no_single_site_is_refused_with_the_reason(written: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        parse_origin(written)


def test_a_public_address_may_have_a_path() -> None:
    assert parse_address("https://forum.example/a/ask/") == ("https://forum.example", "/a/ask")
    with pytest.raises(ValueError, match="query"):
        parse_address("https://forum.example/?x=1")
    for wrong in ("/a b", "/..", "/../x", "/ask/."):
        with pytest.raises(ValueError, match="path"):
            parse_address(f"https://forum.example{wrong}")
    with pytest.raises(ValueError, match="host name"):
        parse_address("https://[fe80::1%25x;script-src]")


def test_settings_list_sites_and_name_every_mistake_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("EMBED_SITES", "https://a.example, http://b.example:8000")
    assert load_settings().embed_sites == ("https://a.example", "http://b.example:8000")
    monkeypatch.setenv("EMBED_SITES", " , ")
    assert load_settings().embed_sites == ()
    monkeypatch.setenv("EMBED_SITES", "https://a.example/forum")
    monkeypatch.setenv("PUBLIC_URL", "chat.example")
    monkeypatch.setenv("TRUSTED_PROXIES", "localhost")
    with pytest.raises(SettingsError) as error:
        load_settings()
    for name in ("EMBED_SITES", "PUBLIC_URL", "TRUSTED_PROXIES", "without the path"):
        assert name in str(error.value)
