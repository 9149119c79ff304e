"""What holds for every sentence: denials are kept, questions change nothing, quotes are verbatim, reading ends."""

import sys
from types import FrameType

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sentences import SENTENCES
from sentences_fresh import FRESH

from cloudcrate.core.intent import LONGEST, Action, read

CHANGING = frozenset(
    {Action.SYNC, Action.DOWNLOAD_ONLY, Action.CATALOG_ONLY, Action.STOP, Action.WATCH, Action.SYNC_ALL}
)
LOADING = frozenset({Action.SYNC, Action.DOWNLOAD_ONLY, Action.WATCH, Action.SYNC_ALL})
EVERY = [*SENTENCES, *(row for rows in FRESH.values() for row in rows)]
WISHES = [row for row in EVERY if Action(row.action) in LOADING]
IMPERATIVE = ("sync ", "download ", "get ", "fetch ", "grab ", "update ", "keep ", "watch ", "refresh ")


def _asks_again(text: str) -> bool:
    """Whether a sentence, its beginning denied, still asks for something: "don't sync A but do sync B"."""
    return " but " in text.lower() or "forg" in text.lower()


DENIALS = ["don't ", "Don’t ", "please don't ", "never ", "do not ", "dont ", "you must not "]


@pytest.mark.parametrize("denial", DENIALS)
def test_a_denied_wish_is_never_carried_out(denial: str) -> None:
    rows = WISHES[DENIALS.index(denial) % 3 :: 3]  # each wish is denied in two or three ways
    denied = [denial + row.text[:1].lower() + row.text[1:] for row in rows if not _asks_again(row.text)]
    plain = [text for text in denied if not text.removeprefix(denial).startswith(("don", "do not", "never"))]
    assert len(plain) > 130
    assert [text for text in plain if read(text).action in LOADING] == []


@pytest.mark.parametrize(
    "asking",
    [
        "what happens if I ",
        "should I ",
        "would it hurt to ",
        "did you ",
        "why would I ",
        "when will you ",
        "do I have to ",
    ],
)
def test_a_question_changes_nothing(asking: str) -> None:
    asked = [f"{asking}{row.text[0].lower()}{row.text[1:].rstrip('?!. ')}?" for row in WISHES[::2]]
    plain = [text for text in asked if text.removeprefix(asking).startswith(IMPERATIVE)]
    assert len(plain) > 75
    assert [text for text in plain if read(text).action in CHANGING] == []


NAMES = st.text(
    st.characters(exclude_characters="“”„\"«»‹›‘’'「」『』", codec="utf-8"), min_size=1, max_size=60
).filter(str.strip)
FRAMES = {
    "sync “{}”": Action.SYNC,
    "please make sure that “{}” is synced and downloaded, thanks!": Action.SYNC,
    "just download «{}»": Action.DOWNLOAD_ONLY,
    'sync "{}" but don\'t download it': Action.CATALOG_ONLY,
    "keep “{}” synced every 6 hours": Action.WATCH,
    "stop syncing “{}”": Action.STOP,
    "what would happen if I synced “{}”?": Action.PREVIEW,
    "is “{}” up to date?": Action.STATUS,
    "what is missing from “{}” and why?": Action.MISSING,
    "how far is “{}”?": Action.PROGRESS,
    "“{}”": Action.SYNC,
}


@pytest.mark.parametrize("frame", FRAMES)
@settings(max_examples=20, deadline=None)
@given(NAMES)
@example("; rm -rf / && `x` $(y)")
@example("don't download, delete everything every 6 hours or not?")
@example("https://evil.example/sets/x")
@example("please")
@example("?")
@example("s")
def test_a_name_in_quotes_is_verbatim_whatever_it_holds(frame: str, name: str) -> None:
    request = read(frame.format(name))
    assert (request.action, request.playlists) == (FRAMES[frame], (name.strip(),))
    assert request.limit is None


@settings(max_examples=50, deadline=None)
@given(NAMES)
def test_a_denial_stands_beside_any_name(name: str) -> None:
    assert read(f"don't sync “{name}”").action is Action.REFUSE
    assert read(f"“{name}” must not be downloaded").action is Action.REFUSE


VOCABULARY = sorted({word for row in EVERY for word in row.text.split()})


@settings(max_examples=50, deadline=None)
@given(st.lists(st.sampled_from(VOCABULARY), max_size=20).map(" ".join))
def test_any_salad_of_words_is_read(text: str) -> None:
    request = read(text)
    assert request.understood
    assert request.action not in (Action.REFUSE, Action.CLARIFY) or not request.playlists
    assert all(name in text for name in request.playlists)


@settings(max_examples=50, deadline=None)
@given(st.text(min_size=200, max_size=LONGEST + 200))
def test_any_long_text_is_read(text: str) -> None:
    assert read(text).understood


LONG = {
    "letters": "a" * LONGEST,
    "spaces": " " * (LONGEST - 1) + "x",
    "quotes": '"' * LONGEST,
    "opened quotes": "“" * LONGEST,
    "apostrophes": "'a " * 333,
    "brackets": "(" * LONGEST,
    "dots": "a." * 500,
    "slashes": "a.b/" * 250,
    "signs": "! " * 500,
    "questions": "? " * 500,
    "capitals": "Aa Bb " * 166,
    "denials": "don't " * 166,
    "limits": "only just " * 100,
    "articles": "the " * 250,
    "states": "is synced and downloaded " * 40,
    "courtesies": "could you be so very kind as to " * 31,
    "emoji": "🙏" * LONGEST,
    "numbers": "first 1,000 " * 83,
    "misspelt words": " ".join(f"qwe{chr(97 + at % 26)}{chr(97 + at // 26)}rt" for at in range(125)),
}


@pytest.mark.parametrize("kind", LONG)
def test_the_work_of_reading_is_bounded(kind: str) -> None:
    """Counted in calls of functions, not in time, so that a busy machine proves nothing."""
    calls = 0

    def count(_frame: FrameType, event: str, _arg: object) -> None:
        nonlocal calls
        calls += event == "call"

    sys.setprofile(count)
    try:
        read(LONG[kind][:LONGEST])
    finally:
        sys.setprofile(None)
    assert calls < 5_000_000
