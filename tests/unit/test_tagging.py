"""What goes into a file's tags, and where a title is cut into artist and title."""

from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from worlds import make_track

from cloudcrate.core.model import TrackId
from cloudcrate.core.tagging import Tags, artist_and_title, soundcloud_link, tags_of
from cloudcrate.core.text import clean, fold

LABEL = "Lab Records"  # uploads what others made

CUT = [
    ("Ada - Song", "Ada", "Song"),
    ("Ada – Song", "Ada", "Song"),
    ("Ada — Song", "Ada", "Song"),
    ("  Ada   -\tSong\n", "Ada", "Song"),
    ("Ada & Bob - Song", "Ada & Bob", "Song"),
    ("Ada feat. Eve - Song", "Ada feat. Eve", "Song"),
    ("Ada (UK) - Song", "Ada (UK)", "Song"),
    ("Ada - Song (Kink Remix)", "Ada", "Song (Kink Remix)"),
    ("Ada - Song (Live - 2011)", "Ada", "Song (Live - 2011)"),
    ("Ada - Song (Extended Mix) [LAB001]", "Ada", "Song (Extended Mix) [LAB001]"),
    ("Ada - Song | Lab", "Ada", "Song | Lab"),
    ("Ada - Live Forever", "Ada", "Live Forever"),
    ("Ada - With You", "Ada", "With You"),
    ("Ada - ID", "Ada", "ID"),
    ("Jay-Z - 99 Problems", "Jay-Z", "99 Problems"),
    ("UB40 - Red Red Wine", "UB40", "Red Red Wine"),
    ("D12 - My Band", "D12", "My Band"),
    ("Ночные Снайперы - Асфальт", "Ночные Снайперы", "Асфальт"),
    ("宇多田ヒカル - First Love", "宇多田ヒカル", "First Love"),
    ("Radio Slave - Grindhouse", "Radio Slave", "Grindhouse"),
]

WHOLE = [
    "Song",
    "Ada-Song",
    "Ada -Song",
    "Ada | Song",
    "- Song",
    "Song -",
    "Ada - - Song",
    "Ada - Song - Dub",
    "Song - Extended Mix",
    "Song - Original Mix",
    "Song - Original Mix [LAB001]",
    "Song - Live",
    "Song - Remix",
    "Song - VIP",
    "Song - Remastered 2011",
    "Song - Kink Remix",
    "Song - Free Download",
    "Song - OUT NOW",
    "Song - feat. Eve",
    "Song - Pt. 2",
    "Song - B-Side",
    "Song - 2011",
    "Song - LAB001",
    "Song - (Lab)",
    "Song - Lab Records",  # the uploader stands at the end
    "PREMIERE - Song",
    "Premiere: Ada - Song",
    "PREMIERE | Ada - Song",
    "[PREMIERE] Ada - Song",
    "Magazine Première: Ada - Song",
    "Free Download - Song",
    "Ada (Free Download) - Song",
    "Exclusive - Song",
    "01 - Song",
    "2024-05-01 - Ada",
    "A1 - Song",
    "LAB001 - Song",
    "Podcast 012 - Ada",
    "Lab Mix #12 - Ada",
    "Track 3 - Song",
    "Live at the Club - Ada",
    "Song (Kink Remix) - Ada",
    "Intro - Song",
    "Unknown Artist - Song",
    "V/A - Song",
    "🌙 - Song",
    "Ada - 🌙",
    "https://example.org - Song",
    "Ada (Live - Song",
    "Ada - " + "Song" * 100,
]


@pytest.mark.parametrize(("title", "artist", "rest"), CUT)
def test_a_title_that_holds_its_artist_is_cut(title: str, artist: str, rest: str) -> None:
    assert artist_and_title(title, LABEL, LABEL) == (artist, rest)


@pytest.mark.parametrize("title", WHOLE)
def test_a_title_that_may_mean_something_else_stays_whole(title: str) -> None:
    assert artist_and_title(title, LABEL, LABEL) == (LABEL, title)


