"""Which column of somebody's table could hold what."""

from collections.abc import Mapping, Sequence
from typing import Any  # Any: JSON

import pytest

from cloudcrate.adapters.notion.columns import Column
from cloudcrate.adapters.notion.proposal import propose
from cloudcrate.core.model import Field
from cloudcrate.ports.catalog import ColumnChoice

TITLE = Column(id="title", name="Song", type="title")
TRACK = "https://soundcloud.com/ada/first-light"


def column(name: str, kind: str, **more: object) -> Column:
    return Column(id=f"<{name}>", name=name, type=kind, **more)  # type: ignore[arg-type]  # real fields


def cell(kind: str, value: object) -> dict[str, Any]:  # Any: JSON
    if kind == "rich_text":
        return {"type": kind, kind: [{"plain_text": value}] if value else []}
    if kind == "select":
        return {"type": kind, kind: {"name": value} if value else None}
    return {"type": kind, kind: value}


def table(*filled: tuple[Column, Sequence[object]]) -> list[dict[str, Any]]:  # Any: JSON
    """Rows, given column by column, with ids encoded as Notion encodes them."""
    count = max((len(values) for _, values in filled), default=0)
    return [
        {
            "object": "page",
            "properties": {
                c.name: {"id": c.id.replace("<", "%3C").replace(">", "%3E"), **cell(c.type, values[n])}
                for c, values in filled
            },
        }
        for n in range(count)
    ]


def proposed(*filled: tuple[Column, Sequence[object]], playlists: Sequence[str] = ()) -> Mapping[Field, ColumnChoice]:
    choices = propose((TITLE, *(c for c, _ in filled)), table(*filled), playlists=playlists)
    assert [choice.field for choice in choices] == list(Field)
    return {choice.field: choice for choice in choices}


def test_every_field_is_answered_with_a_reason() -> None:
    found = proposed()
    assert all(choice.reason for choice in found.values())
    assert found[Field.TITLE] == ColumnChoice(
        field=Field.TITLE, column="Song", id="title", type="title", reason="the title column"
    )
    assert (found[Field.GENRE].column, found[Field.GENRE].id, found[Field.GENRE].type) == ("", "", "")


def test_a_name_goes_before_content() -> None:
    key, other = column("Tonart", "rich_text"), column("Code", "select")
    found = proposed((key, ["", "", ""]), (other, ["8A", "9A", "12B"]))
    assert (found[Field.KEY].id, found[Field.KEY].reason) == ("<Tonart>", "named like it")


def test_a_column_named_like_it_that_cannot_hold_it_is_said() -> None:
    found = proposed((column("Duration", "formula"), []))
    assert found[Field.DURATION].column == ""
    assert found[Field.DURATION].reason == "“Duration” (formula) is named like it and cannot hold it"


def test_the_only_column_of_track_links_is_the_link() -> None:
    listen, video = column("Listen", "url"), column("Video", "url")
    found = proposed((listen, [TRACK, None, TRACK + "?si=1"]), (video, ["https://video.example/1", None, None]))
    assert found[Field.URL] == ColumnChoice(
        field=Field.URL, column="Listen", id="<Listen>", type="url", reason="the only link column with SoundCloud links"
    )


@pytest.mark.parametrize(
    "links",
    [
        ["https://soundcloud.com/ada/sets/mix"],
        ["https://soundcloud.com/ada"],
        [TRACK, "https://video.example/1"],
        ["ftp://soundcloud.com/a/b"],
        [None],
    ],
)
def test_a_column_of_other_links_is_not_the_link(links: list[object]) -> None:
    assert proposed((column("Listen", "url"), links))[Field.URL].column == ""


def test_two_columns_of_track_links_are_not_chosen_from() -> None:
    found = proposed((column("One", "url"), [TRACK]), (column("Two", "url"), [TRACK]))
    assert found[Field.URL].column == ""
    assert found[Field.URL].reason == "several link columns hold SoundCloud links: “One”, “Two”"


def test_a_link_column_that_leads_elsewhere_is_left_alone() -> None:
    link, listen = column("Link", "url"), column("Listen", "url")
    found = proposed((link, ["https://shop.example/1"]), (listen, [None]))
    assert found[Field.URL].reason == "the links in “Link” do not lead to SoundCloud tracks"
    assert proposed((link, ["https://shop.example/1"]), (listen, [TRACK]))[Field.URL].column == "Listen"
    assert proposed((link, [None]))[Field.URL].column == "Link"


