"""Which row a track has, asked for one track, and what a link lists: looked at, and nothing written."""

from dataclasses import replace

import pytest
from pretend import LINK, Pretended
from worlds import make_listing, make_page, make_track

from cloudcrate.app.gather import Order
from cloudcrate.app.matching import NOWHERE, REMOVED, Described, Judged
from cloudcrate.core import match
from cloudcrate.core.link import parse_link
from cloudcrate.core.model import Cells, Choice, Decision, Field, Listing, Playlist, PlaylistId, Track, TrackId
from cloudcrate.errors import CredentialsError, LinkError, NotFoundError, UnavailableError, UsageError

TRACK = make_track(1)


def single(track: Track) -> Listing:
    """What the link of a track lists."""
    playlist = Playlist(
        id=PlaylistId(f"tracks:{track.id}"), title=track.title, owner="", url=track.url, entries=(track.id,)
    )
    return Listing(playlist=playlist, tracks={track.id: track})


class Offline:
    """A source that cannot be asked."""

    def __init__(self, error: Exception) -> None:
        self.error = error
        self.asked = 0

    def read(self, *_: object, **__: object) -> Listing:
        self.asked += 1
        raise self.error


def world_of(track: Track = TRACK) -> Pretended:
    return Pretended(single(track))


def cut_off(world: Pretended, error: Exception) -> Offline:
    offline = Offline(error)
    world.service.matching = type(world.service.matching)(replace(world.tools, source=offline))  # type: ignore[arg-type]  # it only reads
    return offline


def add(world: Pretended, cells: Cells) -> None:
    world.catalog.create(cells, TRACK, announce=lambda: None)


def judged(world: Pretended, **words: object) -> Judged:
    writes = world.catalog.writes
    found = world.service.matching.match(Described(**words))  # type: ignore[arg-type]  # the tests name real fields
    assert world.catalog.writes == writes
    assert world.ledger.playlists() == ()
    return found


def test_a_row_that_was_made_is_remembered_and_nobody_is_asked() -> None:
    world = world_of()
    world.service.sync(replace(world.order, link=parse_link(TRACK.url) or LINK))
    offline = cut_off(world, UnavailableError("no network"))
    found = world.service.matching.match(Described(url=TRACK.url + "?utm_source=clipboard"))
    assert found.found == match.Found(page_id=found.pages[0].id, rule=match.REMEMBERED)
    assert found.track_id == TRACK.id
    assert offline.asked == 0


@pytest.mark.parametrize(
    ("cells", "rule"),
    [
        ({Field.TITLE: "other words", Field.SOUNDCLOUD_ID: 1}, match.SAME_ID),
        ({Field.TITLE: "other words", Field.URL: "http://m.soundcloud.com/Ada/song-1/"}, match.SAME_LINK),
        ({Field.TITLE: "Ada - Song 1", Field.DURATION: TRACK.seconds + 1}, match.SAME_TITLE),
    ],
)
def test_the_rules_are_those_of_a_sync(cells: Cells, rule: str) -> None:
    world = world_of()
    add(world, cells)
    found = judged(world, url=TRACK.url)
    assert isinstance(found.found, match.Found)
    assert found.reason == found.found.rule == rule
    assert [page.id for page in found.pages] == [found.found.page_id]


def test_what_no_row_fits_is_not_there() -> None:
    world = world_of()
    add(world, make_page(make_track(2, title="Another")).cells)
    found = judged(world, url=TRACK.url)
    assert (found.found, found.reason, found.pages) == (match.NotFound(), NOWHERE, ())


def test_a_title_without_a_length_is_never_sure() -> None:
    world = world_of()
    add(world, {Field.TITLE: "Song 1", Field.ARTIST: "Ada", Field.DURATION: 185})
    unsure = judged(world, title="Song 1", artist="Ada")
    assert isinstance(unsure.found, match.Ambiguous)
    assert len(unsure.pages) == 1
    assert "length" in unsure.reason
    sure = judged(world, title="Song 1", artist="Ada", seconds=186.0)
    assert isinstance(sure.found, match.Found)
    assert judged(world, title="Song 1", artist="Ada", seconds=300.0).found == match.NotFound()


def test_words_find_a_row_that_is_remembered_as_a_track_s_too() -> None:
    world = world_of()
    world.service.sync(world.order)
    matching = world.service.matching
    sure = matching.match(Described(title="Song 1", artist="Ada", seconds=TRACK.seconds))
    assert (sure.reason, sure.track_id) == (match.SAME_TITLE, TRACK.id)
    assert sure.pages[0].cells[Field.SOUNDCLOUD_ID] == TRACK.id
    unsure = matching.match(Described(title="Song 1", artist="Ada"))
    assert isinstance(unsure.found, match.Ambiguous)
    assert unsure.pages == sure.pages
    other = Described(title="Song 1", artist="Ada", url="https://soundcloud.com/eve/song-1", seconds=TRACK.seconds)
    cut_off(world, UnavailableError("no network"))
    found = world.service.matching.match(other)
    assert isinstance(found.found, match.Ambiguous)
    assert "another SoundCloud link" in found.reason


