"""Numbers as a person writes and reads them."""

import math
import re
from typing import Any

_THOUSANDS = re.compile(r"\d{1,3}(,\d{3})+")


def typed_number(text: str, *, whole: bool) -> Any:
    """A finite number, or the text when it is none."""
    plain = text.replace(",", "") if _THOUSANDS.fullmatch(text) else text
    try:
        number = float(plain)
    except ValueError:
        return text
    if not math.isfinite(number):
        return text
    if whole or re.fullmatch(r"[+-]?\d+", plain):
        return int(number) if number == int(number) else text
    return number


def shown_number(value: float) -> str:
    """A number without digits that say nothing; very small and large ones as `1e-4`."""
    if value == int(value) and abs(value) < 1e6:
        return str(int(value))
    if abs(value) < 1e-2 or abs(value) >= 1e6:
        mantissa, _, exponent = f"{value:e}".partition("e")
        text = f"{float(mantissa):g}e{int(exponent)}"
        return text if float(text) == value else repr(value)
    return repr(value)