@pytest.mark.parametrize(
    ("title", "artist", "uploader", "expected"),
    [
        ("Ada - Song", "Ada", "ada", ("Ada", "Song")),
        ("ADA - Song", "Ada", "Ada", ("Ada", "Song")),
        ("Ada - Song (Kink Remix)", "Ada", "Lab", ("Ada", "Song (Kink Remix)")),
        ("Ada - Kink Remix", "Ada", "Lab", ("Ada", "Kink Remix")),
        ("Ada - 2011", "Ada", "Lab", ("Ada", "2011")),
        ("Ada - Song - Extended Mix", "Ada", "Ada", ("Ada", "Song - Extended Mix")),
        ("Ada - Song", "Ada & Bob", "Ada", ("Ada & Bob", "Song")),  # the publisher knows more than the uploader
        ("Ada - Live", "Ada", "Ada", ("Ada", "Ada - Live")),
        ("Ada - Free Download", "Ada", "Ada", ("Ada", "Ada - Free Download")),
        ("Ada - (Dub)", "Ada", "Ada", ("Ada", "Ada - (Dub)")),
        ("Ada - Ada - Song", "Ada", "Ada", ("Ada", "Ada - Ada - Song")),
        ("Lab - Ada - Song", "Lab", "Lab", ("Lab", "Lab - Ada - Song")),
        ("Bob - Song", "Ada", "Lab", ("Ada", "Bob - Song")),  # the publisher says otherwise
        ("Song", "", "Lab", ("Lab", "Song")),
        ("Ada - Song", "", "", ("Ada", "Song")),
        ("", "Ada", "Ada", ("Ada", "")),
    ],
)
def test_a_name_that_is_known_is_taken_off_the_front(
    title: str, artist: str, uploader: str, expected: tuple[str, str]
) -> None:
    assert artist_and_title(title, artist, uploader) == expected


NAMES = st.sampled_from(["Ada", "ada", "Ada & Bob", "Lab", "PREMIERE", "01", "Träume", "🌙", "夜", ""])
WORDS = st.sampled_from(
    [
        "Song",
        "Extended Mix",
        "Live",
        "(Kink Remix)",
        "[LAB001]",
        "Free Download",
        "feat. Eve",
        "Premiere: Ada",
        "(",
        ")",
    ]
)
DASHES = st.sampled_from([" - ", " – ", " — ", "-", " -", " | ", " ", "\u202e - ", "\0"])
TITLES = st.lists(NAMES | WORDS | DASHES | st.text(max_size=4), max_size=8).map("".join)


@given(TITLES, NAMES | st.text(max_size=5), NAMES | st.text(max_size=5))
def test_nothing_but_the_cut_is_lost(title: str, artist: str, uploader: str) -> None:
    named, rest = artist_and_title(title, artist, uploader)
    whole = clean(title)
    assert bool(rest) == bool(whole)
    if rest == whole:
        assert named == clean(artist) or named == clean(uploader)
        return
    left, dash = whole.removesuffix(rest)[:-3], whole.removesuffix(rest)[-3:]
    assert whole == left + dash + rest
    assert dash in (" - ", " – ", " — ")
    assert left == named or fold(left) in (fold(named), fold(clean(uploader)))


@given(TITLES, NAMES | st.text(max_size=5), NAMES | st.text(max_size=5))
def test_reading_the_answer_again_changes_nothing(title: str, artist: str, uploader: str) -> None:
    named, rest = artist_and_title(title, artist, uploader)
    assert artist_and_title(rest, named, uploader) == (named, rest)


def test_a_title_without_end_takes_no_time() -> None:
    long = "Ada - " * 100_000
    assert artist_and_title(long, "Ada", "Ada") == ("Ada", clean(long))


# --- tags ---------------------------------------------------------------------------------------

TRACK = replace(
    make_track(7, title="Bob – Song\n", artist="Lab"),
    genre=" Dub\x00 Techno ",
    label="All Lo",
    isrc="GBABC2600001",
    released="2026-05-04",
    posted="2025-01-01",
)


