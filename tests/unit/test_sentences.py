"""The grammar against the table of sentences, with other names, with negations around it, and with random texts."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sentences import SENTENCES, Sentence
from sentences_reading import read
from sentences_syncing import SYNCING

from cloudcrate.core.intent import Action, Request

CHANGING = frozenset(
    {Action.SYNC, Action.DOWNLOAD_ONLY, Action.CATALOG_ONLY, Action.STOP, Action.WATCH, Action.SYNC_ALL}
)
OTHER_NAMES = {
    "our words in quotes": ('"Don\'t Download"', "Don't Download"),
    "another script": ("夜行バス", "夜行バス"),
    "a colon": ("Vol. 3: The Return", "Vol. 3: The Return"),
}


def _is_right(sentence: Sentence, request: Request) -> bool:
    return (
        request.action is Action(sentence.action)
        and request.playlists == sentence.playlists
        and request.limit == sentence.limit
        and request.every_hours == sentence.every_hours
    )


def _shares(sentences: Iterable[Sentence]) -> tuple[float, dict[str, float], list[str]]:
    """The share that is read right, the same for each action, and the texts that are not."""
    said, right, wrong = Counter[str](), Counter[str](), []
    for sentence in sentences:
        said[sentence.action] += 1
        if _is_right(sentence, read(sentence.text)):
            right[sentence.action] += 1
        else:
            wrong.append(sentence.text)
    shares = {action: right[action] / count for action, count in said.items()}
    return right.total() / said.total(), shares, wrong


def _changed_unasked(sentences: Iterable[Sentence]) -> list[str]:
    harmless = [sentence for sentence in sentences if Action(sentence.action) not in CHANGING]
    return [sentence.text for sentence in harmless if read(sentence.text).action in CHANGING]


def _renamed(written: str, name: str) -> list[Sentence]:
    """The rows about "Night Bus" told of another playlist; what stands in quotes already gets none of its own."""
    rows = []
    for row in SENTENCES:
        if "Night Bus" in row.text:
            text = row.text
            for opening, closing in ("“”", "„“", "«»", '""'):
                text = text.replace(f"{opening}Night Bus{closing}", f"{opening}{name}{closing}")
            playlists = tuple(said.replace("Night Bus", name) for said in row.playlists)
            rows.append(replace(row, text=text.replace("Night Bus", written), playlists=playlists))
    return rows


def test_the_sentences_are_understood() -> None:
    share, each, wrong = _shares(SENTENCES)
    print(f"\n{share:.1%} of {len(SENTENCES)} sentences are read right; wrong: {wrong}")
    assert share >= 0.98, wrong
    assert {action: part for action, part in each.items() if part < 0.9} == {}


def test_no_sentence_that_changes_nothing_is_read_as_one_that_does() -> None:
    assert _changed_unasked(SENTENCES) == []


@pytest.mark.parametrize("kind", OTHER_NAMES)
def test_the_sentences_are_understood_of_other_names(kind: str) -> None:
    rows = _renamed(*OTHER_NAMES[kind])
    share, each, wrong = _shares(rows)
    print(f"\n{kind}: {share:.1%} of {len(rows)} sentences are read right; wrong: {wrong}")
    assert len(rows) > 200
    assert share >= 0.98, wrong
    assert {action: part for action, part in each.items() if part < 0.9} == {}
    assert _changed_unasked(rows) == []


def test_what_is_understood_is_said_in_words() -> None:
    assert read("sync Night Bus").understood == 'Sync "Night Bus" and download its files'
    assert read("keep gym synced every 6 hours").understood == 'Keep "gym" synced every 6 hours'
    assert [sentence.text for sentence in SENTENCES[::4] if not read(sentence.text).understood] == []


def test_a_secret_token_is_not_shown() -> None:
    understood = read("sync https://soundcloud.com/ada/sets/x/s-aB3dE9").understood
    assert "aB3dE9" not in understood
    assert "s-…" in understood


def test_a_text_too_long_for_a_sentence_changes_nothing() -> None:
    assert read("sync " + "Night Bus " * 500).action is Action.CLARIFY


PLAIN = [
    row for row in SYNCING if row.action in ("sync", "sync_all") and row.text.lower().startswith(("sync ", "download "))
]


@pytest.mark.parametrize(
    "denial", ["don't ", "Don’t ", "please do not ", "never ", "you must not ", "I told you not to "]
)
def test_a_denial_before_a_plain_wish_changes_nothing(denial: str) -> None:
    denied = [denial + row.text[0].lower() + row.text[1:] for row in PLAIN if "but" not in row.text.lower()]
    assert [text for text in denied if read(text).action in CHANGING] == []


DOUBTS = [", actually no", " - no, don't", "? No!", ", never mind", " unless it is done", " if it changed", " tomorrow"]
DOUBTS += [" and delete the rest", ", then remove it", " or not", " after midnight", ", not"]


@pytest.mark.parametrize("doubt", DOUBTS)
def test_a_wish_taken_back_or_tied_to_a_condition_changes_nothing(doubt: str) -> None:
    texts = [
        f"{verb} {name}{doubt}" for verb in ("sync", "download", "keep") for name in ("Night Bus", "gym", "夜行バス")
    ]
    assert [text for text in texts if read(text).action in CHANGING] == []


HARMLESS = [
    "Sync Night Bus But Don't Download",
    "stop asking and sync Night Bus",
    "who synced Night Bus?",
    "why sync Night Bus?",
    "nobody wants Night Bus synced",
    "undo the sync of Night Bus",
    "get rid of Night Bus",
    "drop Night Bus",
    "pause Night Bus",
    "unsync Night Bus",
    "how do I sync Night Bus?",
    "sync none of my playlists",
    "sync all but one",
    "don't download Night Bus yet",
    "don't download the first 20 of Night Bus but sync it",
    "sync Night Bus but don't download the first 20",
    "sync the oldest 10 of Night Bus",
    "sync Night Bus at midnight",
    "get Night Bus off my disk",
    "I don't want you to sync Night Bus",
    "sync gym and don't sync gym",
    "don't sync and download Night Bus",
    "songs for when you can't sleep",
    "hello world, what a day",
]


@pytest.mark.parametrize("text", HARMLESS)
def test_what_is_not_understood_changes_nothing(text: str) -> None:
    assert read(text).action not in CHANGING


@settings(max_examples=70, deadline=None)
@given(st.text(max_size=80))
@example('"')
@example("“”„“'' ''")
@example("((((")
@example("sync " + "1" * 400)
@example("first " + "9" * 60)
@example("every 0.0000001 h sync x")
@example("\ud800 sync")
def test_reading_never_raises(text: str) -> None:
    assert read(text).understood


OUR_WORDS = (
    "sync download please the first 50 of every 6 hours don't only not stop keep is synced and or , : ? ( ) 0 -1"
)
WORDS = [*OUR_WORDS.split(), "delete", "Night", "Bus", "gym", '"', "'", "Don't", "what", "if", "everything", "no", "🙏"]


@settings(max_examples=70, deadline=None)
@given(st.lists(st.sampled_from(WORDS), max_size=14).map(" ".join))
def test_reading_our_own_words_in_any_order_never_raises(text: str) -> None:
    request = read(text)
    assert request.limit is None or request.limit >= 1
    assert request.every_hours is None or request.every_hours > 0
    assert all(name.strip() == name and name in text for name in request.playlists)


ORDERS = "sync download keep synced downloaded it and or , the files rows without every hour please is all playlist"
DENIALS = ["don't", "never", "do not", "no", "must not", "under no circumstances"]


@settings(max_examples=120, deadline=None)
@given(
    st.lists(st.sampled_from(ORDERS.split()), max_size=5),
    st.lists(st.sampled_from(ORDERS.split()), max_size=4),
    st.sampled_from(DENIALS),
    st.integers(0, 9),
)
@example(["sync", "and"], ["sync", "it"], "do not", 1)
@example([","], ["sync", "and", "download"], "don't", 9)
@example(["the"], ["sync", "playlist"], "don't", 1)
@example(["the"], ["without", "playlist"], "don't", 1)
def test_what_holds_a_denial_never_asks_for_the_whole_job(
    before: list[str], after: list[str], denial: str, at: int
) -> None:
    words = [*before, denial, *after]
    words.insert(at, "gym")
    assert read(" ".join(words)).action not in (Action.SYNC, Action.SYNC_ALL, Action.WATCH)


FOREIGN_WORDS = [
    "qwrtx",
    "zzyvx",
    "Ada",
    "夜行",
    "ночь",
    "42",
    "vexq",
    "-",
    ":",
    ",",
    ".",
    "!",
    "?",
    "(",
    ")",
    "'",
    "🌊",
]


@settings(max_examples=70, deadline=None)
@given(st.lists(st.sampled_from(FOREIGN_WORDS), max_size=8).map(" ".join))
def test_a_text_without_a_word_of_ours_is_at_most_a_name(text: str) -> None:
    request = read(text)
    assert request.action in (Action.SYNC, Action.STATUS, Action.CLARIFY)
    assert request.action is not Action.SYNC or request.playlists
    assert request.limit is None
    assert request.every_hours is None
