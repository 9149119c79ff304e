"""Cell values to Notion's properties and back: nothing is lost but what a column cannot hold."""

import datetime
import unicodedata

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from cloudcrate.adapters.notion import coerce
from cloudcrate.adapters.notion.coerce import decode, encode
from cloudcrate.adapters.notion.columns import Column
from cloudcrate.core import text
from cloudcrate.core.model import CellValue, Field
from cloudcrate.errors import RejectedError

anything = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=50)
hostile = st.text(st.characters(), max_size=300) | st.sampled_from(["\ud83d", "\0", "\x1b[2J", "a,\u202eb", "🎛" * 1001])
option = anything.map(coerce.option_name).filter(lambda n: n and text.fold(n))
seconds = st.integers(0, 30 * 3600)
STATUS = Column(id="s", name="State", type="status", options=("Open", "On", "Got"), complete=("Got",), todo=("Open",))


def column(kind: str, *options: str) -> Column:
    return STATUS if kind == "status" else Column(id="x", name="X", type=kind, options=options)


def stored(field: Field, kind: str, value: CellValue, *options: str) -> CellValue | None:
    """The value read back after Notion has stored what was written."""
    col = column(kind, *options)
    return decode(field, col, echo(kind, encode(field, col, value)[kind]))


def echo(kind: str, value: object) -> dict[str, object]:
    """A property as Notion answers it after a write."""
    if kind in ("title", "rich_text") and isinstance(value, list):
        value = [{**part, "plain_text": part["text"]["content"]} if "text" in part else part for part in value]
    if kind == "date" and isinstance(value, dict):
        value = {"end": None, "time_zone": None, **value}
    return {"id": "x", "type": kind, kind: value}


@pytest.mark.parametrize("field", [Field.TITLE, Field.ARTIST, Field.FILE_PATH, Field.LABEL, Field.GENRE])
@given(words=anything.filter(str.strip))
def test_texts_come_back_as_they_were(field: Field, words: str) -> None:
    assert stored(field, "title" if field is Field.TITLE else "rich_text", words) == words


@given(
    option,
    st.sampled_from(["select", "multi_select"]),
    st.sampled_from([Field.GENRE, Field.LABEL, Field.ARTIST]),
)
def test_options_come_back_as_they_were(name: str, kind: str, field: Field) -> None:
    assert stored(field, kind, name) == name


@given(st.integers(0, 2**53), st.sampled_from(["number", "rich_text"]))
def test_soundcloud_ids_come_back_as_numbers(number: int, kind: str) -> None:
    assert stored(Field.SOUNDCLOUD_ID, kind, number) == number


@given(seconds, st.sampled_from(["number", "rich_text"]))
def test_durations_come_back_as_seconds(length: int, kind: str) -> None:
    assert stored(Field.DURATION, kind, length) == length


@given(st.integers(1, 999) | st.floats(1, 999, allow_nan=False), st.sampled_from(["number", "rich_text"]))
def test_tempos_come_back(bpm: float, kind: str) -> None:
    assert stored(Field.BPM, kind, bpm) == pytest.approx(bpm)


@given(st.booleans(), st.sampled_from(["checkbox", "status", "select"]))
def test_downloaded_comes_back_as_yes_or_no(value: bool, kind: str) -> None:
    assert stored(Field.DOWNLOADED, kind, value) is value


@given(st.dates(datetime.date(1900, 1, 1)), st.sampled_from(["date", "rich_text"]))
def test_dates_come_back(day: datetime.date, kind: str) -> None:
    assert stored(Field.RELEASED, kind, day.isoformat()) == day.isoformat()


@given(st.lists(option, min_size=1, max_size=20, unique_by=text.fold))
def test_playlists_come_back_as_names(names: list[str]) -> None:
    names = [name for name in names if name == name.strip()]
    assume(names)
    for kind in ("multi_select", "rich_text"):
        assert stored(Field.PLAYLISTS, kind, tuple(names)) == tuple(dict.fromkeys(names))
    assert stored(Field.PLAYLISTS, "select", tuple(names)) == (names[0],)


