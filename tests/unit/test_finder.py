"""Finding the playlist that a name means: where is looked, in which order, and what is said when it is not clear."""

from collections.abc import Mapping, Sequence

import pytest
from memory import MemoryCatalog
from memory_directory import MemoryDirectory

from cloudcrate.adapters.likeness import ratio
from cloudcrate.app.finder import OFFERED, Finder, called
from cloudcrate.core.model import Candidate, KnownPlaylist, Origin, PlaylistFacts
from cloudcrate.errors import (
    AmbiguousError,
    CloudcrateError,
    CredentialsError,
    StoppedError,
    ThrottledError,
    UnavailableError,
    UsageError,
)
from cloudcrate.ports.catalog import PlaylistPages
from cloudcrate.ports.world import Shelf

ADA = "https://soundcloud.com/ada"
OFFLINE = UnavailableError("There is no connection.")


def on(origin: Origin, title: str, owner: str, number: int = 1) -> Candidate:
    user = "".join(c for c in owner.casefold() if c.isalnum())
    slug = "-".join(title.casefold().split())
    url = f"https://soundcloud.com/{user}/sets/{slug}-{number}"
    return Candidate(title=title, owner=owner, url=url, origin=origin, tracks=3)


def kept(title: str, owner: str, name: str = "", number: int = 1) -> KnownPlaylist:
    return KnownPlaylist(url=on(Origin.KEPT, title, owner, number).url, title=title, owner=owner, name=name, tracks=3)


class World:
    """Everything a finder looks at; ``asked`` is what it asked the network for."""

    def __init__(
        self,
        *known: KnownPlaylist,
        notion: Sequence[Candidate] | None = None,
        shelves: Mapping[tuple[str, Shelf], Sequence[Candidate]] | None = None,
        found: Sequence[Candidate] = (),
        profile: str = "",
    ) -> None:
        self.directory = MemoryDirectory(found, shelves)
        pages: PlaylistPages | None = None if notion is None else _Pages(self.directory, notion)
        self.finder = Finder(lambda: known, pages, self.directory, profile, ratio)

    @property
    def asked(self) -> list[str]:
        return [asked.partition(" ")[0] for asked in self.directory.asked]

    def found(self, name: str) -> Candidate:
        return self.finder.find(name).candidate

    def refused(self, name: str) -> UsageError:
        with pytest.raises(UsageError) as caught:
            self.finder.find(name)
        return caught.value


class _Pages(MemoryCatalog):
    """Playlist pages that note being asked, and fail when told to."""

    def __init__(self, directory: MemoryDirectory, candidates: Sequence[Candidate]) -> None:
        super().__init__(needs_playlist_page=True)
        self._directory = directory
        for candidate in candidates:
            self.ensure_page(candidate.title, PlaylistFacts(url=candidate.url, owner=candidate.owner, tracks=3))

    def named(self) -> tuple[Candidate, ...]:
        self._directory.asked.append("notion")
        if "notion" in self._directory.trouble:
            raise self._directory.trouble["notion"]
        return super().named()


NIGHT = kept("Night Bus Home", "all:Lo Collective")
EVERYWHERE = World(
    NIGHT,
    notion=[on(Origin.NOTION, "Morning Tram", "Bo")],
    shelves={
        (ADA, Shelf.SETS): [on(Origin.PROFILE, "Warehouse Sessions", "Ada")],
        (ADA, Shelf.LIKES): [on(Origin.PROFILE, "Slow Ferry", "Cleo")],
        (ADA, Shelf.REPOSTS): [on(Origin.PROFILE, "Fast Ferry", "Dan")],
    },
    found=[on(Origin.SOUNDCLOUD, "Cable Car", "Eve"), on(Origin.SOUNDCLOUD, "Night Bus Home", "Stranger")],
    profile=ADA,
)


@pytest.mark.parametrize(
    ("name", "origin", "asked"),
    [
        ("night bus home", Origin.KEPT, []),
        ("the all:Lo Collective playlist", Origin.KEPT, []),
        ("Nigth Bus Home", Origin.KEPT, []),
        ("morning tram", Origin.NOTION, ["notion"]),
        ("warehouse sesions", Origin.PROFILE, ["notion", "sets"]),
        ("slow ferry", Origin.PROFILE, ["notion", "sets", "likes"]),
        ("fast ferry by dan", Origin.PROFILE, ["notion", "sets", "likes", "reposts"]),
        ("the cable car playlist", Origin.SOUNDCLOUD, ["notion", "sets", "likes", "reposts", "search"]),
    ],
)
def test_places_are_asked_in_order_and_only_until_one_playlist_is_clearly_meant(
    name: str, origin: Origin, asked: list[str]
) -> None:
    EVERYWHERE.directory.asked.clear()
    found = EVERYWHERE.finder.find(name)
    assert found.candidate.origin is origin
    assert found.notes == ()
    assert EVERYWHERE.asked == asked


