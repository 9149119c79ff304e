"""What somebody asks for: links, whole names, sentences; and the syncs that follow from them."""

import pytest
from asking_world import (
    BUS,
    CABLE,
    COLLECTIVE,
    DONT_STOP,
    DOWNLOAD,
    FIRST_50,
    LONG_BUS,
    ODD,
    SAME_TITLE,
    SITE,
    STOP,
    WHAT,
    World,
)

from cloudcrate.app.asking import Meant
from cloudcrate.core.intent import Action, Request
from cloudcrate.core.link import Link, LinkKind
from cloudcrate.core.model import Candidate, KnownPlaylist
from cloudcrate.core.snapshot import Wishes
from cloudcrate.errors import AmbiguousError, LinkError, UsageError


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
        ("don't stop", DONT_STOP),
        ("‘Don’t Stop’", DONT_STOP),
        ("First 50", FIRST_50),
        ("stop", STOP),
        ("ready?", WHAT),
        ("c++ (u|b) [x]*", ODD),
        ("example.com/mixes", SITE),
    ],
)
def test_a_bare_name_title_or_owner_is_enough(text: str, playlist: KnownPlaylist) -> None:
    world = World()
    assert world.asking.request(text).action is Action.SYNC
    assert world.urls(text) == [playlist.url]
    assert world.directory.asked == []


