"""A run in pieces is the same run: nothing is lost on the way to a worker and back."""

from collections import Counter
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st
from pretend import Pretended, tools_of
from worlds import make_listing, make_page, make_snapshot, make_track, snapshots

from cloudcrate.app.apply import Run
from cloudcrate.app.running import begin
from cloudcrate.core import codec
from cloudcrate.core.model import Choice, Decision, Memory, PageId
from cloudcrate.core.operations import Plan, Unlink
from cloudcrate.core.pieces import Frame, Piece, framed, joined, pieces
from cloudcrate.core.plan import plan
from cloudcrate.core.snapshot import Snapshot


@st.composite
def planned(draw: st.DrawFn) -> tuple[Snapshot, Plan]:
    """A snapshot and its plan, with tracks that have left the playlist and answers of the user."""
    snapshot = draw(snapshots())
    gone = [make_track(number) for number in draw(st.sets(st.integers(41, 45), max_size=2))]
    left = {track.id: make_page(track) for track in gone}
    decided = draw(st.sets(st.sampled_from(sorted(snapshot.memory)))) if snapshot.memory else set()
    choices = {t: Decision(choice=draw(st.sampled_from(list(Choice))), page_ids=(PageId("page-9"),)) for t in decided}
    whole = replace(
        snapshot,
        pages=(*snapshot.pages, *left.values()),
        memory={
            **snapshot.memory,
            **{
                t: Memory(track_id=t, page_id=page.id, written=page.cells, offered=page.cells)
                for t, page in left.items()
            },
        },
        departed={t: page.id for t, page in left.items()},
        labels={t: f"Ada - Song {t}" for t in left},
        decisions=choices,
        wishes=replace(snapshot.wishes, max_removals=100),
    )
    return whole, plan(whole)


def sent(snapshot: Snapshot, made: Plan) -> tuple[Frame, list[Piece]]:
    """The frame and the pieces as a worker reads them."""
    frame = framed(snapshot, made, taken_at=7.5, url="https://soundcloud.com/ada/sets/night-bus")
    parts = list(pieces(snapshot, made))
    arrived = codec.loads(Frame, codec.dumps(frame))
    assert arrived == frame
    came = [codec.loads(Piece, codec.dumps(part)) for part in parts]
    assert came == parts
    return arrived, came


@settings(max_examples=40)
@given(planned())
def test_all_pieces_together_are_the_plan(world: tuple[Snapshot, Plan]) -> None:
    snapshot, made = world
    seen, joint = joined(*sent(snapshot, made))
    assert joint == made
    of_plan = {unit.track_id for unit in (*made.units, *made.departures)}
    assert seen.memory == {t: m for t, m in snapshot.memory.items() if t in of_plan}
    assert seen.present == {t: f for t, f in snapshot.present.items() if t in of_plan}
    assert seen.decisions == {t: d for t, d in snapshot.decisions.items() if t in of_plan}
    assert seen.listing == replace(
        snapshot.listing, tracks={t: track for t, track in snapshot.listing.tracks.items() if t in of_plan}
    )
    assert (seen.name, seen.catalog, seen.wishes) == (snapshot.name, snapshot.catalog, snapshot.wishes)


@settings(max_examples=40)
@given(planned())
def test_the_frame_says_nothing_of_single_tracks(world: tuple[Snapshot, Plan]) -> None:
    snapshot, made = world
    frame, _ = sent(snapshot, made)
    bare, empty = joined(frame, [])
    assert (empty.units, empty.departures) == ((), ())
    assert not any((bare.listing.tracks, bare.pages, bare.memory, bare.present, bare.decisions, bare.taken))
    assert bare.listing.playlist == snapshot.listing.playlist


@settings(max_examples=40)
@given(planned())
def test_a_piece_has_the_rows_that_it_writes(world: tuple[Snapshot, Plan]) -> None:
    snapshot, made = world
    frame, parts = sent(snapshot, made)
    there = {page.id: page for page in snapshot.pages}
    for part in parts:
        alone, one = joined(frame, [part])
        named = {o.page_id for o in part.unit.operations if hasattr(o, "page_id")}
        assert {i: there[i] for i in named if i in there}.items() <= {p.id: p for p in alone.pages}.items()
        assert (*one.units, *one.departures) == (part.unit,)
        assert part.departed == any(isinstance(o, Unlink) for o in part.unit.operations) or not part.departed


def test_a_piece_is_small_though_the_playlist_is_large() -> None:
    snapshot = make_snapshot(make_listing([make_track(n) for n in range(1, 201)]))
    _, (part, *_) = sent(snapshot, plan(snapshot))
    assert len(codec.dumps(part)) < 4000


@settings(max_examples=30)
@given(snapshots())
def test_pieces_carried_out_one_by_one_do_what_the_plan_does(snapshot: Snapshot) -> None:
    listing = replace(snapshot.listing, complete=True)
    whole, apart = Pretended(listing), Pretended(listing)
    whole.service.sync(whole.order)
    tools = tools_of(
        source=apart.source,
        catalog=apart.catalog,
        store=apart.store,
        ledger=apart.ledger,
        clock=apart.clock,
        listener=apart.watcher,
    )
    begun = begin(tools, apart.order)
    frame, parts = sent(begun.snapshot, begun.plan)
    for part in parts:
        seen, one = joined(frame, [part])
        run = Run(tools, seen, replace(one, opening=(), closing=()), run_id="r", taken=begun.taken)
        run.carry_out()
        assert sorted(run.outcomes[part.unit.track_id]) == list(range(len(part.unit.operations)))
    assert rows_of(apart) == rows_of(whole)
    assert apart.store.files.keys() == whole.store.files.keys()
    assert apart.store.owners == whole.store.owners
    assert done_in(apart) == done_in(whole)


def rows_of(world: Pretended) -> Counter[tuple[str, ...]]:
    """Every row's cells, in whatever order the rows were made."""
    return Counter(tuple(sorted(map(repr, page.cells.items()))) for page in world.catalog.every_row())


def done_in(world: Pretended) -> Counter[tuple[int, str, str]]:
    """Every operation that was done, and how it ended."""
    return Counter((t, codec.dumps(operation), codec.dumps(end)) for t, operation, end in world.watcher.outcomes)
