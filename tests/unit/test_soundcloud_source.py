"""Reading lists: order, repetitions, limits, absence, pages, and when the second way is taken."""

from collections.abc import Mapping
from pathlib import Path

import httpx
import pytest
from soundcloud_bench import API, Bench, Json, SoundCloud, bench, full, link, page, playlist, stub, user
from worlds import make_listing, make_track

from cloudcrate.core.link import Link
from cloudcrate.core.model import Availability, Listing, Stream, Track, TrackId
from cloudcrate.errors import LinkError, NotFoundError, StoppedError, UnavailableError
from cloudcrate.ports.world import Media

SET = "https://soundcloud.com/ada/sets/mix"
CAPTCHA = httpx.Response(403, headers={"x-datadome": "protected"}, json={"url": "https://geo.captcha-delivery.com/"})
BUSY = httpx.Response(503, text="busy")


def mix(folder: Path, entries: list[Json], known: Mapping[int, Json], **more: object) -> Bench:
    """A set of these entries; the tracks of ``known`` answer when asked for by id."""
    return bench(folder, SoundCloud({"/resolve": playlist(entries, **more)}, dict(known)))


class SecondWay:
    """Answers one listing and remembers what it was asked for."""

    def __init__(self) -> None:
        self.listing = make_listing([make_track(5)])
        self.asked: list[Link] = []
        self.known: list[set[TrackId]] = []

    def read(self, link: Link, *, limit: int | None, known: Mapping[TrackId, Track]) -> Listing:
        self.asked.append(link)
        self.known.append(set(known))
        return self.listing

    def media(self, track: Track, stream: Stream) -> Media:
        return Media(url="https://cf-media.sndcdn.com/second", stream=stream)


def test_a_set_keeps_order_and_repetitions_though_answers_come_in_any_order(tmp_path: Path) -> None:
    at = mix(tmp_path, [full(1), stub(3), stub(2), stub(3), stub(1)], {2: full(2), 3: full(3)})
    found = at.read(SET)
    assert found.playlist.entries == (1, 3, 2, 3, 1)
    assert {i: t.title for i, t in found.tracks.items()} == {1: "Song 1", 2: "Song 2", 3: "Song 3"}
    assert (found.absent, found.complete, found.way, found.notes) == ({}, True, "direct", ())
    assert at.site.lines() == ["/resolve", "/tracks"]
    assert at.site.asked[-1].url.params["ids"] == "3,2"


def test_stubs_are_asked_for_in_questions_of_fifty(tmp_path: Path) -> None:
    numbers = range(1, 501)
    entries = [full(n) if n <= 5 else stub(n) for n in numbers]
    at = mix(tmp_path, entries, {n: full(n) for n in numbers})
    found = at.read(SET)
    assert found.playlist.entries == tuple(numbers)
    assert set(found.tracks) == set(numbers)
    assert len(at.site.asked) == 12
    sizes = [len(r.url.params["ids"].split(",")) for r in at.site.asked if r.url.path == "/tracks"]
    assert sorted(sizes) == [45] + [50] * 9


def test_an_unchanged_set_costs_one_request(tmp_path: Path) -> None:
    entries = [full(n) if n <= 5 else stub(n) for n in range(1, 101)]
    first = mix(tmp_path, entries, {n: full(n) for n in range(1, 101)})
    known = first.read(SET).tracks
    again = mix(tmp_path, entries, {})
    assert again.read(SET, known=known).tracks == known
    assert [str(r.url.path) for r in again.site.asked] == ["/resolve"]


def test_what_an_answer_leaves_out_is_gone_unless_its_stub_says_private(tmp_path: Path) -> None:
    at = mix(tmp_path, [full(1), stub(2), stub(3, sharing="private"), stub(2)], {})
    found = at.read(SET)
    assert found.absent == {2: Availability.GONE, 3: Availability.PRIVATE}
    assert set(found.tracks) == {1}
    assert found.playlist.entries == (1, 2, 3, 2)


def test_an_answer_that_is_a_stub_again_is_no_metadata(tmp_path: Path) -> None:
    assert mix(tmp_path, [stub(2)], {2: stub(2)}).read(SET).absent == {2: Availability.GONE}


def test_a_track_that_was_not_asked_for_is_left_alone(tmp_path: Path) -> None:
    at = mix(tmp_path, [stub(2)], {})
    at.site.answers["/tracks"] = [[full(66), full(2)]]
    assert set(at.read(SET).tracks) == {2}