def test_the_tags_of_a_track_are_what_the_service_says_made_clean() -> None:
    link = "https://soundcloud.com/lab/song-7"
    assert tags_of(TRACK) == Tags(
        title="Song",
        artist="Bob",
        genre="Dub Techno",
        year="2026",
        label="All Lo",
        isrc="GBABC2600001",
        url=link,
        comment=link,
        track_id=TrackId(7),
    )


def test_an_album_brings_its_artist() -> None:
    alone, given_one, none = (
        tags_of(TRACK, album="Nights"),
        tags_of(TRACK, album="Nights", album_artist="Lab"),
        tags_of(TRACK, album=" \x00"),
    )
    assert (alone.album, alone.album_artist) == ("Nights", "Bob")
    assert (given_one.album, given_one.album_artist) == ("Nights", "Lab")
    assert (none.album, none.album_artist) == ("", "")


@pytest.mark.parametrize(
    ("released", "posted", "year"),
    [("2026-05-04", "2025-01-01", "2026"), (None, "2025-01-01", "2025"), (None, "?", ""), (None, None, "")],
)
def test_the_year_is_that_of_the_release_else_of_the_upload(
    released: str | None, posted: str | None, year: str
) -> None:
    assert tags_of(replace(TRACK, released=released, posted=posted)).year == year


@pytest.mark.parametrize(
    ("url", "link"),
    [
        ("https://soundcloud.com/ada/song", "https://soundcloud.com/ada/song"),
        ("https://m.soundcloud.com/ada/song?in=x#t=1", "https://soundcloud.com/ada/song"),
        ("https://soundcloud.com/ada/song/s-AbCdEf", "https://soundcloud.com/ada/song"),
        ("https://soundcloud.com/ada/song?secret_token=s-AbCdEf", "https://soundcloud.com/ada/song"),
        ("https://example.org/ä b?secret=1", "https://example.org/%C3%A4%20b"),
        ("", ""),
    ],
)
def test_the_link_is_short_and_public(url: str, link: str) -> None:
    tags = tags_of(replace(TRACK, url=url))
    assert tags.url == link
    assert soundcloud_link(tags.comment) == soundcloud_link(link)


def test_a_secret_token_stays_out_of_a_link_that_is_not_understood() -> None:
    private = replace(TRACK, url="https://soundcloud.com/ada/a.b/s-AbCdEf", secret_token="s-AbCdEf")
    assert tags_of(private).url == tags_of(private).comment == "https://soundcloud.com/ada/a.b"


@pytest.mark.parametrize(
    ("text", "link"),
    [
        ("Get it at soundcloud.com/ada/song!", "https://soundcloud.com/ada/song"),
        ("(https://www.soundcloud.com/Ada/Song), 2026", "https://soundcloud.com/Ada/Song"),
        ("https://soundcloud.com/ada/sets/x https://soundcloud.com/ada/song", "https://soundcloud.com/ada/song"),
        ("https://soundcloud.com/ada", ""),
        ("https://example.org/ada/song", ""),
        ("soundcloud.com/ " * 100_000, ""),
        ("", ""),
    ],
)
def test_a_link_is_found_in_a_text(text: str, link: str) -> None:
    assert soundcloud_link(text) == link


@given(st.text(), st.text())
def test_tags_are_clean_and_making_them_again_changes_nothing(text: str, url: str) -> None:
    tags = Tags(title=text, comment=text, year=text, url=url)
    assert tags.title == tags.comment == clean(text)
    assert replace(tags) == tags
    assert tags.url.isascii()
    assert set(tags.texts()) <= {field.name for field in fields(tags)}
    assert all(tags.texts().values())


@given(TITLES)
def test_the_tags_of_tags_are_the_same(title: str) -> None:
    once = tags_of(replace(TRACK, title=title))
    assert tags_of(replace(TRACK, title=once.title, artist=once.artist)) == once