@pytest.mark.parametrize(
    ("text", "playlist"),
    [
        ("Make sure the all:Lo Collective playlist is synced and downloaded", COLLECTIVE),
        ("make sure that all:Lo Collective is up to date", COLLECTIVE),
        ("please ensure my Night Bus playlist is fully synced, downloaded and complete.", BUS),
        ("sync Night Bus", BUS),
        ("Sync Night Bus, please!", BUS),
        ("please sync and download the Night Bus playlist", BUS),
        ("sync & download Night Bus", BUS),
        ("download Night Bus", BUS),
        ("download all tracks from Night Bus", BUS),
        ("get everything in the playlist called Night Bus", BUS),
        ("fetch all of Night Bus", BUS),
        ("sync Night Bus and download it", BUS),
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
    assert World().urls(text) == [playlist.url]


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
def test_a_link_stands_alone_or_in_a_sentence_and_its_secret_is_kept_and_not_told(text: str) -> None:
    world = World()
    request = world.asking.request(text)
    (found,) = world.asking.understood(request, Wishes())
    assert found.order.link == Link(kind=LinkKind.SET, url="https://soundcloud.com/ada/sets/new", secret_token="s-aB3")
    assert found.understood == found.order.understood == "Sync and download https://soundcloud.com/ada/sets/new"
    assert "aB3" not in request.understood + repr(found)
    assert world.directory.asked == []


def test_a_link_to_what_is_kept_is_told_by_its_name_and_syncs_under_it() -> None:
    (found,) = World().asking.understood(World().asking.request(f"{LONG_BUS.url}?si=x"), Wishes())
    assert (found.understood, found.order.name) == ("Sync and download “gym” by Ada", "gym")


def test_a_link_without_its_secret_leads_to_what_is_kept_with_it() -> None:
    secret = KnownPlaylist(url="https://soundcloud.com/ada/sets/x/s-aB3", title="X", name="X")
    bare = "soundcloud.com/ada/sets/x"
    for words, token in (("X", "s-aB3"), (bare, "s-aB3"), (f"{bare}/s-new", "s-new")):
        (found,) = World([secret]).asking.understood(World([secret]).asking.request(words), Wishes())
        assert found.order.link.secret_token == token


@pytest.mark.parametrize("text", ["https://example.com/sets/x", "example.org/mixes", "https://soundcloud.com/"])
def test_a_link_elsewhere_is_refused(text: str) -> None:
    with pytest.raises(LinkError):
        World().asking.request(text)


def test_a_link_elsewhere_in_a_sentence_is_refused() -> None:
    assert "leads to nothing on SoundCloud" in World().refused("sync https://example.com/sets/x").message


def test_a_strangers_title_that_is_a_link_does_not_stand_for_that_link() -> None:
    url = "https://soundcloud.com/ada/sets/wanted"
    trap = KnownPlaylist(url="https://soundcloud.com/mallory/sets/trap", title=url, owner="Mallory")
    assert World([trap]).urls(url) == [url]
    assert World([trap]).urls(f"sync {url}") == [url]


def test_words_around_a_link_are_no_name_and_are_not_searched_for() -> None:
    world = World()
    error = world.refused("sync 50 https://soundcloud.com/ada/sets/bus/s-aB3x")
    assert "more than a link" in error.message
    assert "aB3x" not in error.message + error.hint
    assert world.directory.asked == []


@pytest.mark.parametrize(
    "sentence",
    [
        "don't sync {}", "don’t sync {}", "dont sync {}", "do not sync {}", "never sync {}", "stop syncing {}",
        "not {}", "no {}", "sync {} not", "sync everything except {}", "sync all but {}", "is {} synced",
        "is {} synced?", "{} ?", "why is {} synced", "how do I sync {}", "what is {}", "if {} is synced",
        "sync {} if it is complete", "sync {} later", "sync {} tomorrow", "remove {}", "delete {}", "unsync {}",
        "sync {} and delete the files", "{} is synced", "make sure {} is not synced", "make sure {} isn't synced",
        "make sure {} is", "sync {} daily", "keep {} synced", "sync; rm -rf {}", "syncс {}", "{} {}",
    ],
)  # fmt: skip
@pytest.mark.parametrize(
    "name", ["Night Bus", "all:Lo Collective", '"Don\'t Stop"', "https://soundcloud.com/ada/sets/bus"]
)
def test_what_is_not_a_wish_to_sync_starts_nothing_and_says_what_to_do(sentence: str, name: str) -> None:
    error = World().refused(sentence.format(name, name))
    assert error.hint
    assert error.message[-1] in ".?)”" or error.message.endswith("NAME")


@pytest.mark.parametrize(
    ("sentence", "rows", "files", "limit", "said"),
    [
        ("sync the first 50 of gym", True, True, 50, "Sync and download “gym” by Ada, only the first 50"),
        ("sync the first track of gym", True, True, 1, "Sync and download “gym” by Ada, only the first track"),
        ("sync Night Bus without downloading", True, False, None, "Sync “Night Bus” by Ada, without files"),
        ("sync Night Bus but don't download it", True, False, None, "Sync “Night Bus” by Ada, without files"),
        ("only download the files of Night Bus", False, True, None, "Download “Night Bus” by Ada, without rows"),
    ],
)  # fmt: skip
def test_a_half_or_a_part_can_be_asked_for(
    sentence: str, rows: bool, files: bool, limit: int | None, said: str
) -> None:
    (found,) = World().asking.understood(World().asking.request(sentence), Wishes())
    wishes = found.order.wishes
    assert (wishes.rows, wishes.download, found.order.limit) == (rows, files, limit)
    assert found.understood == said


def test_what_a_sentence_says_goes_before_a_limit_given_besides() -> None:
    asking = World().asking
    bare, first = asking.request("Night Bus"), asking.request("sync the first 5 of Night Bus")
    assert [one.order.limit for one in asking.understood(bare, Wishes(), limit=9)] == [9]
    assert [one.order.limit for one in asking.understood(first, Wishes(), limit=9)] == [5]


def test_what_is_usual_is_not_widened_by_a_sentence_and_may_not_shrink_to_nothing() -> None:
    asking = World().asking
    (rows_only,) = asking.understood(asking.request("sync and download Night Bus"), Wishes(download=False))
    assert (rows_only.order.wishes.rows, rows_only.order.wishes.download) == (True, False)
    with pytest.raises(UsageError, match="nothing to do"):
        asking.understood(asking.request("sync Night Bus without files"), Wishes(rows=False))


# --- names --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    ["Don't", "Not Now", "Nothing", "Later", "Download", "First 50", "7", "The Playlist", "Ready?", "'n'"],
)
def test_a_kept_name_made_of_our_words_syncs_itself_when_it_is_the_whole(name: str) -> None:
    world = World([KnownPlaylist(url="https://soundcloud.com/a/sets/b", title=name)])
    for said in (name, name.upper(), f"“{name}”", f" {name} "):
        assert world.urls(said) == ["https://soundcloud.com/a/sets/b"]


def test_without_such_a_playlist_the_same_words_are_read_as_a_sentence() -> None:
    asking = World([BUS]).asking
    assert asking.request("Stop").action is Action.STOP
    assert asking.request("Don't Stop").action in (Action.REFUSE, Action.CLARIFY)


def test_two_kept_by_a_name_that_looks_like_a_sentence_are_to_be_chosen_from() -> None:
    twin = KnownPlaylist(url="https://soundcloud.com/eve/sets/s", title="Stop", owner="Eve")
    world = World([STOP, twin])
    assert world.asking.request("stop").action is Action.SYNC
    error = world.refused("stop")
    assert isinstance(error, AmbiguousError)
    assert {c.url for c in error.candidates if isinstance(c, Candidate)} == {STOP.url, twin.url}


@pytest.mark.parametrize("text", ["Night Bus", "sync Night Bus", "sync Night Bus, the first 3"])
def test_two_that_fit_equally_are_listed(text: str) -> None:
    error = World([BUS, LONG_BUS, SAME_TITLE]).refused(text)
    assert isinstance(error, AmbiguousError)
    assert BUS.url in error.hint
    assert SAME_TITLE.url in error.hint


def test_a_given_name_goes_before_a_title_and_a_title_before_an_owner() -> None:
    owner = KnownPlaylist(url="https://soundcloud.com/x/sets/1", title="One", owner="Bus")
    title = KnownPlaylist(url="https://soundcloud.com/x/sets/2", title="Bus", owner="")
    given_name = KnownPlaylist(url="https://soundcloud.com/x/sets/3", title="Three", name="bus")
    assert World([owner, title, given_name]).urls("bus") == [given_name.url]
    assert World([owner, title]).urls("bus") == [title.url]
    assert World([owner]).urls("bus") == [owner.url]


def test_a_playlist_asked_for_twice_is_synced_once_and_several_in_the_order_they_are_said() -> None:
    world = World()
    assert world.urls("sync gym and Night Bus") == [LONG_BUS.url, BUS.url]
    assert world.urls("sync Night Bus and gym and “Night Bus Home”") == [BUS.url, LONG_BUS.url]
    assert world.urls("sync Night Bus and https://soundcloud.com/Ada/sets/bus") == [BUS.url]


def test_what_is_not_kept_is_searched_for_and_what_could_not_be_seen_is_said() -> None:
    world = World()
    (found,) = world.asking.understood(world.asking.request("sync the cable car playlist"), Wishes())
    assert (found.order.link.url, found.understood) == (CABLE.url, "Sync and download “Cable Car” by Hal")
    assert world.directory.asked == ["search cable car"]


@pytest.mark.parametrize("text", ["Day Bus", "sync Day Bus", "sync gymnastics"])
def test_an_unknown_name_says_where_was_looked_and_asks_for_a_link(text: str) -> None:
    error = World().refused(text)
    assert "looked at the 10 playlists you keep and SoundCloud’s search (0)" in error.message
    assert "https://soundcloud.com/USER/sets/PLAYLIST" in error.hint


@pytest.mark.parametrize("text", ["", "  ", "\u200b", "?", "\"'", "\ufeff"])
def test_no_words_ask_for_nothing(text: str) -> None:
    world = World()
    assert "Say for instance" in world.refused(text).message
    assert world.directory.asked == []


def test_a_name_can_be_given_to_one_playlist_at_a_time() -> None:
    asking = World().asking
    (found,) = asking.understood(asking.request("Night Bus"), Wishes(), name="Bus")
    assert found.order.name == "Bus"
    with pytest.raises(UsageError, match="one playlist at a time"):
        asking.understood(asking.request("sync gym and Night Bus"), Wishes(), name="Bus")


def test_only_what_is_kept_counts_where_it_must_be_kept() -> None:
    world = World()
    assert world.asking.kept("gym") == world.asking.kept(LONG_BUS.url.upper().replace("HTTPS", "https")) == LONG_BUS
    for words in ("cable car", CABLE.url):
        with pytest.raises(UsageError):
            world.asking.kept(words)
    assert world.directory.asked == []
    with pytest.raises(UsageError, match="is not kept") as caught:
        world.asking.kept("https://soundcloud.com/ada/sets/new/s-aB3x")
    assert "aB3x" not in caught.value.message


# --- everything ---------------------------------------------------------------------------------


@pytest.mark.parametrize("known", [[BUS], [BUS, LONG_BUS, STOP], [STOP, BUS]])
@pytest.mark.parametrize("words", ["sync everything", "make sure all my playlists are synced and downloaded"])
def test_everything_is_each_playlist_that_is_kept(known: list[KnownPlaylist], words: str) -> None:
    world = World(known)
    assert world.asking.request(words).action is Action.SYNC_ALL
    assert world.urls(words) == [kept.url for kept in known]
    assert world.directory.asked == []


def test_everything_of_nothing_says_how_to_begin() -> None:
    error = World([]).refused("sync everything")
    assert error.message == "No playlist is kept yet."
    assert "cloudcrate add LINK" in error.hint


def test_a_playlist_named_in_the_settings_by_another_link_to_it_is_one() -> None:
    named = KnownPlaylist(url="https://m.soundcloud.com/ada/sets/BUS/?si=x", title="b", name="b")
    assert World([named, BUS]).urls("sync everything") == ["https://soundcloud.com/ada/sets/BUS"]


# --- what is no sync ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("what is missing from Night Bus, and why?", "This asks for no sync, but: Tell what is missing"),
        ("keep Night Bus synced every 6 hours", "This asks for no sync, but: Keep"),
        ("how is it going?", "This asks for no sync, but: "),
        ("delete Night Bus", "cloudcrate never does this"),
    ],
)
def test_another_wish_is_told_as_what_it_is(words: str, said: str) -> None:
    error = World().refused(words)
    assert error.message.startswith(said)
    assert error.hint


def test_a_preview_is_asked_for_like_the_sync_it_shows() -> None:
    asking = World().asking
    request = asking.request("what would happen if I synced Night Bus?")
    assert request.action is Action.PREVIEW
    assert [one.order.link.url for one in asking.understood(request, Wishes())] == [BUS.url]


def test_whoever_lets_the_user_choose_is_asked_for_each_name() -> None:
    asked: list[str] = []
    asking = World([BUS, SAME_TITLE]).asking

    def look(name: str) -> Meant:
        asked.append(name)
        return asking.meant(SAME_TITLE.url)

    request = Request(action=Action.SYNC, playlists=("Night Bus",), understood="")
    assert [one.order.link.url for one in asking.understood(request, Wishes(), look=look)] == [SAME_TITLE.url]
    assert asked == ["Night Bus"]