@given(hostile, st.sampled_from(["title", "rich_text", "url", "select", "multi_select", "date", "number"]))
def test_hostile_text_is_stored_within_the_limits_or_refused(words: str, kind: str) -> None:
    col = column(kind)
    try:
        value = encode(Field.GENRE, col, words)[kind]
    except RejectedError as error:
        assert "“X”" in error.message  # noqa: PT017  # both ways are allowed
        return
    flat = str(value).encode("utf-8")
    assert b"\0" not in flat
    for part in value if kind in ("title", "rich_text") else ():
        assert 0 < len(part["text"]["content"].encode("utf-16-le")) <= 4000
    for chosen in value if kind == "multi_select" else [value] if kind == "select" and value else ():
        assert "," not in chosen["name"]
        assert 0 < len(chosen["name"].encode("utf-16-le")) <= 200


def test_long_text_is_cut_into_segments_between_characters() -> None:
    words = "a" * 1999 + "🎛" * 1500
    parts = coerce.rich_text(words)
    assert [len(p["text"]["content"].encode("utf-16-le")) // 2 for p in parts] == [1999, 2000, 1000]
    assert "".join(p["text"]["content"] for p in parts) == words


def test_more_text_than_notion_holds_is_refused() -> None:
    assert len(coerce.rich_text("x" * 200_000)) == 100
    with pytest.raises(RejectedError, match="“X” \\(rich_text\\) cannot hold this: the text is longer than 200000"):
        encode(Field.LABEL, column("rich_text"), "x" * 200_001)


@pytest.mark.parametrize("kind", ["title", "rich_text", "multi_select", "relation"])
def test_an_empty_value_empties_a_list(kind: str) -> None:
    assert encode(Field.LABEL, column(kind), "") == {kind: []}
    assert encode(Field.LABEL, column(kind), ()) == {kind: []}


@pytest.mark.parametrize("kind", ["url", "number", "select", "status", "date"])
def test_an_empty_value_empties_a_cell(kind: str) -> None:
    assert encode(Field.LABEL, column(kind), "") == {kind: None}


def test_a_checkbox_is_emptied_to_no() -> None:
    assert encode(Field.DOWNLOADED, column("checkbox"), "") == {"checkbox": False}


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("title", []),
        ("rich_text", [{"plain_text": "  "}]),
        ("rich_text", None),
        ("url", None),
        ("number", None),
        ("number", True),
        ("select", None),
        ("select", {"name": ""}),
        ("multi_select", []),
        ("status", None),
        ("date", None),
        ("relation", []),
        ("checkbox", None),
        ("rich_text", "not a list"),
    ],
)
def test_empty_cells_are_absent(kind: str, value: object) -> None:
    assert decode(Field.GENRE, column(kind), echo(kind, value)) is None


def test_a_column_that_has_changed_its_type_is_read_as_empty() -> None:
    assert decode(Field.BPM, column("number"), {"type": "rich_text", "rich_text": [{"plain_text": "7"}]}) is None


@pytest.mark.parametrize(
    ("words", "value"),
    [
        ("3:45", 225),
        ("0:07", 7),
        ("75:10", 4510),
        ("1:02:03", 3723),
        ("225", 225),
        ("225.5", 225.5),
        ("3:7", "3:7"),
        ("about 4 minutes", "about 4 minutes"),
        ("٣:٤٥", "٣:٤٥"),
    ],
)
def test_lengths_written_by_people_are_understood_or_left_as_text(words: str, value: object) -> None:
    assert coerce.from_words(Field.DURATION, words) == value


@pytest.mark.parametrize(
    ("words", "value"),
    [
        ("123", 123),
        (" 123 ", 123),
        ("soundcloud:tracks:123", 123),
        ("123a", "123a"),
        ("١٢", "١٢"),
        ("-1", "-1"),
    ],
)
def test_ids_written_by_people_are_understood_or_left_as_text(words: str, value: object) -> None:
    assert coerce.from_words(Field.SOUNDCLOUD_ID, words) == value


