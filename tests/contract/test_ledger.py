"""The Ledger contract, on every ledger: memories, intents, claims, the cache and runs."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from ledgers import FILE, INTENT, LEDGERS, SCOPE, WRITTEN, claimed
from memory import SimulatedClock
from worlds import make_track

from cloudcrate.core.model import (
    Availability,
    Choice,
    Decision,
    Field,
    KnownPlaylist,
    Memory,
    OpenReview,
    PageId,
    PlaylistId,
    TrackId,
)
from cloudcrate.errors import StaleClaimError, StateError
from cloudcrate.ports.ledger import Claim, Ledger, RunRecord, Scope, TrackEvent

PAGE, OTHER = PageId("page-1"), PageId("page-2")
T7, T8 = TrackId(7), TrackId(8)
BEYOND_64_BITS = TrackId(10**30)
ELSEWHERE = Scope(catalog="notion:2", library="/other")

WRITES: dict[str, Callable[[Ledger, Claim], None]] = {
    "record_page": lambda ledger, claim: ledger.record_page(claim, PAGE, written=WRITTEN, offered={}),
    "record_file": lambda ledger, claim: ledger.record_file(claim, FILE),
    "forget_file": lambda ledger, claim: ledger.forget_file(claim),
    "record_unobtainable": lambda ledger, claim: ledger.record_unobtainable(claim, Availability.PROTECTED, 5.0),
    "open_intent": lambda ledger, claim: ledger.open_intent(claim, INTENT),
    "drop_intent": lambda ledger, claim: ledger.drop_intent(claim),
}


@pytest.fixture(params=LEDGERS)
def ledger(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Ledger]:
    opened = LEDGERS[request.param](tmp_path, SimulatedClock(1000.0))
    yield opened
    opened.close()


def memory(ledger: Ledger, track_id: TrackId = T7, scope: Scope = SCOPE) -> Memory:
    return ledger.recall(scope, [track_id])[track_id]


# --- memories and intents -------------------------------------------------------------------------


def test_nothing_is_remembered_at_first_and_every_id_is_answered(ledger: Ledger) -> None:
    ids = [*map(TrackId, range(1, 1203)), T7, BEYOND_64_BITS]
    assert ledger.recall(SCOPE, ids) == {i: Memory(track_id=i) for i in ids}
    assert ledger.recall(SCOPE, []) == {}


def test_a_page_and_its_cells_are_remembered(ledger: Ledger) -> None:
    ledger.record_page(claimed(ledger), PAGE, written=WRITTEN, offered={Field.GENRE: "Dub"})
    assert memory(ledger) == Memory(track_id=T7, page_id=PAGE, written=WRITTEN, offered={Field.GENRE: "Dub"})
    assert memory(ledger, T8) == Memory(track_id=T8)
    assert ledger.page_owners(SCOPE.catalog) == {PAGE: T7}
    assert ledger.page_owners(ELSEWHERE.catalog) == {}


def test_cells_are_merged_one_by_one(ledger: Ledger) -> None:
    claim = claimed(ledger)
    ledger.record_page(claim, PAGE, written={Field.TITLE: "a", Field.BPM: 1}, offered={Field.TITLE: "a"})
    ledger.record_page(claim, PAGE, written={Field.BPM: 2.5}, offered={Field.KEY: "8A"})
    assert memory(ledger).written == {Field.TITLE: "a", Field.BPM: 2.5}
    assert memory(ledger).offered == {Field.TITLE: "a", Field.KEY: "8A"}


def test_another_page_starts_afresh(ledger: Ledger) -> None:
    claim = claimed(ledger)
    ledger.record_page(claim, PAGE, written=WRITTEN, offered=WRITTEN)
    ledger.record_page(claim, OTHER, written={Field.BPM: 1}, offered={})
    assert memory(ledger) == Memory(track_id=T7, page_id=OTHER, written={Field.BPM: 1})
    assert ledger.page_owners(SCOPE.catalog) == {OTHER: T7}


def test_an_intent_is_open_until_the_page_is_recorded_or_it_is_dropped(ledger: Ledger) -> None:
    claim = claimed(ledger)
    ledger.open_intent(claim, replace(INTENT, digest="older"))
    ledger.open_intent(claim, INTENT)
    assert memory(ledger) == Memory(track_id=T7, intent=INTENT)
    ledger.drop_intent(claim)
    ledger.drop_intent(claim)
    assert memory(ledger).intent is None
    ledger.open_intent(claim, INTENT)
    ledger.record_page(claim, PAGE, written={}, offered={})
    assert memory(ledger) == Memory(track_id=T7, page_id=PAGE)


def test_a_file_is_remembered_and_proves_that_it_can_be_had(ledger: Ledger) -> None:
    claim = claimed(ledger)
    ledger.record_unobtainable(claim, Availability.PROTECTED, 5)
    assert memory(ledger) == Memory(track_id=T7, unobtainable=Availability.PROTECTED, unobtainable_at=5.0)
    ledger.record_file(claim, FILE)
    assert memory(ledger) == Memory(track_id=T7, file=FILE)
    moved = replace(FILE, path="b.mp3")
    ledger.record_file(claim, moved)
    assert memory(ledger).file == moved
    assert ledger.file_paths(SCOPE.library) == {"b.mp3": T7}
    assert ledger.file_paths(ELSEWHERE.library) == {}


def test_pages_belong_to_a_catalog_and_files_to_a_library(ledger: Ledger) -> None:
    claim = claimed(ledger)
    ledger.record_page(claim, PAGE, written={}, offered={})
    ledger.record_file(claim, FILE)
    ledger.open_intent(claim, INTENT)
    ledger.record_unobtainable(claim, Availability.PROTECTED, 5.0)
    whole = memory(ledger)
    same_catalog = memory(ledger, scope=replace(SCOPE, library="/other"))
    same_library = memory(ledger, scope=replace(SCOPE, catalog="notion:2"))
    assert same_catalog == replace(whole, file=None, unobtainable=None, unobtainable_at=None)
    assert same_library == replace(whole, page_id=None, intent=None)
    assert memory(ledger, scope=ELSEWHERE) == Memory(track_id=T7)


@pytest.mark.parametrize("text", ["\ud83c lone", "a\x00b\nc", "'; DROP TABLE pages; --", "🎛️" * 999, '"\\ud83c"'])
def test_foreign_text_comes_back_as_it_was(ledger: Ledger, text: str) -> None:
    claim, track = claimed(ledger), make_track(7, title=text)
    ledger.record_page(claim, PAGE, written={Field.TITLE: text}, offered={Field.PLAYLISTS: (text,)})
    ledger.record_file(claim, replace(FILE, path=text))
    ledger.keep_tracks([track], at=5.0)
    assert memory(ledger).written == {Field.TITLE: text}
    assert memory(ledger).offered == {Field.PLAYLISTS: (text,)}
    assert ledger.file_paths(SCOPE.library) == {text: T7}
    assert ledger.tracks([T7], newer_than=0.0) == {T7: track}


# --- claims ---------------------------------------------------------------------------------------


def test_a_track_has_one_owner_while_the_lease_runs(ledger: Ledger) -> None:
    claimed(ledger, owner="ada", now=100.0)
    assert ledger.claim(SCOPE, T7, "bob", lease=60.0, now=159.9) is None
    assert ledger.claim(SCOPE, T8, "bob", lease=60.0, now=159.9) is not None
    assert ledger.claim(ELSEWHERE, T7, "bob", lease=60.0, now=159.9) is not None
    assert ledger.claim(SCOPE, T7, "bob", lease=60.0, now=160.0) is not None


def test_tokens_only_rise(ledger: Ledger) -> None:
    first = claimed(ledger)
    again = claimed(ledger)
    ledger.release([again])
    assert first.token < again.token < claimed(ledger, owner="bob").token


def test_an_owner_may_claim_again_and_its_lease_begins_anew(ledger: Ledger) -> None:
    claimed(ledger, owner="ada", now=0.0)
    claimed(ledger, owner="ada", now=50.0)
    assert ledger.claim(SCOPE, T7, "bob", lease=60.0, now=109.9) is None
    assert ledger.claim(SCOPE, T7, "bob", lease=60.0, now=110.0) is not None


@pytest.mark.parametrize("write", WRITES)
def test_an_owner_that_claims_again_writes_with_its_newest_claim_only(ledger: Ledger, write: str) -> None:
    older, newer = claimed(ledger), claimed(ledger)
    with pytest.raises(StaleClaimError):
        WRITES[write](ledger, older)
    assert memory(ledger) == Memory(track_id=T7)
    WRITES[write](ledger, newer)


def test_a_track_that_was_given_back_is_free(ledger: Ledger) -> None:
    ledger.release([claimed(ledger, owner="ada"), claimed(ledger, 8, owner="ada")])
    ledger.release([])
    claimed(ledger, owner="bob")
    claimed(ledger, 8, owner="bob")


def test_giving_back_late_takes_nothing_from_the_next_owner(ledger: Ledger) -> None:
    stale = claimed(ledger, owner="ada", now=0.0)
    claimed(ledger, owner="bob", now=100.0)
    ledger.release([stale])
    assert ledger.claim(SCOPE, T7, "cleo", lease=60.0, now=101.0) is None


@pytest.mark.parametrize("write", WRITES)
def test_a_stale_claim_writes_nothing(ledger: Ledger, write: str) -> None:
    stale = claimed(ledger, owner="ada", now=0.0)
    current = claimed(ledger, owner="bob", now=100.0)
    ledger.open_intent(current, replace(INTENT, digest="bob's"))
    before = memory(ledger)
    with pytest.raises(StaleClaimError):
        WRITES[write](ledger, stale)
    assert memory(ledger) == before
    WRITES[write](ledger, current)


@pytest.mark.parametrize("write", WRITES)
def test_a_claim_that_was_never_made_writes_nothing(ledger: Ledger, write: str) -> None:
    with pytest.raises(StaleClaimError):
        WRITES[write](ledger, Claim(scope=SCOPE, track_id=T7, token=1))
    assert memory(ledger) == Memory(track_id=T7)


def test_a_clock_set_back_makes_no_lease_immortal(ledger: Ledger) -> None:
    days = 3 * 86400.0
    claimed(ledger, owner="ada", now=days)
    assert ledger.claim(SCOPE, T7, "bob", lease=60.0, now=days - 1.0) is None  # a step of the clock steals nothing
    claimed(ledger, owner="bob", now=0.0)


def test_threads_never_own_the_same_track(ledger: Ledger) -> None:
    def take(owner: int) -> list[int]:
        claims = [ledger.claim(SCOPE, TrackId(n), f"owner {owner}", lease=60.0, now=0.0) for n in range(60)]
        return [claim.track_id for claim in claims if claim is not None]

    with ThreadPoolExecutor(4) as pool:
        won = [number for numbers in pool.map(take, range(4)) for number in numbers]
    assert sorted(won) == list(range(60))


# --- the cache ------------------------------------------------------------------------------------


def test_metadata_is_kept_and_grows_old(ledger: Ledger) -> None:
    tracks = [make_track(n, tags=("a b", "ä"), genre="Dub") for n in range(1, 1200)]
    ledger.keep_tracks(tracks, at=100.0)
    ledger.keep_tracks([make_track(2, title="New")], at=200.0)
    assert ledger.tracks([t.id for t in tracks], newer_than=99.0) == {t.id: t for t in tracks} | {
        TrackId(2): make_track(2, title="New")
    }
    assert list(ledger.tracks([TrackId(1), TrackId(2), BEYOND_64_BITS], newer_than=100.0)) == [2]
    ledger.keep_tracks([], at=1.0)


def test_a_track_is_found_by_any_form_of_its_link(ledger: Ledger) -> None:
    ledger.keep_tracks([make_track(7), make_track(8)], at=1.0)
    assert ledger.find_track("http://m.soundcloud.com/ADA/song-7/?utm_source=x") == T7
    assert ledger.find_track("https://soundcloud.com/ada/song-9") is None
    assert ledger.find_track("nonsense") is None


@pytest.mark.parametrize(("first", "second"), [(7, 8), (8, 7)])
def test_a_link_that_another_track_has_taken_over_names_the_one_read_last(
    ledger: Ledger, first: int, second: int
) -> None:
    url = make_track(7).url
    ledger.keep_tracks([replace(make_track(first), url=url)], at=1.0)
    ledger.keep_tracks([replace(make_track(second), url=url)], at=2.0)
    assert ledger.find_track(url) == second


def test_playlists_are_kept_with_their_entries_in_order(ledger: Ledger) -> None:
    one = KnownPlaylist(url="https://soundcloud.com/ada/sets/b", title="B 🎧", id=PlaylistId("playlists:1"), tracks=2)
    two = replace(one, id=PlaylistId("users:7:likes"), synced_at=5.5)
    ledger.keep_playlist(PlaylistId("playlists:1"), one, [T8, T7, T8])
    ledger.keep_playlist(PlaylistId("users:7:likes"), two, [])
    assert ledger.playlists() == (one, two)
    assert ledger.entries(PlaylistId("playlists:1")) == (T8, T7, T8)
    assert ledger.entries(PlaylistId("users:7:likes")) == ()
    assert ledger.entries(PlaylistId("playlists:404")) == ()
    ledger.keep_playlist(PlaylistId("playlists:1"), replace(one, name="mine"), [T7])
    assert ledger.playlists() == (replace(one, name="mine"), two)
    assert ledger.entries(PlaylistId("playlists:1")) == (T7,)


# --- runs -----------------------------------------------------------------------------------------


def run(number: int, started_at: float) -> RunRecord:
    return RunRecord(
        id=f"run-{number}",
        playlist_id=PlaylistId("playlists:1"),
        scope=SCOPE,
        started_at=started_at,
        ended_at=None,
        report=None,
    )


def event(operation: str, *, side: str = "row", track: TrackId = T7, at: float = 1.0) -> TrackEvent:
    return TrackEvent(run_id="run-1", track_id=track, side=side, at=at, operation=operation, outcome="{}")


def test_runs_are_listed_newest_first(ledger: Ledger) -> None:
    for number, started_at in ((1, 10.0), (2, 30.0), (3, 20.0), (4, 30.0)):
        ledger.start_run(run(number, started_at))
    ledger.end_run("run-3", 25.5, '{"title":"ä"}')
    ended = replace(run(3, 20.0), ended_at=25.5, report='{"title":"ä"}')
    assert ledger.last_runs(9) == (run(4, 30.0), run(2, 30.0), ended, run(1, 10.0))
    assert ledger.last_runs(1) == (run(4, 30.0),)
    assert ledger.run(run(2, 30.0).id) == run(2, 30.0)
    assert ledger.run("never") is None


def test_the_end_of_a_run_that_is_not_remembered_changes_nothing(ledger: Ledger) -> None:
    ledger.start_run(run(1, 10.0))
    ledger.end_run("run-404", 25.5, "{}")
    assert ledger.last_runs(9) == (run(1, 10.0),)


def test_what_says_the_same_as_the_newest_of_its_side_is_not_kept_again(ledger: Ledger) -> None:
    first, other_side, other_track = event("a"), event("a", side="file"), event("a", track=T8)
    ledger.record_events([first, other_side, other_track])
    ledger.record_events([event("a", at=2.0), event("a", side="file", at=2.0)])
    assert ledger.events(T7, 9) == (other_side, first)
    ledger.record_events([event("b", at=3.0), event("b", at=3.5), event("a", at=4.0)])
    assert ledger.events(T7, 2) == (event("a", at=4.0), event("b", at=3.0))
    assert ledger.events(T8, 9) == (other_track,)
    assert set(ledger.newest_events([T7, T8])) == {event("a", at=4.0), other_side, other_track}
    assert ledger.newest_events([T8, BEYOND_64_BITS]) == (other_track,)
    assert ledger.events(BEYOND_64_BITS, 9) == ()
    ledger.record_events([])


def test_a_closed_ledger_says_so(ledger: Ledger) -> None:
    ledger.close()
    ledger.close()
    with pytest.raises(StateError, match="closed"):
        ledger.recall(SCOPE, [T7])
    with pytest.raises(StateError, match="closed"):
        ledger.claim(SCOPE, T7, "ada", lease=1.0, now=0.0)


# --- what only the user can tell, notes and the index ----------------------------------------------

REVIEW = OpenReview(track_id=T7, page_ids=(PAGE, OTHER), reason="two rows fit", playlist="Night Bus", since=10.0)


def test_a_question_is_open_until_the_row_is_recorded(ledger: Ledger) -> None:
    ledger.open_review(SCOPE.catalog, REVIEW)
    ledger.open_review(SCOPE.catalog, replace(REVIEW, track_id=T8, since=5.0))
    assert [review.track_id for review in ledger.reviews(SCOPE.catalog)] == [T8, T7]
    assert ledger.reviews(ELSEWHERE.catalog) == ()
    ledger.decide(SCOPE.catalog, T7, Decision(choice=Choice.ADOPT, page_ids=(PAGE,)))
    assert len(ledger.reviews(SCOPE.catalog)) == 2
    ledger.record_page(claimed(ledger), PAGE, written={}, offered={})
    assert [review.track_id for review in ledger.reviews(SCOPE.catalog)] == [T8]
    ledger.close_review(SCOPE.catalog, T8)
    assert ledger.reviews(SCOPE.catalog) == ()


def test_a_question_about_a_row_that_was_known_stays_open(ledger: Ledger) -> None:
    ledger.record_page(claimed(ledger), PAGE, written={}, offered={})
    ledger.open_review(SCOPE.catalog, REVIEW)
    ledger.record_page(claimed(ledger), PAGE, written={}, offered={Field.TITLE: "a"})
    assert ledger.reviews(SCOPE.catalog) == (REVIEW,)
    ledger.record_page(claimed(ledger), OTHER, written={}, offered={})
    assert ledger.reviews(SCOPE.catalog) == ()


def test_a_question_asked_again_keeps_since_when_it_is_open(ledger: Ledger) -> None:
    ledger.open_review(SCOPE.catalog, REVIEW)
    ledger.open_review(SCOPE.catalog, replace(REVIEW, page_ids=(PAGE,), reason="one row fits", since=99.0))
    assert ledger.reviews(SCOPE.catalog) == (replace(REVIEW, page_ids=(PAGE,), reason="one row fits"),)


def test_the_last_answer_counts_and_can_be_taken_back(ledger: Ledger) -> None:
    skip, new = Decision(choice=Choice.SKIP, page_ids=(PAGE,)), Decision(choice=Choice.NEW, page_ids=(PAGE, OTHER))
    ledger.decide(SCOPE.catalog, T7, skip)
    ledger.decide(SCOPE.catalog, T7, new)
    ledger.decide(SCOPE.catalog, T8, skip)
    assert ledger.decisions(SCOPE.catalog, [T7, T8, TrackId(9)]) == {T7: new, T8: skip}
    assert ledger.decisions(ELSEWHERE.catalog, [T7]) == {}
    ledger.decide(SCOPE.catalog, T7, None)
    assert ledger.decisions(SCOPE.catalog, [T7]) == {}


def test_rows_that_were_given_a_playlist_are_known(ledger: Ledger) -> None:
    ledger.record_page(claimed(ledger), PAGE, written={}, offered={Field.PLAYLISTS: ('Night "Bus"', "B")})
    ledger.record_page(claimed(ledger, 8), OTHER, written={}, offered={Field.TITLE: 'Night "Bus"'})
    assert ledger.linked(SCOPE.catalog, 'Night "Bus"') == {T7: PAGE}
    assert ledger.linked(SCOPE.catalog, "night") == {}
    assert ledger.linked(ELSEWHERE.catalog, "B") == {}


def test_notes_are_kept_replaced_and_forgotten(ledger: Ledger) -> None:
    assert ledger.note("pace") is None
    ledger.keep_note("pace", "180")
    ledger.keep_note("pace", "600")
    assert ledger.note("pace") == "600"
    ledger.keep_note("pace", "")
    assert ledger.note("pace") is None


def test_the_index_merges_rows_or_begins_afresh(ledger: Ledger) -> None:
    ledger.index(SCOPE.catalog, {PAGE: WRITTEN, OTHER: {Field.TITLE: "a"}})
    ledger.index(SCOPE.catalog, {OTHER: {Field.TITLE: "b"}})
    assert ledger.indexed(SCOPE.catalog) == {PAGE: WRITTEN, OTHER: {Field.TITLE: "b"}}
    assert ledger.indexed(ELSEWHERE.catalog) == {}
    ledger.index(SCOPE.catalog, {OTHER: {Field.TITLE: "c"}}, afresh=True)
    assert ledger.indexed(SCOPE.catalog) == {OTHER: {Field.TITLE: "c"}}
