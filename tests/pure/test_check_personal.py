"""Personal data: found where it is, and nowhere in numbers, versions and code that only look like it."""

import re
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.data.check.identifiers import luhn
from engine.data.check.personal import KINDS, Found, find, mask, redact

KEY = "aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0dF"
HEX = "0123456789abcdef" * 2
"""Not anybody's."""

THERE = [
    ("email", "write to john.doe+news@mail.example.co.uk today", "john.doe+news@mail.example.co.uk"),
    ("email", "<müller@example.de>", "müller@example.de"),
    ("phone", "call +41 44 668 18 00.", "+41 44 668 18 00"),
    ("phone", "call +1 (415) 555-2671", "+1 (415) 555-2671"),
    ("phone", "or (415) 555-2671, or", "(415) 555-2671"),
    ("phone", "or 415-555-2671", "415-555-2671"),
    ("phone", "Phone: 020 7946 0958", "020 7946 0958"),
    ("card", "card 4111 1111 1111 1111 now", "4111 1111 1111 1111"),
    ("card", "card 5555-5555-5555-4444", "5555-5555-5555-4444"),
    ("card", "amex 378282246310005", "378282246310005"),
    ("card", "amex 3782 822463 10005", "3782 822463 10005"),
    ("iban", "to GB82 WEST 1234 5698 7654 32.", "GB82 WEST 1234 5698 7654 32"),
    ("iban", "to DE89370400440532013000 please", "DE89370400440532013000"),
    ("national_id", "SSN 536-90-4399", "536-90-4399"),
    ("national_id", "CPF 529.982.247-25", "529.982.247-25"),
    ("national_id", "DNI 12345678Z", "12345678Z"),
    ("national_id", "NIE X1234567L", "X1234567L"),
    ("national_id", "codice RSSMRA85T10A562S", "RSSMRA85T10A562S"),
    ("national_id", "NINO AB 12 34 56 C", "AB 12 34 56 C"),
    ("national_id", "NIR 2 69 05 49 588 157 80", "2 69 05 49 588 157 80"),
    ("ip", "from 203.0.113.7 at noon", "203.0.113.7"),
    ("ip", "from 2001:db8::ff00:42:8329 at", "2001:db8::ff00:42:8329"),
    ("secret", "aws AKIAIOSFODNN7EXAMPLE", "AKIAIOSFODNN7EXAMPLE"),
    ("secret", f"token ghp_{KEY}abcd", f"ghp_{KEY}abcd"),
    ("secret", f"github_pat_{KEY}{KEY}", f"github_pat_{KEY}{KEY}"),
    ("secret", f"OPENAI_API_KEY=sk-proj-{KEY}", f"sk-proj-{KEY}"),
    ("secret", f"key: sk-ant-api03-{KEY}", f"sk-ant-api03-{KEY}"),
    ("secret", f"hf_{KEY}", f"hf_{KEY}"),
    ("secret", "AIza" + KEY + "abc", "AIza" + KEY + "abc"),
    ("secret", "xoxb-123456789012-abcdefABCDEF", "xoxb-123456789012-abcdefABCDEF"),
    ("secret", f"sk_live_{KEY}", f"sk_live_{KEY}"),
    ("secret", f"SK{HEX}", f"SK{HEX}"),
    ("secret", f"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3.{KEY}", f"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3.{KEY}"),
    ("secret", "postgres://bob:hunter2@db.host/x", "bob:hunter2"),
    ("secret", "password = 'Xk29fjQ0sLm38dPz'", "Xk29fjQ0sLm38dPz"),
    (
        "secret",
        "-----BEGIN RSA PRIVATE KEY-----\nMIIEow\n-----END RSA PRIVATE KEY-----",
        "-----BEGIN RSA PRIVATE KEY-----\nMIIEow\n-----END RSA PRIVATE KEY-----",
    ),
]

