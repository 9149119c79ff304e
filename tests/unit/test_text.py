"""Foreign texts are shown, stored and compared safely."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudcrate.core.text import clean, fold, visible

ANY_TEXT = st.text(st.characters(), max_size=60)  # lone surrogates too
HOSTILE = st.text(
    st.sampled_from("aZ 9\n\t\x1b\x9b\x7f\u202e\u200b\u200d\ud800\U000e0041é\u0301ß\u3000🔥\ufe0f"),
    max_size=40,
)


@pytest.mark.parametrize(
    ("foreign", "shown"),
    [
        ("Paper Lanterns", "Paper Lanterns"),
        ("[/red] [link=x]", "[/red] [link=x]"),
        ("a\x1b[2Jb", "a␛[2Jb"),
        ("\x1b]0;title\x07", "␛]0;title␇"),
        ("one\ntwo\r\ttab", "one␊two␍␉tab"),
        ("\x7f", "␡"),
        ("\x9b31m", "\\x9b31m"),
        ("gpj.\u202eexe", "gpj.\\u202eexe"),
        ("a\u200bb", "a\\u200bb"),
        ("\U000e0041", "\\U000e0041"),
        ("\ud800", "\\ud800"),
        ("\u3164", "\\u3164"),
        ("a\U000e0100", "a\\U000e0100"),
        ("a\u00a0b\u3000c", "a b c"),
        ("☀\ufe0f", "☀\ufe0f"),
        ("紙 🏮 Ünï", "紙 🏮 Ünï"),
    ],
)
def test_what_is_invisible_or_commands_a_terminal_is_shown_in_print(foreign: str, shown: str) -> None:
    assert visible(foreign) == shown


@given(ANY_TEXT | HOSTILE)
def test_what_is_visible_is_printable_and_stays_as_it_is(text: str) -> None:
    shown = visible(text)
    assert shown.isprintable()
    assert shown.encode().decode() == shown
    assert visible(shown) == shown


@given(ANY_TEXT | HOSTILE)
def test_folding_twice_changes_nothing_and_case_makes_no_difference(text: str) -> None:
    folded = fold(text)
    assert fold(folded) == folded
    assert fold(text.casefold()) == folded
    assert fold(unicodedata.normalize("NFD", text)) == folded


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("  Paper   LANTERNS ", "paper lanterns"),
        ("Straße", "STRASSE"),
        ("Ｐａｐｅｒ", "paper"),
        ("pa\u200bper\u202e", "paper"),
        ("é", "e\u0301"),
        ("a\u3000b", "a b"),
        ("\x00tab\there", "tab here"),
    ],
)
def test_texts_that_look_alike_fold_alike(one: str, other: str) -> None:
    assert fold(one) == fold(other)


def test_texts_that_differ_fold_apart() -> None:
    assert fold("Paper Lanterns") != fold("Paper Lantern")
    assert fold("か") != fold("が")


@pytest.mark.parametrize(
    ("foreign", "cleaned"),
    [
        ("  Paper\n Lanterns\t", "Paper Lanterns"),
        ("a\x00b\x1bc\x9bd", "abcd"),
        ("\u202egnp", "gnp"),
        ("\ud800x", "x"),
        ("e\u0301", "é"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("👩\u200d🎤", "👩\u200d🎤"),
        ("CASE stays", "CASE stays"),
        ("\x1b", ""),
    ],
)
def test_a_cell_holds_one_line_of_plain_text(foreign: str, cleaned: str) -> None:
    assert clean(foreign) == cleaned


@given(ANY_TEXT | HOSTILE)
def test_cleaning_twice_changes_nothing_and_the_result_can_be_stored(text: str) -> None:
    cleaned = clean(text)
    assert clean(cleaned) == cleaned
    assert cleaned.encode().decode() == cleaned
    assert not any(unicodedata.category(c) in ("Cc", "Cs") for c in cleaned)
    assert "\n" not in cleaned
