"""The grammar against sentences it was not made for."""

import pytest
from sentences import SENTENCES
from sentences_fresh import FRESH, FRESH_HARMLESS, Sentence
from sentences_harmless import HARMLESS
from sentences_harmless_small import HARMLESS_SMALL
from sentences_harmless_told import HARMLESS_TOLD
from sentences_reading import read

from cloudcrate.core.intent import Action

CHANGING = frozenset(
    {Action.SYNC, Action.DOWNLOAD_ONLY, Action.CATALOG_ONLY, Action.STOP, Action.WATCH, Action.SYNC_ALL}
)


LEAST = {"twelve people": 0.97, "twelve others": 0.98, "everyday wordings": 0.97, "hard names": 0.99}


def _is_right(sentence: Sentence) -> bool:
    request = read(sentence.text)
    return (request.action, request.playlists, request.limit, request.every_hours) == (
        Action(sentence.action),
        sentence.playlists,
        sentence.limit,
        sentence.every_hours,
    )


@pytest.mark.parametrize("kind", FRESH)
def test_fresh_sentences_are_understood(kind: str) -> None:
    wrong = [sentence.text for sentence in FRESH[kind] if not _is_right(sentence)]
    share = 1 - len(wrong) / len(FRESH[kind])
    print(f"\n{kind}: {share:.1%} of {len(FRESH[kind])} sentences are read right; wrong: {wrong}")
    assert share >= LEAST.get(kind, 0.95), wrong


@pytest.mark.parametrize("kind", FRESH)
def test_no_fresh_sentence_that_changes_nothing_is_read_as_one_that_does(kind: str) -> None:
    harmless = [sentence.text for sentence in FRESH[kind] if Action(sentence.action) not in CHANGING]
    assert [text for text in harmless if read(text).action in CHANGING] == []


@pytest.mark.parametrize("kind", FRESH)
def test_nothing_is_read_as_everything_that_was_not_said_to_be(kind: str) -> None:
    named = [sentence.text for sentence in FRESH[kind] if sentence.playlists and Action(sentence.action) in CHANGING]
    wide = [text for text in named if (request := read(text)).action in CHANGING and not request.playlists]
    assert wide == []


def test_the_sets_are_large_and_new() -> None:
    texts = [sentence.text for rows in FRESH.values() for sentence in rows]
    assert len(texts) == len(set(texts))
    assert set(texts).isdisjoint(sentence.text for sentence in SENTENCES)
    assert len(texts) >= 450
    assert {action.value for action in Action} == {sentence.action for rows in FRESH.values() for sentence in rows}


def test_the_names_stand_in_their_texts() -> None:
    rows = [sentence for kind in FRESH.values() for sentence in kind]
    assert [row.text for row in rows if not all(name in row.text for name in row.playlists)] == []


def test_no_telling_taking_back_or_wish_beyond_us_changes_anything() -> None:
    harmless = [*HARMLESS, *HARMLESS_SMALL, *HARMLESS_TOLD, *FRESH_HARMLESS]
    assert len(set(harmless)) >= 750
    assert [text for text in harmless if read(text).action in CHANGING] == []