@pytest.mark.parametrize("trouble", [BUSY, httpx.Response(404, json={}), httpx.ReadTimeout("slow"), {"a": 1}])
def test_a_question_that_fails_never_makes_a_track_gone(tmp_path: Path, trouble: object) -> None:
    at = mix(tmp_path, [full(1), stub(2)], {2: full(2)})
    at.site.answers["/tracks"] = trouble
    with pytest.raises(UnavailableError):
        at.read(SET)


def test_trouble_that_passes_is_waited_for(tmp_path: Path) -> None:
    at = mix(tmp_path, [full(1), stub(2)], {})
    at.site.answers["/tracks"] = [BUSY, httpx.Response(429, headers={"retry-after": "40"}), [full(2)]]
    started = at.clock.now()
    assert set(at.read(SET).tracks) == {1, 2}
    assert at.clock.now() - started >= 40


@pytest.mark.parametrize(("limit", "complete"), [(1, False), (3, False), (4, True), (9, True)])
def test_a_limit_takes_the_first_and_says_what_is_missing(tmp_path: Path, limit: int, complete: bool) -> None:
    at = mix(tmp_path, [stub(n) for n in (4, 3, 4, 1)], {n: full(n) for n in (1, 3, 4)})
    found = at.read(SET, limit=limit)
    assert found.playlist.entries == (4, 3, 4, 1)[:limit]
    assert set(found.tracks) == set(found.playlist.entries)
    assert found.complete is complete


def test_a_set_that_lists_less_than_it_counts_proves_no_absence(tmp_path: Path) -> None:
    found = mix(tmp_path, [full(1)], {}, track_count=2).read(SET)
    assert not found.complete
    assert "counts 2" in found.notes[0]


def test_an_empty_set_is_complete(tmp_path: Path) -> None:
    found = mix(tmp_path, [], {}).read(SET)
    assert (found.playlist.entries, found.complete) == ((), True)


def test_a_private_set_opens_its_tracks_by_its_token(tmp_path: Path) -> None:
    at = mix(tmp_path, [stub(1)], {1: full(1)}, secret_token="s-abc", permalink_url=f"{SET}/s-abc")
    found = at.read(f"{SET}/s-abc")
    resolve, batch = at.site.asked[-2:]
    assert resolve.url.params["url"] == f"{SET}/s-abc"
    assert (batch.url.params["playlistId"], batch.url.params["playlistSecretToken"]) == ("99", "s-abc")
    assert found.playlist.url == SET


def test_what_is_given_by_number_is_asked_for_by_number(tmp_path: Path) -> None:
    site = SoundCloud({"/playlists/99": playlist([full(1)]), "/users/7": user(), "/users/7/likes": page([])})
    at = bench(tmp_path, site)
    at.read("https://api.soundcloud.com/playlists/99?secret_token=s-abc")
    assert site.asked[-1].url.params["secret_token"] == "s-abc"
    assert at.read("https://api.soundcloud.com/users/7/likes").playlist.id == "users:7:likes"


def test_a_track_is_a_playlist_of_one(tmp_path: Path) -> None:
    found = bench(tmp_path, SoundCloud({"/resolve": full(8)})).read("https://soundcloud.com/ada/song-8/s-xyz")
    assert found.playlist.id == "tracks:8"
    assert (found.playlist.entries, found.playlist.title, found.playlist.owner) == ((8,), "Song 8", "Ada")
    assert found.tracks[TrackId(8)].secret_token == "s-xyz"
    assert found.complete


def test_a_system_playlist_is_all_stubs(tmp_path: Path) -> None:
    charts = "https://soundcloud.com/discover/sets/charts-top:all-music:de"
    found = {
        "id": "soundcloud:system-playlists:x",
        "kind": "system-playlist",
        "title": "Top",
        "permalink_url": charts,
        "tracks": [{"id": 2, "kind": "track"}, {"id": 1, "kind": "track"}],
    }
    read = bench(tmp_path, SoundCloud({"/resolve": found}, {1: full(1), 2: full(2)})).read(charts)
    assert (read.playlist.id, read.playlist.entries) == ("soundcloud:system-playlists:x", (2, 1))
    assert set(read.tracks) == {1, 2}


# --- users' lists -------------------------------------------------------------------------------


def listed(folder: Path, name: str, **pages: object) -> Bench:
    """A user with one list; ``pages``: answers in turn."""
    return bench(folder, SoundCloud({"/resolve": user(), name: list(pages.values())}, {9: full(9)}))


def following(name: str, offset: str) -> str:
    return f"{API}{name}?offset={offset}&limit=200"