@pytest.mark.parametrize("words", ["1e999", "nan", "inf", "1_000", "0x10", "12 bpm"])
def test_what_is_no_plain_number_stays_text(words: str) -> None:
    assert coerce.from_words(Field.BPM, words) == words


@pytest.mark.parametrize(("seconds_", "words"), [(7, "0:07"), (225.4, "3:45"), (3600, "1:00:00"), (3599.6, "1:00:00")])
def test_lengths_are_written_as_people_do(seconds_: float, words: str) -> None:
    assert coerce.as_words(Field.DURATION, seconds_) == words


def test_a_downloaded_select_speaks_the_columns_words() -> None:
    options = ("not yet", "DONE", "No")
    col = column("select", *options)
    assert encode(Field.DOWNLOADED, col, True) == {"select": {"name": "DONE"}}
    assert encode(Field.DOWNLOADED, col, False) == {"select": {"name": "No"}}
    assert encode(Field.DOWNLOADED, column("select"), True) == {"select": {"name": "Yes"}}


def test_a_users_own_answer_is_not_taken_for_ours() -> None:
    assert decode(Field.DOWNLOADED, column("select"), echo("select", {"name": "Maybe"})) == "Maybe"


def test_a_status_is_done_only_in_the_complete_group() -> None:
    assert decode(Field.DOWNLOADED, STATUS, echo("status", {"name": "On"})) is False
    assert encode(Field.DOWNLOADED, STATUS, True) == {"status": {"name": "Got"}}
    assert encode(Field.DOWNLOADED, STATUS, False) == {"status": {"name": "Open"}}


def test_an_option_that_exists_is_not_made_again() -> None:
    col = column("multi_select", "Night Bus", "Drum & Bass")
    assert encode(Field.PLAYLISTS, col, ("night bus", "NIGHT  BUS", "New, one")) == {
        "multi_select": [{"name": "Night Bus"}, {"name": "New one"}]
    }
    assert encode(Field.GENRE, column("select", "Drum & Bass"), "drum & bass") == {"select": {"name": "Drum & Bass"}}


def test_more_playlists_than_a_cell_holds_are_refused_not_dropped() -> None:
    names = tuple(f"P{n}" for n in range(101))
    with pytest.raises(RejectedError, match="more than 100 names"):
        encode(Field.PLAYLISTS, column("multi_select"), names)
    with pytest.raises(RejectedError, match="101"):
        coerce.related(names)
    assert len(coerce.related(names[:100])["relation"]) == 100


def test_a_date_with_an_end_does_not_look_like_ours() -> None:
    ranged = echo("date", {"start": "2026-01-01", "end": "2026-02-01"})
    assert decode(Field.RELEASED, column("date"), ranged) == "2026-01-01/2026-02-01"


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("url", "javascript:alert(1)"),
        ("url", "https://" + "x" * 2000),
        ("number", "fast"),
        ("number", float("inf")),
        ("number", 2**60),
        ("number", True),
        ("number", ("a",)),
        ("checkbox", "yes"),
        ("status", "yes"),
        ("date", "soon"),
    ],
)
def test_what_a_column_cannot_hold_is_refused_by_name(kind: str, value: CellValue) -> None:
    with pytest.raises(RejectedError, match="cannot hold this"):
        encode(Field.LABEL, column(kind), value)


def test_texts_are_never_read_as_markup() -> None:
    (part,) = coerce.rich_text("**bold** @someone [x](https://a.b) $x^2$")
    assert part == {"type": "text", "text": {"content": "**bold** @someone [x](https://a.b) $x^2$"}}


def test_the_sample_of_characters_is_hostile_enough() -> None:
    assert unicodedata.category("\ud83d") == "Cs"
    assert coerce.rich_text("a\ud83d\0b") == [{"type": "text", "text": {"content": "a\ufffdb"}}]