def test_without_notion_and_profile_these_are_not_asked() -> None:
    world = World(found=[on(Origin.SOUNDCLOUD, "Cable Car", "Eve")])
    assert world.found("cable car").owner == "Eve"
    assert world.directory.asked == ["search cable car"]


def test_the_kept_one_is_answered_as_it_is_kept_with_its_given_name() -> None:
    known = KnownPlaylist(url="https://soundcloud.com/ada/sets/x/s-Secret12345", title="X", owner="Ada", name="Mine")
    found = World(known).found("mine")
    assert (found.url, found.name, found.origin) == (known.url, "Mine", Origin.KEPT)
    assert "Secret" not in repr(found)


def test_several_equally_meant_are_offered_without_asking_further() -> None:
    world = World(kept("Mix", "Ada"), kept("Mix", "Bo"), found=[on(Origin.SOUNDCLOUD, "Mix", "Stranger")])
    error = world.refused("mix")
    assert isinstance(error, AmbiguousError)
    assert error.exit_code == 2
    assert "“mix” fits several playlists" in error.message
    owners = {c.owner for c in error.candidates if isinstance(c, Candidate)}
    assert owners == {"Ada", "Bo"}
    assert "“Mix” by Ada: https://soundcloud.com/ada/sets/mix-1" in error.hint
    assert world.asked == []


def test_an_owner_of_several_is_to_be_chosen_from() -> None:
    error = World(kept("One", "Ada"), kept("Two", "Ada")).refused("the ada playlist")
    assert isinstance(error, AmbiguousError)
    assert len(error.candidates) == 2


def test_a_strangers_playlist_as_near_does_not_go_before_ones_own_that_are_unclear() -> None:
    twins = [kept("Warehouse Sessions", "Ada"), kept("Warehouse Sessions", "Bo")]
    found = [on(Origin.SOUNDCLOUD, "Warehouse Sesionss", "Stranger")]
    error = World(*twins, found=found).refused("warehouse sesions")
    assert isinstance(error, AmbiguousError)
    assert len(error.candidates) == 3
    exact = [on(Origin.SOUNDCLOUD, "Warehouse Sesions", "Stranger")]
    assert World(*twins, found=exact).found("warehouse sesions").owner == "Stranger"


def test_the_same_playlist_met_in_two_places_is_one() -> None:
    both = on(Origin.NOTION, "Morning Trams", "Bo"), on(Origin.SOUNDCLOUD, "Morning Trams", "Bo")
    world = World(kept("Morning Train", "Cleo"), notion=both[:1], found=both[1:])
    assert world.found("morning trams").origin is Origin.NOTION


def test_what_comes_near_is_offered_best_first_and_no_more_than_ten() -> None:
    near = [on(Origin.SOUNDCLOUD, f"Night Bus Volume {n}", f"User {n}") for n in range(20, 36)]
    error = World(found=near).refused("night bus volume")
    assert isinstance(error, AmbiguousError)
    assert len(error.candidates) == OFFERED
    assert "No playlist is clearly meant by “night bus volume”" in error.message
    single = World(found=[*near[:2], on(Origin.SOUNDCLOUD, "Night Buses", "Bo")]).refused("night bus")
    assert isinstance(single, AmbiguousError)
    first = single.candidates[0]
    assert isinstance(first, Candidate)
    assert first.title == "Night Buses"


def test_an_other_number_is_offered_and_never_taken() -> None:
    world = World(kept("Night Bus Vol. 2", "Ada"), found=[on(Origin.SOUNDCLOUD, "Night Bus Vol. 4", "Ada")])
    error = world.refused("night bus vol 3")
    assert isinstance(error, AmbiguousError)
    assert world.asked == ["search"]


