"""Where a person can be reached: e-mail addresses, telephone numbers and network addresses in a text."""

import ipaddress
import re
from collections.abc import Iterator

Span = tuple[int, int]

_EMAIL = re.compile(
    r"(?<![\w.+-])[\w.%+-]{1,64}@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,62})\.){1,8}[A-Za-z]{2,24}(?![\w@]|\.\w*@)"
)
_IN_URL = re.compile(r"://[^\s/@]*$")
"""Before it: then it is a password and a host."""
_NO_MAILBOX = ("git", "2x", "3x")
_FILE_ENDS = ("png", "jpg", "jpeg", "gif", "svg", "webp", "js", "ts", "css", "py")
"""`logo@2x.png` and `react@18.js` are no addresses."""

_INTERNATIONAL = re.compile(r"(?<![\w+./=^*-])\+\s?[1-9](?:[ ().\-/]{0,2}\d){7,14}(?![\w%]|[.,]\d)")
_AMERICAN = re.compile(
    r"(?<![\w+.$/=#-])(?<!\d )(?:1[-. ])?"
    r"(?:\(\d{3}\) ?\d{3}|[2-9]\d{2}([-.])[2-9]\d{2}(?=\1))[-.]\d{4}(?![\w%]|[-.,/]\d)"
)
"""(415) 555-2671 and 415-555-2671, with the first digits that area codes and exchanges may have."""
_CALLED = re.compile(
    r"(?i:\b(?:tel|phone|telephone|mobile|cell|cellphone|fax|whatsapp|call|text|sms|reach|telefon|handy|téléphone|tél|"
    r"teléfono|telefono|number)\b(?: ?(?:me|us|him|her|them|is|at|on|no|number|nr|\.|:|=)){0,4}) ?"
    r"((?:00[1-9]|0|\()[\d ().\-/]{6,18}\d)(?![\w%]|[.,]\d)"
)
_REGIONS = ("US", "GB", "DE", "FR", "ES", "IT", "NL", "BE", "CH", "AT", "IN", "AU", "BR", "PL", "SE", "JP", "CN", "MX")
"""Whose rules a number without a country code is held against, where a word before it says that it is one."""

_IPV4 = re.compile(r"(?<![\w.\-/])(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?![\w\-]|\.\d)")
_IPV6 = re.compile(
    r"(?<![\w:.])(?=[0-9A-Fa-f:]*\d)[0-9A-Fa-f]{1,4}(?::{1,2}[0-9A-Fa-f]{1,4}){2,7}(?:::)?(?![\w:]|\.\d)"
)
_DOTTED = re.compile(r"\d\.\d{1,3}\.\d")
_COLONS = re.compile(r"[0-9A-Fa-f]::?[0-9A-Fa-f]{1,4}:")
_BEFORE_VERSION = re.compile(
    r"(?i:(?:\bv|ver|vers|version|release|firmware|build|update|section|chapter|clause|article|paragraph|§|figure|table|"
    r"\boid|[a-z]+-|[<>=~^]=?)[ :.#=\"']{0,3}|(?:upgrad|updat|bump)[a-z]*\b[^\n.;]{0,24}\bto )$"
)
_BEFORE_CHARACTERS = 48
_PUBLIC_RESOLVERS = {"8.8.8.8", "8.8.4.4", "1.1.1.1", "1.0.0.1", "9.9.9.9"}


def emails(text: str) -> Iterator[Span]:
    """Mail addresses."""
    if "@" not in text:
        return
    for match in _EMAIL.finditer(text):
        mailbox, _, domain = match[0].partition("@")
        if _IN_URL.search(text, max(0, match.start() - 80), match.start()):
            continue
        if mailbox not in _NO_MAILBOX and domain.rpartition(".")[2].lower() not in _FILE_ENDS and mailbox.strip("."):
            yield match.span()


def phones(text: str) -> Iterator[Span]:
    """Telephone numbers: those written as in North America; with a country code or after a word such as `phone`, those
    that their country's numbering plan (libphonenumber's) allows."""
    if "+" in text:
        yield from (match.span() for match in _INTERNATIONAL.finditer(text) if _is_phone(match[0], None))
    yield from (match.span() for match in _AMERICAN.finditer(text))
    yield from (match.span(1) for match in _CALLED.finditer(text) if _is_called(match[1]))


def addresses(text: str) -> Iterator[Span]:
    """IP addresses, but for those that are everybody's (loopback, masks, public resolvers) and version numbers."""
    if _DOTTED.search(text):
        for match in _IPV4.finditer(text):
            if _is_somebodys(match[0]) and not _BEFORE_VERSION.search(
                text, max(0, match.start() - _BEFORE_CHARACTERS), match.start()
            ):
                yield match.span()
    if _COLONS.search(text):
        yield from (match.span() for match in _IPV6.finditer(text) if _is_ipv6(match[0]))


def _is_called(text: str) -> bool:
    if text.startswith("00"):
        return _is_phone("+" + text[2:], None)
    return any(_is_phone(text, region) for region in _REGIONS)


def _is_phone(text: str, region: str | None) -> bool:
    import phonenumbers

    try:
        return bool(phonenumbers.is_valid_number(phonenumbers.parse(text, region)))
    except phonenumbers.NumberParseException:
        return False


def _is_somebodys(text: str) -> bool:
    if text in _PUBLIC_RESOLVERS or text.startswith(("0.", "127.", "255.")):
        return False
    return not any(part.startswith("0") and part != "0" for part in text.split("."))


def _is_ipv6(text: str) -> bool:
    if (
        text.count(":") < 7
        and sum(map(bool, text.split(":"))) < 4
        and not text.lower().startswith(("20", "26", "2a", "fe80"))
    ):
        return False  # `a::b` is code in several languages, and 12:30:45 a time
    try:
        return not ipaddress.IPv6Address(text).is_loopback
    except ValueError:
        return False
