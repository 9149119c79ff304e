"""Ids and links that people paste."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from notion_fakes import ID

from cloudcrate.adapters.notion.identify import identifier, same
from cloudcrate.errors import UsageError

BARE = ID.replace("-", "")
VIEW = "f" * 32


@pytest.mark.parametrize(
    "given_words",
    [
        ID,
        BARE,
        BARE.upper(),
        f"  {ID}\n",
        f"https://www.notion.so/{BARE}",
        f"https://www.notion.so/{ID}",
        f"https://www.notion.so/ws/Music-Tracks-{BARE}?v={VIEW}",
        f"https://www.notion.so/ws/Music-Tracks-{BARE}?v={VIEW}&pvs=4#a",
        f"https://www.notion.so/ws/{BARE}/?v={VIEW}",
        f"https://app.notion.com/p/Feed-Bad-{BARE}",
        f"https://studio.notion.site/Music-{BARE}",
        f"notion://www.notion.so/ws/Music-{BARE}?v={VIEW}",
        f"www.notion.so/ws/Music-{BARE}?v={VIEW}",
    ],
)
def test_the_id_is_found_in_what_people_paste(given_words: str) -> None:
    assert identifier(given_words) == ID


@pytest.mark.parametrize(
    "given_words",
    [
        "",
        "Music Tracks",
        BARE[:-1],
        BARE + "0",
        f"https://www.notion.so/ws?v={VIEW}",
        f"https://www.notion.so/?v={VIEW}",
        f"https://notion.so.example.com/ws/Music-{BARE}",
        f"https://example.com/{BARE}",
        "https://[::1",
    ],
)
def test_what_has_no_id_is_refused_with_a_hint(given_words: str) -> None:
    with pytest.raises(UsageError, match="no id in it") as caught:
        identifier(given_words)
    assert "copy its link" in caught.value.hint


@given(st.text(max_size=80))
def test_any_text_is_an_id_or_refused(words: str) -> None:
    with suppress(UsageError):
        assert identifier(identifier(words)) == identifier(words)


def test_dashes_and_case_do_not_tell_ids_apart() -> None:
    assert same(ID, BARE.upper())
    assert not same(ID, VIEW)
