"""A link, a name or a plain sentence is understood; everything else is refused and starts nothing."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloudcrate.core.intent import Action, Request, understand
from cloudcrate.core.link import Link, LinkKind
from cloudcrate.core.model import KnownPlaylist, PlaylistId
from cloudcrate.errors import LinkError, UsageError

COLLECTIVE = KnownPlaylist(url="https://soundcloud.com/lo/sets/all", title="All Tracks", owner="all:Lo Collective")
BUS = KnownPlaylist(
    url="https://soundcloud.com/ada/sets/bus", title="Night Bus", owner="Ada", id=PlaylistId("playlists:1")
)
LONG_BUS = KnownPlaylist(url="https://soundcloud.com/ada/sets/bus-2", title="Night Bus Home", owner="Ada", name="gym")
SAME_TITLE = KnownPlaylist(url="https://soundcloud.com/eve/sets/bus", title="night bus", owner="Eve")
DOWNLOAD = KnownPlaylist(url="https://soundcloud.com/bob/sets/d", title="Download", owner="Bob")
DONT_STOP = KnownPlaylist(url="https://soundcloud.com/cat/sets/ds", title="Don't Stop", owner="Cat")
FIRST_50 = KnownPlaylist(url="https://soundcloud.com/dan/sets/f", title="First 50", owner="Dan")
WHAT = KnownPlaylist(url="https://soundcloud.com/fay/sets/w", title="Ready?", owner="Fay")
ODD = KnownPlaylist(url="https://soundcloud.com/gus/sets/o", title="C++ (u|b) [x]*", owner="Gus")
KNOWN = (COLLECTIVE, BUS, LONG_BUS, DOWNLOAD, DONT_STOP, FIRST_50, WHAT, ODD)


@pytest.mark.parametrize(
    ("text", "playlist"),
    [
        ("Night Bus", BUS),
        ("  night   BUS ", BUS),
        ('"Night Bus"', BUS),
        ("“Night Bus”", BUS),
        ("Ada - Night Bus", BUS),
        ("Ada – Night Bus", BUS),
        ("Night Bus by Ada", BUS),
        ("Ada's Night Bus", BUS),
        ("gym", LONG_BUS),
        ("all:Lo Collective", COLLECTIVE),
        ("Download", DOWNLOAD),
        ("Don’t Stop", DONT_STOP),
        ("First 50", FIRST_50),
        ("ready?", WHAT),
        ("c++ (u|b) [x]*", ODD),
    ],
)
def test_a_bare_name_title_or_owner_is_enough(text: str, playlist: KnownPlaylist) -> None:
    request = understand(text, KNOWN)
    assert (request.action, request.link, request.playlist, request.download) == (Action.SYNC, None, playlist, True)


@pytest.mark.parametrize(
    ("text", "playlist"),
    [
        ("Make sure the all:Lo Collective playlist is synced and downloaded", COLLECTIVE),
        ("make sure that all:Lo Collective is up to date", COLLECTIVE),
        ("please ensure my Night Bus playlist is fully synced, downloaded and complete.", BUS),
        ("see to it that Night Bus stays up-to-date", BUS),
        ("sync Night Bus", BUS),
        ("Sync Night Bus, please!", BUS),
        ("please sync and download the Night Bus playlist", BUS),
        ("sync & download Night Bus", BUS),
        ("download Night Bus", BUS),
        ("download all tracks from Night Bus", BUS),
        ("get everything in the playlist called Night Bus", BUS),
        ("fetch all of Night Bus", BUS),
        ("sync Night Bus and download it", BUS),
        ("sync Night Bus and then download all the tracks, thank you", BUS),
        ("keep the Night Bus set synced", BUS),
        ("get Night Bus downloaded now", BUS),
        ("the Night Bus playlist", BUS),
        ("sync Night Bus from SoundCloud", BUS),
        ("sync Night Bus Home", LONG_BUS),
        ("sync Night Bus by Ada", BUS),
        ("sync the gym playlist", LONG_BUS),
        ('sync "Don\'t Stop"', DONT_STOP),
        ("please download the playlist “First 50”", FIRST_50),
        ('sync ( "Download" )', DOWNLOAD),
        ("sync C++ (u|b) [x]*", ODD),
    ],
)
def test_a_plain_sentence_names_its_playlist(text: str, playlist: KnownPlaylist) -> None:
    request = understand(text, KNOWN)
    assert (request.link, request.playlist, request.download) == (None, playlist, True)


@pytest.mark.parametrize(
    "text",
    [
        "https://soundcloud.com/ada/sets/new/s-aB3",
        "<soundcloud.com/ada/sets/new/s-aB3>",
        "sync https://soundcloud.com/ada/sets/new/s-aB3",
        "Please sync and download https://soundcloud.com/ada/sets/new?secret_token=s-aB3, thanks",
        "Make sure the playlist (https://soundcloud.com/ada/sets/new/s-aB3) is synced",
    ],
)
def test_a_link_stands_alone_or_in_a_sentence(text: str) -> None:
    link = Link(kind=LinkKind.SET, url="https://soundcloud.com/ada/sets/new", secret_token="s-aB3")
    assert understand(text, KNOWN) == Request(
        action=Action.SYNC,
        link=link,
        playlist=None,
        download=True,
        understood="Sync and download https://soundcloud.com/ada/sets/new",
    )


def test_a_link_elsewhere_is_refused() -> None:
    with pytest.raises(LinkError, match=r"example\.com is not SoundCloud"):
        understand("sync https://example.com/sets/x", KNOWN)


@pytest.mark.parametrize(
    "sentence",
    [
        "don't sync {}",
        "don’t sync {}", "dont sync {}", "do not sync {}", "never sync {}", "stop syncing {}", "not {}",
        "no {}", "sync {} not", "sync everything except {}", "sync all but {}", "sync only {}", "sync just {}",
        "sync the first 50 of {}", "sync {} without downloading", "sync {} but don't download it", "sync 50 {}",
        "is {} synced", "is {} synced?", "sync {}?", "{} ?", "why is {} synced", "how do I sync {}", "what is {}",
        "can you sync {}", "if {} is synced", "sync {} if it is complete", "sync {} later", "sync {} tomorrow",
        "remove {}", "delete {}", "unsync {}", "sync {} and", "sync {} and delete the files", "{} is synced",
        "make sure {} is not synced", "make sure {} isn't synced", "make sure {} is", "make sure {}",
        "{} {}", "sync {} and {}", "sync {} daily", "sync; rm -rf {}", "sync \ue000 {}", "syncс {}",
    ],
)  # fmt: skip
@pytest.mark.parametrize(
    "name", ["Night Bus", "all:Lo Collective", '"Don\'t Stop"', "https://soundcloud.com/ada/sets/bus"]
)
def test_what_is_not_a_plain_wish_to_sync_starts_nothing(sentence: str, name: str) -> None:
    with pytest.raises(UsageError) as caught:
        understand(sentence.format(name, name), KNOWN)
    assert caught.value.hint


@pytest.mark.parametrize(
    "name", ["Don't", "Not Now", "Nothing", "Later", "Download", "First 50", "7", "The Playlist", "Ready?"]
)
@pytest.mark.parametrize("sentence", ["sync {}", "{} sync", "please download {}", "make sure {} is synced"])
def test_a_name_made_of_our_words_counts_bare_or_in_quotes_only(sentence: str, name: str) -> None:
    known = [KnownPlaylist(url="https://soundcloud.com/a/sets/b", title=name)]
    assert understand(name, known).playlist == known[0]
    with pytest.raises(UsageError):
        understand(sentence.format(name), known)


def test_the_word_that_is_not_understood_is_named() -> None:
    with pytest.raises(UsageError, match="“except” is not understood in “sync Night Bus except live”"):
        understand("sync Night Bus except live", KNOWN)


def test_a_known_name_inside_another_word_does_not_count() -> None:
    with pytest.raises(UsageError, match="No playlist is known"):
        understand("sync gymnastics", KNOWN)


@pytest.mark.parametrize("text", ["", "  ", "\u200b", "?", "\"'", "Day Bus", "sync Day Bus"])
def test_an_unknown_name_says_where_was_looked_and_asks_for_a_link(text: str) -> None:
    with pytest.raises(UsageError, match="names, titles and owners of 8") as caught:
        understand(text, KNOWN)
    assert "link" in caught.value.hint


def test_no_playlist_is_known_at_first() -> None:
    with pytest.raises(UsageError, match="owners of 0"):
        understand("Night Bus", ())


@pytest.mark.parametrize("text", ["Night Bus", "sync Night Bus", "Ada", "sync the Ada playlist"])
def test_two_that_fit_equally_are_listed(text: str) -> None:
    with pytest.raises(UsageError, match="fits 2 playlists") as caught:
        understand(text, (BUS, LONG_BUS, SAME_TITLE))
    assert BUS.url in caught.value.hint


def test_a_given_name_goes_before_a_title_and_a_title_before_an_owner() -> None:
    owner = KnownPlaylist(url="https://soundcloud.com/x/sets/1", title="One", owner="Bus")
    title = KnownPlaylist(url="https://soundcloud.com/x/sets/2", title="Bus", owner="")
    given_name = KnownPlaylist(url="https://soundcloud.com/x/sets/3", title="Three", name="bus")
    assert understand("sync bus", (owner, title, given_name)).playlist == given_name
    assert understand("sync bus", (owner, title)).playlist == title
    assert understand("sync bus", (owner,)).playlist == owner


def test_a_playlist_known_twice_is_one() -> None:
    named = KnownPlaylist(url="https://soundcloud.com/ada/sets/BUS/", title="Night Bus", owner="", name="bus")
    assert understand("Night Bus", (named, BUS)).playlist == named
    assert understand("Ada", (named, BUS)).playlist == BUS


def test_what_was_understood_is_said_without_control_characters_or_secrets() -> None:
    hostile = KnownPlaylist(url="https://soundcloud.com/x/sets/1/s-aB3", title="a\x1b[2Jb [/red]", owner="o\u202e")
    twin = KnownPlaylist(url="https://soundcloud.com/x/sets/2", title="a\x1b[2Jb [/red]")
    assert understand("a\x1b[2Jb [/red]", (hostile,)).understood == (
        "Sync and download the playlist “a␛[2Jb [/red]” by o\\u202e"
    )
    with pytest.raises(UsageError) as caught:
        understand("a[2Jb [/red]", (hostile, twin))
    assert "s-…" in caught.value.hint
    assert (caught.value.message + caught.value.hint).isprintable()


def test_a_refusal_is_short_and_keeps_secrets() -> None:
    with pytest.raises(UsageError) as caught:
        understand("never sync https://soundcloud.com/a/sets/b/s-aB3 " + "x" * 300, KNOWN)
    assert "aB3" not in caught.value.message
    assert len(caught.value.message) < 250


WORDS = [
    "sync", "download", "the", "playlist", "please", "and", "is", "synced", "make", "sure", "Night Bus", "gym", "all",
    "of", "it", "from", "tracks", "don't", "not", "?", ",", "now", "up to date", "keep", "get", "first", "50", "only",
    "https://soundcloud.com/ada/sets/bus", "never", "no", "except",
]  # fmt: skip


@settings(max_examples=1000)
@given(st.lists(st.sampled_from(WORDS), max_size=9).map(" ".join))
def test_no_sentence_with_a_telling_word_ever_syncs(sentence: str) -> None:
    try:
        request = understand(sentence, KNOWN)
    except UsageError:
        return
    assert sentence == "first 50" or not {"don't", "not", "?", "first", "50", "only", "never", "no", "except"} & set(
        sentence.split()
    )
    assert (request.link is None) != (request.playlist is None)
