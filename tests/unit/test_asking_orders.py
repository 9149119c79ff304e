"""What is asked for, as an order for the faces; what is shown of it; and that no denial starts a sync."""

from collections.abc import Sequence

import pytest
from asking_world import BUS, CABLE, LONG_BUS, SAME_TITLE, World
from hypothesis import given, settings
from hypothesis import strategies as st
from memory_directory import MemoryDirectory
from pretend import LINK, Pretended
from worlds import make_listing, make_track

from cloudcrate.adapters.likeness import ratio
from cloudcrate.app.service import LookedUp, Service
from cloudcrate.core.intent import Action
from cloudcrate.core.model import Candidate, KnownPlaylist
from cloudcrate.core.snapshot import Wishes
from cloudcrate.errors import AmbiguousError, CloudcrateError, UsageError

SYNCS = (Action.SYNC, Action.SYNC_ALL, Action.DOWNLOAD_ONLY, Action.CATALOG_ONLY)


# --- for the faces ------------------------------------------------------------------------------


def service_over(*named: KnownPlaylist, found: Sequence[Candidate] = ()) -> tuple[Service, MemoryDirectory]:
    """A service over a pretended world, of whose playlist it knows nothing yet."""
    directory = MemoryDirectory(found)
    world = Pretended(make_listing([make_track(1)]))
    return Service(world.tools, named=named, looked_up=LookedUp(directory=directory, ratio=ratio)), directory


def test_an_order_is_the_one_sync_that_words_ask_for() -> None:
    service, directory = service_over(BUS, LONG_BUS, found=[CABLE])
    for words, url in (("gym", LONG_BUS.url), ("sync Cable Car", CABLE.url), (LINK.url, LINK.url)):
        assert service.order(words).order.link.url == url
    assert directory.asked == ["search Cable Car"]
    limited = service.order("sync the first 5 of gym", limit=9, download=False)
    assert (limited.order.limit, limited.order.wishes.rows, limited.order.wishes.download) == (5, True, False)
    assert limited.understood == "Sync “gym” by Ada, only the first 5, without files"


@pytest.mark.parametrize("words", ["sync everything", "sync gym and Night Bus"])
def test_an_order_for_several_is_refused(words: str) -> None:
    with pytest.raises(UsageError, match="One playlist at a time") as caught:
        service_over(BUS, LONG_BUS)[0].order(words)
    assert caught.value.hint


def test_an_order_that_fits_several_has_them_as_data() -> None:
    with pytest.raises(AmbiguousError) as caught:
        service_over(BUS, SAME_TITLE)[0].order("night bus")
    assert {c.url for c in caught.value.candidates if isinstance(c, Candidate)} == {BUS.url, SAME_TITLE.url}


@pytest.mark.parametrize("words", ["stop", "delete gym", "is gym complete?", "keep gym synced every 2 hours", ""])
def test_what_asks_for_no_sync_is_no_order(words: str) -> None:
    service, directory = service_over(LONG_BUS)
    with pytest.raises(UsageError):
        service.order(words)
    assert directory.asked == []


def test_what_was_synced_by_its_link_is_kept_and_said_by_its_title() -> None:
    service, _ = service_over()
    assert service.sync(service.order(LINK.url).order).error is None
    (kept,) = service.known()
    assert service.order(kept.title.upper()).order.link.url == LINK.url
    service.drop(kept)
    with pytest.raises(UsageError, match="No playlist is called"):
        service.order(kept.title)
    assert service.sync(service.order(LINK.url).order).error is None
    assert service.order(kept.title).order.link.url == LINK.url


# --- what is shown ------------------------------------------------------------------------------


def test_what_was_understood_is_said_without_control_characters_or_secrets() -> None:
    hostile = KnownPlaylist(url="https://soundcloud.com/x/sets/1/s-aB3", title="a\x1b[2Jb [/red]", owner="o\u202e")
    twin = KnownPlaylist(url="https://soundcloud.com/x/sets/2/s-aB3", title="a\x1b[2Jb [/red]")
    world = World([hostile])
    (found,) = world.asking.understood(world.asking.request("a\x1b[2Jb [/red]"), Wishes())
    assert found.understood == "Sync and download “a␛[2Jb [/red]” by o\\u202e"
    error = World([hostile, twin]).refused("a\x1b[2Jb [/red]")
    assert isinstance(error, AmbiguousError)
    assert "aB3" not in error.message + error.hint
    assert (error.message + error.hint).isprintable()


def test_a_refusal_is_short_and_keeps_secrets() -> None:
    error = World().refused("never sync https://soundcloud.com/a/sets/b/s-aB3 " + "x" * 300)
    assert "aB3" not in error.message
    assert len(error.message) < 250


DENYING = {"don't", "never", "no", "except", "not"}
WORDS = [
    "sync", "download", "the", "playlist", "please", "and", "is", "synced", "make", "sure", "Night Bus", "gym", "all",
    "of", "it", "from", "tracks", "?", ",", "now", "up to date", "keep", "get", "first", "50", "only",
    "https://soundcloud.com/ada/sets/bus", *sorted(DENYING),
]  # fmt: skip


@settings(max_examples=300)
@given(st.lists(st.sampled_from(WORDS), max_size=9).map(" ".join))
def test_no_sentence_that_denies_ever_syncs_and_files(sentence: str) -> None:
    asking = World(found=()).asking
    try:
        request = asking.request(sentence)
        found = asking.understood(request, Wishes())
    except CloudcrateError:
        return
    if request.action in SYNCS and DENYING & set(sentence.split()):
        wishes = found[0].order.wishes
        assert not (wishes.rows and wishes.download), request