def test_two_rows_of_one_link_are_for_the_user_to_tell_apart() -> None:
    world = world_of()
    for title in ("one", "two"):
        add(world, {Field.TITLE: title, Field.URL: TRACK.url})
    found = judged(world, url=TRACK.url)
    assert isinstance(found.found, match.Ambiguous)
    assert {page.cells[Field.TITLE] for page in found.pages} == {"one", "two"}


@pytest.mark.parametrize("error", [UnavailableError("no network"), NotFoundError("nothing there")])
def test_without_soundcloud_a_row_with_the_link_is_found_all_the_same(error: Exception) -> None:
    world = world_of()
    add(world, {Field.TITLE: "Song 1", Field.URL: TRACK.url, Field.SOUNDCLOUD_ID: 1})
    cut_off(world, error)
    found = judged(world, url=TRACK.url)
    assert found.reason == match.SAME_LINK
    assert found.track_id == 1
    assert str(error) in found.note


def test_without_soundcloud_and_without_the_link_the_words_are_judged() -> None:
    world = world_of()
    add(world, {Field.TITLE: "Song 1", Field.ARTIST: "Ada"})
    cut_off(world, UnavailableError("no network"))
    found = judged(world, url=TRACK.url, title="Song 1", artist="Ada")
    assert isinstance(found.found, match.Ambiguous)
    assert found.track_id is None


def test_a_refused_token_is_told_and_not_taken_for_no_network() -> None:
    world = world_of()
    cut_off(world, CredentialsError("revoked"))
    with pytest.raises(CredentialsError):
        judged(world, url=TRACK.url)


def test_a_row_that_its_user_removed_is_not_there_unless_another_one_is() -> None:
    world = world_of()
    world.service.sync(world.order)
    row = world.service.matching.row_of(TRACK.id)
    assert row is not None
    world.catalog.trash(row.id)
    assert world.service.matching.row_of(TRACK.id) is None
    found = world.service.matching.match(Described(url=TRACK.url))
    assert (found.found, found.reason) == (match.NotFound(), REMOVED)
    add(world, {Field.TITLE: "merged", Field.SOUNDCLOUD_ID: 1})
    assert world.service.matching.match(Described(url=TRACK.url)).reason == match.SAME_ID


def test_a_row_that_the_user_refused_for_the_track_is_not_its_row() -> None:
    world = world_of()
    add(world, {Field.TITLE: "Song 1", Field.URL: TRACK.url})
    page = world.catalog.every_row()[0]
    world.ledger.decide("memory:catalog", TRACK.id, Decision(choice=Choice.NEW, page_ids=(page.id,)))
    assert judged(world, url=TRACK.url).found == match.NotFound()


def test_a_track_given_by_number_needs_no_question_when_it_is_known() -> None:
    world = world_of()
    add(world, {Field.TITLE: "Song 1", Field.SOUNDCLOUD_ID: 1})
    judged(world, url=TRACK.url)
    offline = cut_off(world, UnavailableError("no network"))
    assert judged(world, url="https://api.soundcloud.com/tracks/1").reason == match.SAME_ID
    assert offline.asked == 0


def test_what_names_no_single_track_is_refused() -> None:
    world = Pretended(make_listing([TRACK]))
    for words in ({}, {"title": "  "}, {"url": LINK.url}, {"url": "https://on.soundcloud.com/abc"}):
        with pytest.raises(UsageError):
            judged(world, **words)
    with pytest.raises(LinkError):
        judged(world, url="https://example.com/ada/song-1")


def test_a_listing_is_read_without_touching_the_catalog_and_known_tracks_are_not_asked_for_again() -> None:
    world = Pretended(make_listing([TRACK, make_track(2)]))
    order = Order(link=LINK, limit=1)
    assert set(world.service.matching.listing(order).tracks) == {TRACK.id}
    assert world.ledger.playlists() == ()
    assert world.service.matching.known(TRACK.id) == TRACK
    assert world.service.matching.known(TrackId(2)) is None


def test_a_private_track_is_not_remembered() -> None:
    secret = replace(TRACK, secret_token="s-abcdef")
    world = world_of(secret)
    world.service.matching.listing(Order(link=LINK))
    judged(world, url=secret.url)
    assert world.service.matching.known(TRACK.id) is None