def test_likes_need_no_further_question_and_empty_pages_do_not_end_them(tmp_path: Path) -> None:
    name = "/users/7/likes"
    likes = [{"kind": "like", "track": full(n)} for n in (3, 1, 3)]
    at = listed(
        tmp_path,
        name,
        first=page(likes[:1], following(name, "a,b")),
        empty=page([], following(name, "c")),
        last=page([{"kind": "like", "playlist": {"id": 1, "kind": "playlist"}}, *likes[1:]]),
    )
    found = at.read("https://soundcloud.com/ada/likes")
    assert found.playlist.entries == (3, 1, 3)
    assert (found.playlist.id, found.playlist.title, found.playlist.owner) == ("users:7:likes", "Likes of Ada", "Ada")
    assert at.site.asked[-3].url.params["limit"] == "200"
    assert at.site.asked[-3].url.params["linked_partitioning"] == "1"
    assert [r.url.params.get("offset") for r in at.site.asked[-3:]] == [None, "a,b", "c"]
    assert "/tracks" not in at.site.lines()


def test_of_reposts_only_tracks_count(tmp_path: Path) -> None:
    name = "/stream/users/7/reposts"
    items = [
        {"type": "playlist-repost", "playlist": {"id": 4, "kind": "playlist", "title": "x"}},
        {"type": "track-repost", "track": full(2)},
    ]
    assert listed(tmp_path, name, only=page(items)).read("https://soundcloud.com/ada/reposts").playlist.entries == (2,)


def test_albums_give_all_their_tracks_in_order(tmp_path: Path) -> None:
    name = "/users/7/albums"
    short = {"id": 50, "kind": "playlist", "title": "Short", "track_count": 1, "tracks": [full(4)]}
    long = {"id": 51, "kind": "playlist", "title": "Long", "track_count": 3, "tracks": [full(1)]}
    at = listed(tmp_path, name, only=page([long, short]))
    at.site.answers["/playlists/51"] = playlist([full(1), stub(9), full(3)], id=51)
    found = at.read("https://soundcloud.com/ada/albums")
    assert found.playlist.entries == (1, 9, 3, 4)
    assert set(found.tracks) == {1, 3, 4, 9}
    known = found.tracks
    at.site.answers[name] = [page([long, short])]
    before = len(at.site.asked)
    assert at.read("https://soundcloud.com/ada/albums", known=known).tracks == known
    assert "/tracks" not in [r.url.path for r in at.site.asked[before:]]


@pytest.mark.parametrize(("limit", "complete"), [(2, False), (3, True), (4, True)])
def test_a_list_is_read_no_further_than_asked(tmp_path: Path, limit: int, complete: bool) -> None:
    name = "/users/7/tracks"
    at = listed(tmp_path, name, first=page([full(1), full(2), full(3)], None))
    found = at.read("https://soundcloud.com/ada", limit=limit)
    assert found.playlist.entries == (1, 2, 3)[:limit]
    assert set(found.tracks) == set(found.playlist.entries)
    assert found.complete is complete


def test_a_list_that_was_cut_asks_for_no_more_pages(tmp_path: Path) -> None:
    name = "/users/7/tracks"
    at = listed(tmp_path, name, first=page([full(1), full(2)], following(name, "x")), second=BUSY)
    assert not at.read("https://soundcloud.com/ada/tracks", limit=1).complete
    assert at.site.lines().count(name) == 1


def test_a_list_that_goes_round_in_circles_is_refused(tmp_path: Path) -> None:
    name = "/users/7/tracks"
    at = listed(tmp_path, name, only=page([full(1)], following(name, "same")))
    with pytest.raises(UnavailableError, match="does not end"):
        at.read("https://soundcloud.com/ada/tracks")
    assert at.site.lines().count(name) == 2


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example/users/7/tracks",
        "https://soundcloud.com/x",
        "https://api-v2.soundcloud.com.evil.example/",
        7,
    ],
)
def test_a_list_that_goes_on_elsewhere_is_not_followed(tmp_path: Path, elsewhere: object) -> None:
    at = listed(tmp_path, "/users/7/tracks", only={**page([full(1)]), "next_href": elsewhere})
    with pytest.raises(UnavailableError, match="goes on elsewhere"):
        at.read("https://soundcloud.com/ada/tracks")
    assert {r.url.host for r in at.site.asked} == {"soundcloud.com", "api-v2.soundcloud.com"}


# --- short links and what is not there ----------------------------------------------------------


def short(status: int, location: str | None = None) -> httpx.Response:
    return httpx.Response(status, headers={"location": location} if location else {})


