"""Which language a text is in (py3langid, whose model lies in its package)."""

import re
from functools import cache
from typing import Any

_SAMPLE = 300
_CLASSIFIED = 200
"""Characters that are looked at, and that py3langid gets of them; more change little but the time."""
_LEAST_BYTES = 20
"""Letters that a text must have, in bytes of UTF-8; scripts that write a word in one or two take three bytes each."""
_LEAST_SURE = 0.8
"""Probability below which the answer is "": from this one on, none of 13,000 short English questions was taken for
another language; without a bound several were."""
_ENGLISH_LEAST = 3
_ENGLISH_SHARE = 0.1

_NOT_LETTERS = re.compile(r"[\W\d_]+")
_FOREIGN_LATIN = re.compile("[^\x00-\x7f\u2010-\u2044\u00a0-\u00bf€]")
_ENGLISH_TEXT = (
    "the and that with this have from they what which would there their about been were when your how my you it's are "
    "does should could who where has had his her she not can if did than them these those because"
)
_ENGLISH = frozenset(_ENGLISH_TEXT.split())
"""Words that no other language in Latin letters uses often."""

_SAME = {"nb": "no", "nn": "no"}


def language(text: str) -> str:
    """The language's ISO 639-1 code; "" when the text is too short or the answer not sure.

    5 µs for a plain English text, which its small words give away, else about 70 µs.
    """
    sample = text[:_SAMPLE]
    if _is_plain_english(sample):
        return "en"
    if not _is_long_enough(sample):
        return ""
    code, sure = _identifier().classify(sample[:_CLASSIFIED].encode("utf-8", "replace").decode("utf-8"))
    code = _SAME.get(code, code)
    return code if sure >= _LEAST_SURE and len(code) == 2 else ""


def row_language(answer: str, body: str) -> str:
    """The language of a row: the answer's, for that is what is learned, or the whole row's where it is not sure."""
    return language(answer) or language(body)


def _is_long_enough(sample: str) -> bool:
    return len(_NOT_LETTERS.sub("", sample).encode("utf-8", "replace")) >= _LEAST_BYTES


def _is_plain_english(sample: str) -> bool:
    if _FOREIGN_LATIN.search(sample):
        return False
    words = sample.lower().split()
    known = sum(word in _ENGLISH for word in words)
    return known >= _ENGLISH_LEAST and known >= _ENGLISH_SHARE * len(words)


@cache
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
