"""Where secrets and API keys stand in a text, by the forms that their issuers document.

detect-secrets' 23 detectors of such forms take four times as long, and do not know keys of Anthropic, Google or Hugging
Face; its keyword detector takes six times as long again, and its entropy detector takes `pending` for a secret.
"""

import math
import re
from collections import Counter
from collections.abc import Iterator

Span = tuple[int, int]

_LONG_RUN = re.compile(r"[^\s]{20}")
"""Every key has one; most texts have none."""

_EDGE = r"(?<![A-Za-z0-9_-])"
_END = r"(?![A-Za-z0-9_])"

_KEYS: tuple[tuple[tuple[str, ...], re.Pattern[str]], ...] = tuple(
    (hints, re.compile(_EDGE + pattern + _END))
    for hints, pattern in (
        (("AKIA", "ASIA", "ABIA", "ACCA"), r"(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}"),  # AWS access key id
        (("ghp_", "gho_", "ghu_", "ghs_", "ghr_"), r"gh[pousr]_[A-Za-z0-9]{36,255}"),  # GitHub
        (("github_pat_",), r"github_pat_[A-Za-z0-9_]{50,255}"),
        (("glpat-",), r"glpat-[A-Za-z0-9_-]{20,64}"),  # GitLab
        (("xox",), r"xox[abeoprs]-[A-Za-z0-9-]{10,255}"),  # Slack
        (("AIza",), r"AIza[A-Za-z0-9_-]{35}"),  # Google
        (("GOCSPX-",), r"GOCSPX-[A-Za-z0-9_-]{28}"),
        (("ya29.",), r"ya29\.[A-Za-z0-9_-]{20,512}"),
        (("hf_",), r"hf_[A-Za-z0-9]{30,64}"),  # Hugging Face
        (("gsk_",), r"gsk_[A-Za-z0-9]{40,64}"),  # Groq
        (("r8_",), r"r8_[A-Za-z0-9]{37,40}"),  # Replicate
        (("k_live_", "k_test_"), r"[rsp]k_(?:live|test)_[A-Za-z0-9]{16,255}"),  # Stripe
        (("whsec_",), r"whsec_[A-Za-z0-9]{24,64}"),
        (("SG.",), r"SG\.[A-Za-z0-9_-]{16,32}\.[A-Za-z0-9_-]{16,64}"),  # SendGrid
        (("npm_",), r"npm_[A-Za-z0-9]{36}"),
        (("pypi-",), r"pypi-[A-Za-z0-9_-]{60,255}"),
        (("dop_v1_",), r"dop_v1_[a-f0-9]{64}"),  # DigitalOcean
        (("dapi",), r"dapi[a-f0-9]{32}(?:-\d)?"),  # Databricks
        (("sq0",), r"sq0(?:atp|csp)-[A-Za-z0-9_-]{22,43}"),  # Square
        (("AC", "SK"), r"(?:AC|SK)[a-f0-9]{32}"),  # Twilio
        (("-us",), r"[a-f0-9]{32}-us\d{1,2}"),  # Mailchimp
        ((":AA",), r"\d{8,10}:AA[A-Za-z0-9_-]{33}"),  # Telegram
        (("eyJ",), r"eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}"),  # JSON web token
    )
)

_SK = re.compile(rf"{_EDGE}sk-[A-Za-z0-9_-]{{20,255}}{_END}")
"""OpenAI, Anthropic and those that write keys like them; digits and capitals tell them from hyphenated words."""
_SLACK_HOOK = re.compile(r"https://hooks\.slack\.com/services/T[A-Z0-9]+/B[A-Z0-9]+/[A-Za-z0-9]+")
_AZURE = re.compile(r"(?<=AccountKey=)[A-Za-z0-9+/]{86}==")
_PRIVATE = re.compile(
    r"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----"
    r"(?:[\s\S]{0,16000}?-----END (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----)?"
)
_IN_URL = re.compile(
    r"(?<=://)[^\s/:@<>{}\"']{1,64}:"
    r"(?!(?i:(?:my|your)?[-_]?(?:password|passwd|passw|pass|pwd|token|secret|key|repo|x+))@)[^\s/@<>{}\"'$*]{3,128}(?=@[\w.-])"
)
"""Name and password before a host, but for words that stand for one."""
_SET_TO = re.compile(
    r"(?i:(?:api[_-]?key|access[_-]?key|secret(?:[_-]?key)?|auth[_-]?token|access[_-]?token|client[_-]?secret|"
    r"password|passwd)[\"']?\s{0,3}[:=]\s{0,3}[\"']?)([A-Za-z0-9+/_.=-]{16,128})"
)
_LEAST_BITS = 3.5
"""Bits a character: random letters and digits of 16 characters have about 3.8, words and placeholders 2.5 to 3.4."""


def credentials(text: str) -> Iterator[Span]:
    """Where secrets stand."""
    if "PRIVATE KEY" in text:
        yield from (match.span() for match in _PRIVATE.finditer(text))
    if "://" in text and "@" in text:
        yield from (match.span() for match in _IN_URL.finditer(text))
    if not _LONG_RUN.search(text) and "=" not in text and ":" not in text:
        return
    for hints, pattern in _KEYS:
        if any(hint in text for hint in hints):
            yield from (match.span() for match in pattern.finditer(text))
    if "sk-" in text:
        yield from (match.span() for match in _SK.finditer(text) if _is_mixed(match[0][3:]))
    if "hooks.slack" in text:
        yield from (match.span() for match in _SLACK_HOOK.finditer(text))
    if "AccountKey=" in text:
        yield from (match.span() for match in _AZURE.finditer(text))
    if "=" in text or ":" in text:
        yield from (match.span(1) for match in _SET_TO.finditer(text) if _is_random(match[1]))


def known_beginning(secret: str) -> str:
    """What every secret of its form begins with, which reveals nothing; "" where the form has no such beginning."""
    beginnings = ("sk-", "-----BEGIN", *(hint for hints, _ in _KEYS for hint in hints))
    return next((beginning for beginning in beginnings if secret.startswith(beginning)), "")


def _is_mixed(text: str) -> bool:
    """Whether it has digits, and capitals or no hyphen: words have not."""
    return any(map(str.isdigit, text)) and (any(map(str.isupper, text)) or "-" not in text)


def _is_random(text: str) -> bool:
    """Whether it looks drawn by lot: letters and digits, of many kinds."""
    if not any(map(str.isdigit, text)) or not any(map(str.isalpha, text)):
        return False
    counts = Counter(text).values()
    return -sum(count / len(text) * math.log2(count / len(text)) for count in counts) >= _LEAST_BITS
