"""A title is read into artist, name, version and guests."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cloudcrate.core.titles import TitleParts, compare, read_title, readings, word_set

PIECES = [
    "Paper", "Lanterns", " ", " - ", " – ", "(", ")", "[", "]", "feat. ", "ft ", "w/ ", "with ", "Moth", "Ada",
    "Remix", "Extended Mix", "Original Mix", "VIP", "Radio Edit", "Live", "Live at", "PREMIERE: ", "Free Download",
    "OUT NOW", " // ", " | ", "&", " x ", "'s ", "’", "2011", "🏮", "é", "e\u0301", "\ue000", "!", "...", "re-edit",
    "Sped Up", "Pt. 2", "紙", "{", "}", "*", "\u200b", "a cappella",
]  # fmt: skip
TITLES = st.lists(st.sampled_from(PIECES), max_size=12).map("".join) | st.text(max_size=30)


def names(*texts: str) -> frozenset[str]:
    return frozenset(texts)


@pytest.mark.parametrize(
    ("title", "name", "versions", "by", "guests"),
    [
        ("Paper Lanterns", "paper lanterns", (), (), ()),
        ("Paper Lanterns (Original Mix)", "paper lanterns", (), (), ()),
        ("Paper Lanterns (Moth Remix)", "paper lanterns", ("remix",), ("moth",), ()),
        ("Paper Lanterns [Moth's Extended Remix]", "paper lanterns", ("remix", "extended"), ("moth",), ()),
        ("Paper Lanterns - Moth & Ada Rework", "paper lanterns", ("rework",), ("moth", "ada"), ()),
        ("Paper Lanterns (Remixed by Moth)", "paper lanterns", ("remix",), ("moth",), ()),
        ("Paper Lanterns (Vocal Mix)", "paper lanterns", ("mix",), ("vocal",), ()),
        ("Paper Lanterns VIP", "paper lanterns", ("vip",), (), ()),
        ("Paper Lanterns Radio Edit [TIN004]", "paper lanterns", ("radio",), (), ()),
        ("Paper Lanterns (A Cappella)", "paper lanterns", ("acapella",), (), ()),
        ("Paper Lanterns (Mash-Up)", "paper lanterns", ("mashup",), (), ()),
        ("Paper Lanterns (Original Motion Picture Score)", "paper lanterns", (), (), ()),
        ("Paper Lanterns feat. Eve & Bob", "paper lanterns", (), (), ("eve", "bob")),
        ("Paper Lanterns (ft. Eve (Live))", "paper lanterns", ("live",), (), ("eve",)),
        ("Paper Lanterns (with Eve)", "paper lanterns", (), (), ("eve",)),
        ("Dancing With Eve", "dancing with eve", (), (), ()),
        ("Live Forever", "live forever", (), (), ()),
        ("Kyoto - Live Forever", "live forever", (), (), ()),
        ("Kyoto - Live", "live", (), (), ()),
        ("Live", "live", (), (), ()),
        ("(Live)", "live", ("live",), (), ()),
        ("(Original Mix)", "original mix", (), (), ()),
        ("Paper Lanterns - Remastered 2011", "paper lanterns", ("remaster",), ("2011",), ()),
        ("🏮", "🏮", (), (), ()),
        ("", "", (), (), ()),
        ("! ?", "!?", (), (), ()),
        ("Premiere", "premiere", (), (), ()),
        ("Kyoto - Premiere", "premiere", (), (), ()),
    ],
)
def test_a_title_has_a_name_versions_and_guests(
    title: str, name: str, versions: tuple[str, ...], by: tuple[str, ...], guests: tuple[str, ...]
) -> None:
    parts = read_title(title, "Kyoto")
    assert parts.artists == {"kyoto"}
    assert (parts.name, parts.versions, parts.by, parts.guests) == (name, names(*versions), names(*by), names(*guests))


@pytest.mark.parametrize(
    ("title", "artist", "uploader", "artists", "name"),
    [
        ("Night", "Moth & Ada", "", ("moth", "ada"), "night"),
        ("Night", "Moth x The Ada, Eve", "", ("moth", "ada", "eve"), "night"),
        ("Night", "Moth Official", "", ("moth",), "night"),
        ("Night", "The", "", ("the",), "night"),
        ("Night", "Official", "", ("official",), "night"),
        ("Night", "", "moth", ("moth",), "night"),
        ("Moth - Night", "Label", "Label", ("moth",), "night"),
        ("Moth - Night", "", "", ("moth",), "night"),
        ("Moth & Ada - Night", "Moth", "", ("moth", "ada"), "night"),
        ("Night - Moth", "Moth", "", ("moth",), "night"),
        ("Moth - Night - Ada Remix", "Moth", "", ("moth",), "night"),
        ("Night - Ada Remix", "Moth", "", ("moth",), "night"),
        ("Moth | Night", "Moth", "", ("moth",), "night"),
        ("Moth - Night - Coda", "Moth", "", ("moth",), "night coda"),
    ],
)
def test_the_artist_stands_in_the_title_or_beside_it(
    title: str, artist: str, uploader: str, artists: tuple[str, ...], name: str
) -> None:
    parts = read_title(title, artist, uploader)
    assert (parts.artists, parts.name) == (names(*artists), name)


def test_a_dash_beside_a_third_name_can_be_read_in_two_ways() -> None:
    first, second = readings("Moth - Night", "Label")
    assert (first.artists, first.name, first.credited) == (names("moth"), "night", names("label"))
    assert (second.artists, second.name, second.credited) == (names("label"), "moth night", names())


def test_a_name_used_for_uploading_may_stand_for_the_artist() -> None:
    assert [parts.artists for parts in readings("Night", "Moth", "mothmusic")] == [{"moth"}, {"mothmusic"}]
    assert [parts.artists for parts in readings("Night", "Moth", "MOTH")] == [{"moth"}]


def test_the_artist_that_uploads_it_is_no_third_name() -> None:
    assert [parts.artists for parts in readings("Moth - Night", "M. Oth", "Moth")] == [{"moth"}]


def test_people_are_artists_and_guests() -> None:
    assert read_title("Night feat. Eve", "Moth").people == {"moth", "eve"}


def test_a_guest_who_is_an_artist_is_named_once() -> None:
    assert read_title("Night feat. Moth", "Moth").guests == names()


def test_brackets_without_end_are_read_in_time() -> None:
    assert read_title("(x)" * 5000 + "(((" * 500 + "Night" + "]" * 500, "Moth").artists == {"moth"}


@given(TITLES, TITLES, TITLES)
@example("Night feat. Ada", "Moth", "Ada")
def test_every_title_can_be_read(title: str, artist: str, uploader: str) -> None:
    for parts in readings(title, artist, uploader):
        assert not parts.guests & parts.artists
        assert set(parts.name.split()) | set(parts.words.split()) <= word_set(title)
        assert compare(parts, parts) == "" or not parts.artists


@given(TITLES, TITLES)
def test_comparing_knows_no_left_and_right(one: str, other: str) -> None:
    ours, theirs = read_title(one, "Moth"), read_title(other, "Moth & Ada")
    there, back = compare(ours, theirs), compare(theirs, ours)
    assert (there is None, there == "") == (back is None, back == "")


def make_parts(**changes: object) -> TitleParts:
    parts: dict[str, object] = {"artists": names("moth"), "name": "night", "versions": names(), "guests": names()}
    return TitleParts(**(parts | {"words": "night"} | changes))  # type: ignore[arg-type]  # real fields


@pytest.mark.parametrize(
    ("change", "doubt"),
    [
        ({}, ""),
        ({"name": "nights", "words": "nights"}, None),
        ({"versions": names("remix"), "words": "night remix"}, None),
        ({"artists": names()}, "no artist"),
        ({"artists": names("ada")}, None),
        ({"artists": names("moth", "ada")}, "guest or artist"),
        ({"guests": names("ada")}, "guest or artist"),
        ({"by": names("ada"), "words": "night ada"}, "whose version"),
        ({"extras": names("part 2"), "words": "night part 2"}, "words in brackets"),
        ({"extras": names("part 2")}, ""),
        ({"symbols": names("🏮")}, "symbols"),
    ],
)
def test_a_difference_is_another_recording_or_a_doubt(change: dict[str, object], doubt: str | None) -> None:
    said = compare(make_parts(), make_parts(**change))
    assert (said is None) == (doubt is None)
    assert said is None or (doubt or "") in said
    assert (said == "") == (doubt == "")


def test_a_remixer_may_be_named_as_an_artist() -> None:
    remix = {"versions": names("remix"), "by": names("ada"), "words": "night ada remix"}
    assert compare(make_parts(**remix), make_parts(**remix, artists=names("moth", "ada"))) == ""
    assert compare(make_parts(**remix), make_parts(**remix, artists=names("moth", "eve"))) != ""


def test_two_other_names_beside_the_same_title_are_a_doubt() -> None:
    ours, theirs = make_parts(credited=names("label")), make_parts(credited=names("channel"))
    assert "credited" in (compare(ours, theirs) or "")
    assert compare(ours, make_parts(credited=names("label"))) == ""
    assert compare(ours, make_parts()) == ""


def test_different_guests_are_different_recordings() -> None:
    assert compare(make_parts(guests=names("ada")), make_parts(guests=names("eve"))) is None
    assert compare(make_parts(guests=names("ada")), make_parts(guests=names("ada", "eve"))) not in ("", None)
