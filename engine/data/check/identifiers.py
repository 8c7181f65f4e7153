"""Where numbers that belong to a person stand in a text: payment cards, bank accounts, national ids."""

import re
from collections.abc import Iterator

Span = tuple[int, int]

_EDGE = r"(?<![\w.,$€£%/#-])"
_END = r"(?![\w%]|[.,/-]\d)"

_CARD = re.compile(
    rf"{_EDGE}(?:[2-6]\d{{3}}(?:([ -])\d{{4}}\1\d{{4}}\1\d{{1,7}}|\d{{9,15}})|3\d{{3}}([ -])\d{{6}}\2\d{{4,5}}){_END}"
)
_BRANDS = re.compile(
    r"4\d{12}(?:\d{3}){0,2}|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}|3[47]\d{13}|"
    r"3(?:0[0-5]|[689]\d)\d{11}|6(?:011|5\d\d|4[4-9]\d)\d{12,15}|35(?:2[89]|[3-8]\d)\d{12,15}|62\d{14,17}"
)
"""Visa, Mastercard, American Express, Diners, Discover, JCB, UnionPay: first digits and length (ISO/IEC 7812)."""

_IBAN = re.compile(r"(?<![A-Za-z0-9])[A-Z]{2}\d{2}(?: ?[A-Z0-9]){11,30}")
_IBAN_LENGTHS = {
    name: int(length)
    for length, names in (
        entry.split(":") for entry in (
            "15:NO", "16:BE", "18:DK FI NL FO GL", "19:MK SI", "20:AT BA EE KZ LT LU XK", "21:CH HR LI LV",
            "22:BG BH CR DE GB GE IE ME RS", "23:AE GI IL IQ", "24:AD CZ ES MD PK RO SA SE SK TN VG",
            "25:LY PT ST", "26:IS TR", "27:FR GR IT MC MR SM", "28:AL AZ BY CY DO GT HU LB PL SV", "29:BR EG PS QA UA",
            "30:JO KW MU", "31:MT SC", "32:LC",
        )
    )
    for name in names.split()
}  # fmt: skip
"""Characters of an account number by country (SWIFT IBAN registry)."""

_SSN = re.compile(rf"{_EDGE}(?!000|666|9)\d{{3}}-(?!00)\d{{2}}-(?!0000)\d{{4}}{_END}")
_NEVER_ISSUED = {"078-05-1120", "219-09-9999", "123-45-6789"}
"""Numbers that stand for one in documents of many kinds."""
_NINO = re.compile(
    rf"{_EDGE}(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d{{2}} ?\d{{2}} ?\d{{2}} ?[A-D]{_END}"
)
_CPF = re.compile(rf"{_EDGE}\d{{3}}\.\d{{3}}\.\d{{3}}-\d{{2}}{_END}")
_DNI = re.compile(rf"{_EDGE}(?:\d{{8}}|[XYZ]\d{{7}})-?[A-HJ-NP-TV-Z]{_END}")
_DNI_LETTERS = "TRWAGMYFPDXBNJZSQVHLCKE"
_CODICE = re.compile(rf"{_EDGE}[A-Z]{{6}}\d{{2}}[A-EHLMPRST]\d{{2}}[A-Z]\d{{3}}[A-Z]{_END}")
_CODICE_ODD = dict(
    zip("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        (1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16,
         10, 22, 25, 24, 23),
        strict=True)
)  # fmt: skip
_NIR = re.compile(rf"{_EDGE}[12] ?\d\d ?(?:0[1-9]|1[0-2]) ?(?:\d\d|2[AB]) ?\d{{3}} ?\d{{3}} ?\d\d{_END}")

_NOT_DIGITS = re.compile(r"\D")


def cards(text: str) -> Iterator[Span]:
    """Payment cards: a brand's first digits and length, and the check digit right (Luhn)."""
    for match in _CARD.finditer(text):
        digits = _NOT_DIGITS.sub("", match[0])
        if _BRANDS.fullmatch(digits) and len(set(digits)) > 1 and luhn(digits):
            yield match.span()


def ibans(text: str) -> Iterator[Span]:
    """Bank accounts: a country's length, and the check digits right (ISO 13616, mod 97)."""
    for match in _IBAN.finditer(text):
        length = _IBAN_LENGTHS.get(match[0][:2])
        end = match.start() + _spaced(match[0], length) if length else 0
        if end and _mod_97(text[match.start() : end].replace(" ", "")) and not text[end : end + 1].isalnum():
            yield match.start(), end


def national_ids(text: str) -> Iterator[Span]:
    """United States, United Kingdom, Brazil, Spain, Italy, France: by form, and by check digit where there is one."""
    if "-" in text:
        yield from (match.span() for match in _SSN.finditer(text) if match[0] not in _NEVER_ISSUED)
        yield from (match.span() for match in _CPF.finditer(text) if _is_cpf(_NOT_DIGITS.sub("", match[0])))
    yield from (match.span() for match in _NINO.finditer(text))
    yield from (match.span() for match in _DNI.finditer(text) if _is_dni(match[0].replace("-", "")))
    yield from (match.span() for match in _CODICE.finditer(text) if _is_codice(match[0]))
    yield from (match.span() for match in _NIR.finditer(text) if _is_nir(match[0].replace(" ", "")))


def luhn(digits: str) -> bool:
    """Whether the last digit checks the others (ISO/IEC 7812-1, annex B)."""
    doubled = [sum(divmod(2 * int(digit), 10)) for digit in digits[-2::-2]]
    return (sum(map(int, digits[-1::-2])) + sum(doubled)) % 10 == 0


def _spaced(text: str, characters: int) -> int:
    """The length of the beginning of `text` that holds so many characters, spaces not counted; 0 when it has fewer."""
    seen = 0
    for place, character in enumerate(text):
        seen += character != " "
        if seen == characters:
            return place + 1
    return 0


def _mod_97(account: str) -> bool:
    return int("".join(str(int(character, 36)) for character in account[4:] + account[:4])) % 97 == 1


def _is_cpf(digits: str) -> bool:
    if len(set(digits)) == 1:
        return False
    for length in (9, 10):
        total = sum(int(digit) * weight for digit, weight in zip(digits, range(length + 1, 1, -1), strict=False))
        if int(digits[length]) != total * 10 % 11 % 10:
            return False
    return True


def _is_dni(text: str) -> bool:
    number = text[:-1].translate(str.maketrans("XYZ", "012"))
    return text[-1] == _DNI_LETTERS[int(number) % 23]


def _is_codice(text: str) -> bool:
    odd = sum(_CODICE_ODD[character] for character in text[0:15:2])
    even = sum(int(character) if character.isdigit() else ord(character) - ord("A") for character in text[1:15:2])
    return text[15] == chr(ord("A") + (odd + even) % 26)


def _is_nir(text: str) -> bool:
    number = text[:13].replace("2A", "19").replace("2B", "18")
    return number.isdigit() and 97 - int(number) % 97 == int(text[13:])