def test_when_there_is_none_it_says_where_was_looked() -> None:
    error = EVERYWHERE.refused("zzzz qqqq")
    assert not isinstance(error, AmbiguousError)
    assert error.message == (
        "No playlist is called “zzzz qqqq”; looked at the one playlist you keep, the Notion table of playlists (1), "
        "ada’s sets, likes and reposts (3) and SoundCloud’s search (0)."
    )
    assert "https://soundcloud.com/USER/sets/PLAYLIST" in error.hint
    assert "looked at the 0 playlists you keep and SoundCloud’s search (0)." in World().refused("zzzz").message


@pytest.mark.parametrize(
    "trouble", [OFFLINE, ThrottledError("Slow down."), CredentialsError("The token is refused."), UsageError("No.")]
)
def test_a_place_that_fails_is_said_and_does_not_end_the_search(trouble: CloudcrateError) -> None:
    world = World(
        notion=[], shelves={(ADA, Shelf.SETS): []}, found=[on(Origin.SOUNDCLOUD, "Cable Car", "Eve")], profile=ADA
    )
    world.directory.trouble = {"notion": trouble, "likes": trouble}
    found = world.finder.find("cable car")
    assert found.candidate.owner == "Eve"
    assert found.notes == (
        f"the Notion table of playlists could not be looked at: {trouble.message}",
        f"ada’s likes could not be looked at: {trouble.message}",
    )
    message = world.refused("zzzz").message
    assert "ada’s sets, likes and reposts (0)" in message
    assert message.count(f"could not be looked at: {trouble.message}") == 2


def test_where_nothing_can_be_reached_that_is_what_is_said() -> None:
    world = World(NIGHT)
    world.directory.trouble = {"search": OFFLINE}
    message = world.refused("zzzz").message
    assert "looked at the one playlist you keep." in message
    assert "SoundCloud’s search could not be looked at: There is no connection." in message
    assert world.found("night bus home").origin is Origin.KEPT


def test_asking_to_stop_ends_the_search() -> None:
    world = World()
    world.directory.trouble = {"search": StoppedError("Stopped.")}
    with pytest.raises(StoppedError):
        world.finder.find("x")


def test_an_owner_met_in_the_search_is_only_clear_when_they_have_no_other_playlist() -> None:
    eve = "https://soundcloud.com/eve"
    cable = on(Origin.SOUNDCLOUD, "Cable Car", "Eve")
    alone = World(found=[cable], shelves={(eve, Shelf.SETS): [on(Origin.PROFILE, "Cable Car", "Eve")]})
    found = alone.finder.find("the eve playlist")
    assert found.candidate == cable
    assert found.by_owner
    assert alone.directory.asked == ["search eve", f"sets {eve}"]
    several = World(found=[cable], shelves={(eve, Shelf.SETS): [cable, on(Origin.PROFILE, "Chair Lift", "Eve")]})
    error = several.refused("the eve playlist")
    assert isinstance(error, AmbiguousError)
    titles = [c.title for c in error.candidates if isinstance(c, Candidate)]
    assert sorted(titles) == ["Cable Car", "Chair Lift"]
    assert "Eve’s sets (2)" in error.message


def test_an_owner_whose_sets_cannot_be_looked_at_is_offered() -> None:
    world = World(found=[on(Origin.SOUNDCLOUD, "Cable Car", "Eve")])
    world.directory.trouble = {"sets": OFFLINE}
    error = world.refused("eve")
    assert isinstance(error, AmbiguousError)
    assert "Eve’s sets could not be looked at" in error.message


def test_no_secret_and_nothing_that_commands_a_terminal_is_shown() -> None:
    secret = KnownPlaylist(
        url="https://soundcloud.com/ada/sets/x/s-Secret12345", title="X \x1b[31m\u202e", owner="Ada\x07"
    )
    other = KnownPlaylist(
        url="https://soundcloud.com/ada/sets/y?secret_token=s-Secret12345", title="Y", owner="Ada\x07"
    )
    error = World(secret, other).refused("ada")
    assert isinstance(error, AmbiguousError)
    shown = f"{error.message} {error.hint} {[c.url for c in error.candidates if isinstance(c, Candidate)]}"
    assert "Secret" not in shown
    assert shown.isprintable()
    assert "s-Secret" not in World().refused("https //soundcloud.com/a/sets/b/s-Secret12345").message
    assert called(on(Origin.KEPT, "", "")) == "“untitled”"


def test_a_very_long_name_is_shown_in_part() -> None:
    assert len(World().refused("x" * 5000).message) < 300
