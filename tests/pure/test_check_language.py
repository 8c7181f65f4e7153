"""Languages and odd characters: said when sure."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.data.check.language import language
from engine.data.check.odd import KINDS, names, odd_characters

LONG_ENOUGH = {
    "en": "I have not received my card yet, and the app does not say where it is.",
    "de": "Ich habe meine Karte noch nicht erhalten und weiß nicht, wo sie bleibt.",
    "fr": "Je n'ai pas encore reçu ma carte et je ne sais pas où elle se trouve.",
    "es": "Todavía no he recibido mi tarjeta y no sé dónde se encuentra ahora.",
    "pt": "Ainda não recebi o meu cartão e não sei onde ele se encontra agora.",
    "nl": "Ik heb mijn kaart nog niet ontvangen en weet niet waar die gebleven is.",
    "ru": "Я до сих пор не получил свою карту и не знаю, где она находится.",
    "zh": "她周一去了学校但是却发现没有其他的同学，所以她意识到这个周一实际上是国家假日。",
    "ja": "私のカードはまだ届いていません。どこにあるのか教えてください。",
    "ar": "لم أستلم بطاقتي بعد ولا أعرف أين هي الآن، هل يمكنكم مساعدتي؟",
}


@pytest.mark.parametrize(("code", "text"), LONG_ENOUGH.items())
def test_a_sentence_is_told(code, text):
    assert language(text) == code


@pytest.mark.parametrize("text", ["", "ok", "42", "12 + 30 = 42", "card_arrival", "{}", "!!!", "No.", "24 * 7 = 168 h"])
def test_what_is_too_short_is_not_guessed(text):
    assert language(text) == ""


def test_english_words_in_another_language_do_not_make_it_english():
    assert language("De kaart is niet aangekomen en the app zegt er niets over, wat moet ik nu doen?") == "nl"
    assert language("Die Karte is there, sagte der Mann, und dann ging er wieder nach Hause.") == "de"


@given(st.text())
def test_any_text_gets_a_code_or_none(text):
    assert language(text) == "" or (len(language(text)) == 2 and language(text).islower())


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("plain text\twith\nlines\r\n", []),
        ("Ünïcödé, “quotes”, – dashes, ½, 5 °C, € and São Paulo in NÃO capitals", []),
        ("👩‍👩‍👧 family, می‌خواهم, हिन्दी", []),
        ("bell\x07", ["control characters"]),
        ("\x1b[31mred", ["control characters"]),
        ("cafÃ© and itâ€™s 5 Â°C", ["broken encoding"]),
        ("caf\ufffd", ["lost characters"]),
        ("lone \ud800", ["lost characters"]),
        ("zero\u200bwidth and \u202eturned", ["invisible characters"]),
        ("\x00Ã©\ufffd\ufeff", list(KINDS)),
    ],
)  # fmt: skip
def test_odd_characters_are_told_from_foreign_ones(text, kinds):
    assert names(odd_characters(text)) == kinds