NOT_THERE = [
    "Natalia sold 48/2 = <<48/2=24>>24 clips; 28980 - 18480 = 10,500 dollars, 1234567890123456 in all",
    "5280 * 5280 = 27878400, and 4111111111111112 is no card, nor is 0000000000000000",
    "version 1.2.3.4, v10.0.0.1, numpy==1.2.3.4, section 4.3.2.1, 1.2.3.4.5 and 01.02.03.04",
    "deps: upgrade V8 to 4.4.63.26, updated npm to 10.2.3.4, OID 1.3.101.112",
    "smb://myuser:mypassword@host.com/x, https://user:password@host.com and gist://name:token@id",
    "127.0.0.1, 0.0.0.0, 255.255.255.0 and 8.8.8.8 are everybody's",
    "at 12:30:45, std::vector<a::b>, dead::beef, 10:20:30:40",
    "react@18.js, logo@2x.png, git@github.com:owner/name, @decorator, a @ b, x@y",
    "SSN 000-12-3456, 666-12-3456, 900-12-3456, 123-00-4567, 123-45-0000 and 123-45-6789",
    "the years 1990-1995 and 2001-2005, ISBN 978-3-16-148410-0, order 12345678, part 12345678A",
    "on 2024-05-17 12:00:00, 17.05.2024, 1 000 000 people, 3.141592653589793, $1,234,567.89",
    "sk-learn-is-a-library-for-machine-learning, task-oriented-dialogue-with-state-tracking",
    "api_key: YOUR_API_KEY_GOES_HERE, password: correct-horse-battery-staple, token = get_token()",
    "https://example.com/path?x=1 and http://{user}:{password}@host",
    "GB82 WEST 1234 5698 7654 33 has a wrong check digit, DNI 12345678A too",
    "commit 0123456789abcdef0123456789abcdef01234567, uuid 123e4567-e89b-12d3-a456-426614174000",
    "call 5 or 6 people, text 12345, number 7",
]


@pytest.mark.parametrize(("kind", "text", "piece"), THERE, ids=lambda it: it[:24])
def test_what_is_there_is_found_whole(kind, text, piece):
    found = find(text)
    assert [(it.kind, text[it.start : it.end]) for it in found] == [(kind, piece)]
    assert find(text, (kind,)) == found
    assert not find(text, [other for other in KINDS if other != kind and (kind, other) != ("card", "phone")])
    assert redact(text) == text.replace(piece, f"[{kind.upper()}]")


@pytest.mark.parametrize("text", NOT_THERE, ids=lambda it: it[:24])
def test_what_only_looks_like_it_is_not(text):
    assert [(it.kind, text[it.start : it.end]) for it in find(text)] == []
    assert redact(text) == text


@pytest.mark.parametrize(("kind", "text", "piece"), THERE, ids=lambda it: it[:24])
def test_a_mask_shows_the_kind_and_not_the_thing(kind, text, piece):
    shown = mask(text, find(text)[0])
    assert "*" in shown
    assert piece not in shown
    digits = re.sub(r"\D", "", piece)
    assert len(digits) < 5 or digits[:-2] not in re.sub(r"\D", "", shown)
    assert "hunter" not in shown and "Xk29" not in shown and "doe" not in shown


def test_masks():
    assert mask("ab@cd.org", Found("email", 0, 9)) == "a***@***.org"
    assert mask("4111 1111 1111 1111", Found("card", 0, 19)) == "**** **** **** **11"
    assert mask(f"hf_{KEY}", Found("secret", 0, 35)) == "hf_***"


@settings(deadline=None)
@given(st.lists(st.sampled_from([text for _, text, _ in THERE] + NOT_THERE) | st.text(max_size=20), max_size=6))
def test_findings_are_in_order_and_apart_and_nothing_is_left_after_redacting(parts):
    text = " \n".join(parts)
    found = find(text)
    assert all(0 <= it.start < it.end <= len(text) for it in found)
    assert all(one.end <= other.start for one, other in pairwise(found))
    assert find(redact(text)) == []


@given(st.text())
def test_any_text_is_searched_without_fail(text):
    assert isinstance(redact(text), str)


def test_a_huge_line_full_of_it_is_searched_in_passing():
    text = "mail a@example.com, " * 20_000
    assert len(find(text)) == 20_000


@given(st.from_regex(r"[0-9]{12,18}", fullmatch=True))
def test_one_check_digit_of_ten_is_right(digits):
    assert sum(luhn(digits + last) for last in "0123456789") == 1