@pytest.mark.parametrize("name", ["Track-Id", "ID", "upload id", "UploadID", "ID (SC)"])
def test_large_whole_numbers_under_the_name_of_an_id_are_ids(name: str) -> None:
    found = proposed((column(name, "number"), [293, 1_000_000, 2_147_483_648]))
    assert found[Field.SOUNDCLOUD_ID].column == name


@pytest.mark.parametrize(
    ("name", "numbers"),
    [
        ("ID", [1, 2, 3_000_000]),
        ("ID", [1_000_000.5] * 3),
        ("Plays", [2_000_000] * 3),
        ("Width", [2_000_000] * 3),
        ("Video", [2_000_000] * 3),
        ("Discogs ID", [2_000_000] * 3),
        ("ID", [2_000_000, None, None]),
    ],
)
def test_other_numbers_are_not_ids(name: str, numbers: list[object]) -> None:
    assert proposed((column(name, "number"), numbers))[Field.SOUNDCLOUD_ID].column == ""


@pytest.mark.parametrize("kind", ["select", "rich_text"])
@pytest.mark.parametrize(
    "keys", [["8A", "12B", "1a"], ["Am", "F#m", "C"], ["Bb minor", "E♭", "G maj"], ["4d", "11m", "1m"]]
)
def test_keys_are_known_by_their_look(kind: str, keys: list[object]) -> None:
    found = proposed((column("Harmony", kind), keys))
    assert (found[Field.KEY].column, found[Field.KEY].reason) == ("Harmony", "the only column with musical keys")


@pytest.mark.parametrize(
    "words", [["A", "B", "C", "A"], ["8A", "9A"], ["8A", "9A", "Peak"], ["13A", "0A", "1A"], ["H", "Am", "Bm"]]
)
def test_what_may_be_something_else_is_no_key(words: list[object]) -> None:
    assert proposed((column("Grade", "select"), words))[Field.KEY].column == ""


def test_paths_of_audio_files_are_known() -> None:
    found = proposed(
        (column("Where", "rich_text"), ["Mix/Ada - One.mp3", "", "C:\\Music\\two.FLAC"]),
        (column("Notes", "rich_text"), ["a great one", "play late", "see cover.jpg"]),
    )
    assert found[Field.FILE_PATH].column == "Where"


def test_numbers_that_may_be_tempos_are_left_alone() -> None:
    found = proposed((column("Number", "number"), [120.5, 128.0, 174.1]))
    assert all(choice.column == "" for field, choice in found.items() if field is not Field.TITLE)


def test_the_only_relation_to_the_playlists_table_is_the_playlists() -> None:
    sets = column("In sets", "relation", target="ds", targets=("ds", "db"))
    moods = column("Playlists", "relation", target="other", targets=("other",))
    found = proposed((sets, []), (moods, []), playlists=("D-B",))
    assert (found[Field.PLAYLISTS].column, found[Field.PLAYLISTS].reason) == (
        "In sets",
        "the only relation to the playlists table",
    )
    assert proposed((sets, []))[Field.PLAYLISTS].column == ""


def test_of_two_relations_the_one_named_like_it_is_taken_and_else_none() -> None:
    sets, played = (column(name, "relation", target="ds", targets=("ds",)) for name in ("Sets", "Played in"))
    named = column("Playlist", "relation", target="ds", targets=("ds",))
    assert proposed((sets, []), (named, []), playlists=("ds",))[Field.PLAYLISTS].column == "Playlist"
    found = proposed((sets, []), (played, []), playlists=("ds",))[Field.PLAYLISTS]
    assert (found.column, found.reason) == (
        "",
        "several relations lead to the playlists table: “Sets”, “Played in”",
    )


def test_a_relation_to_another_table_is_not_the_playlists() -> None:
    found = proposed((column("Playlists", "relation", target="x", targets=("x",)), []), playlists=("ds",))
    assert found[Field.PLAYLISTS].reason == "the relation named like it leads to another table"
    names = proposed((column("Playlists", "multi_select"), []), playlists=("ds",))
    assert names[Field.PLAYLISTS].column == "Playlists"


def test_no_column_is_given_twice() -> None:
    path = column("Key", "rich_text")
    found = proposed((path, ["a/b.mp3", "a/c.mp3"]))
    assert [f for f, choice in found.items() if choice.id == path.id] == [Field.KEY]


def test_foreign_names_and_rows_are_harmless() -> None:
    odd: list[dict[str, Any]] = [{"properties": []}, {"properties": {"x": 1, "y": {"id": 7}}}, {}]  # Any: JSON
    choices = propose((TITLE, column("Du\x1bration", "number"), column("Listen", "url")), odd)
    assert "\x1b" not in "".join(choice.column + choice.reason for choice in choices)
    assert all(choice.column == "" for choice in propose((), []))