def test_a_short_links_first_location_is_read_and_not_followed(tmp_path: Path) -> None:
    target = f"{SET}?ref=clipboard&p=i&si=1&utm_source=clipboard"
    at = mix(tmp_path, [full(1)], {})
    at.site.answers["on.soundcloud.com/AbC"] = short(302, target)
    assert at.read("https://on.soundcloud.com/AbC").playlist.entries == (1,)
    assert at.site.asked[0].method == "HEAD"
    assert at.site.lines("on.soundcloud.com") == ["/AbC"]
    assert at.site.lines("soundcloud.com") == ["/"]
    assert at.site.asked[-1].url.params["url"] == SET


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (short(404), NotFoundError),
        (short(302, "https://evil.example/x"), LinkError),
        (short(302, "https://on.soundcloud.com/again"), LinkError),
        (short(302, "https://soundcloud.com/discover"), LinkError),
        (short(200), LinkError),
        (short(200, SET), LinkError),
        (short(503), UnavailableError),
        (short(403), UnavailableError),
    ],
)
def test_a_short_link_that_leads_to_no_music_is_an_error(
    tmp_path: Path, answer: httpx.Response, error: type[Exception]
) -> None:
    at = bench(tmp_path, SoundCloud({"on.soundcloud.com/AbC": answer}))
    with pytest.raises(error):
        at.read("https://on.soundcloud.com/AbC")
    assert {r.url.host for r in at.site.asked} == {"on.soundcloud.com"}


def test_what_is_not_there_is_not_found_and_costs_one_call(tmp_path: Path) -> None:
    at = bench(tmp_path, SoundCloud())
    with pytest.raises(NotFoundError) as caught:
        at.read(f"{SET}/s-secret")
    assert "private" in caught.value.hint
    assert "s-secret" not in str(caught.value)
    assert at.site.lines() == ["/resolve"]


# --- the second way -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ({"kind": "something new"}, "unknown shape"),
        ([1], "unknown shape"),
        (playlist([], tracks=None), "unknown shape"),
        (playlist([{"kind": "track"}]), "unknown shape"),
        (user(), "unknown shape"),
        (httpx.Response(400, json={}), "refuses the question"),
    ],
)
def test_an_unknown_shape_is_read_the_second_way_and_said(tmp_path: Path, answer: object, why: str) -> None:
    second = SecondWay()
    at = bench(tmp_path, SoundCloud({"/resolve": answer}), second_way=second)
    found = at.read(SET)
    assert found.playlist == second.listing.playlist
    assert why in found.notes[-1]
    assert "yt-dlp" in found.notes[-1]
    with pytest.raises(UnavailableError, match=why):
        bench(tmp_path, SoundCloud({"/resolve": answer})).read(SET)


def test_the_second_way_gets_the_link_behind_a_short_one(tmp_path: Path) -> None:
    second = SecondWay()
    site = SoundCloud({"/resolve": {"kind": "new"}, "on.soundcloud.com/AbC": short(302, SET)})
    bench(tmp_path, site, second_way=second).read("https://on.soundcloud.com/AbC")
    assert second.asked == [link(SET)]


def test_bot_management_at_a_users_list_is_left_to_the_second_way(tmp_path: Path) -> None:
    second = SecondWay()
    site = SoundCloud({"/resolve": user(), "/users/7/tracks": CAPTCHA})
    at = bench(tmp_path, site, second_way=second)
    assert "browser" in at.read("https://soundcloud.com/ada/tracks").notes[-1]
    assert site.lines() == ["/resolve", "/users/7/tracks"]


@pytest.mark.parametrize("where", ["/resolve", "/tracks", "soundcloud.com/"])
def test_bot_management_elsewhere_is_said_at_once_and_makes_nothing_gone(tmp_path: Path, where: str) -> None:
    second = SecondWay()
    site = SoundCloud({"/resolve": playlist([stub(1)]), where: CAPTCHA})
    at = bench(tmp_path, site, second_way=second)
    with pytest.raises(UnavailableError) as caught:
        at.read(SET)
    assert "bot management" in caught.value.hint
    assert second.asked == []
    assert [r.url.path for r in site.asked].count(where.removeprefix("soundcloud.com")) == 1


def test_a_user_who_stops_is_obeyed_while_waiting(tmp_path: Path) -> None:
    at = mix(tmp_path, [stub(1)], {})
    at.site.answers["/tracks"] = BUSY
    at.clock.stopped = True
    with pytest.raises(StoppedError):
        at.read(SET)
