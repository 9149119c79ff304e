"""The beginning and the end of a run: what is read and planned before it, reported and remembered after it."""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from cloudcrate.app.apply import Run
from cloudcrate.app.gather import Order, Tools, gather
from cloudcrate.app.rowmaker import Moment
from cloudcrate.core import codec
from cloudcrate.core.ending import Asked, ending
from cloudcrate.core.model import KnownPlaylist
from cloudcrate.core.operations import Plan, Unit
from cloudcrate.core.plan import plan
from cloudcrate.core.plan_files import bytes_needed
from cloudcrate.core.report import AGAIN, Outcome, Report, Traffic, state_of, summed
from cloudcrate.core.snapshot import Snapshot
from cloudcrate.errors import CloudcrateError, RefusedError, Retry, StoppedError
from cloudcrate.ports.ledger import RunRecord, Scope
from cloudcrate.ports.running import Spent


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """The end of a run. ``error`` is what ended it before its time; the report still tells the whole."""

    report: Report
    error: CloudcrateError | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """A run that is planned and remembered."""

    run_id: str
    url: str  # of the playlist, as it is kept: without a secret
    secret: bool  # something in it is reached by a secret link, which is kept nowhere
    snapshot: Snapshot
    plan: Plan
    taken: Moment
    before: Spent


def begin(tools: Tools, order: Order, *, basis: str = "") -> Begun:
    """Reads, plans and remembers that a run has begun.

    ``basis`` is that of a plan that was looked at: this is refused when another one would be made now.
    Raises: what reading raises; RefusedError, DiskError.
    """
    taken = Moment(now=tools.clock.now(), monotonic=tools.clock.monotonic())
    before = tools.meter()
    snapshot = gather(tools, order)
    made = plan(snapshot)
    if basis and made.basis != basis:
        raise RefusedError(
            "The playlist, its rows or its files have changed since the plan was made; nothing was done.",
            hint="Make a new plan and look at it.",
        )
    if made.changes:
        tools.store.check(bytes_needed(made, snapshot.listing.tracks))
    else:
        tools.store.tidy()
    tools.listener.began(made)
    record = RunRecord(
        id=uuid.uuid4().hex,
        playlist_id=made.playlist_id,
        scope=Scope(catalog=snapshot.catalog.id, library=tools.store.id),
        started_at=taken.now,
        ended_at=None,
        report=None,
    )
    secret = order.link.secret_token is not None
    begun = Begun(
        run_id=record.id,
        url=snapshot.listing.playlist.url if secret else order.link.url,
        secret=secret or any(t.secret_token is not None for t in snapshot.listing.tracks.values()),
        snapshot=snapshot,
        plan=made,
        taken=taken,
        before=before,
    )
    tools.ledger.start_run(record)
    _remember(tools, begun.url, snapshot)
    return begun


def carry_out(tools: Tools, begun: Begun) -> Ended:
    """Carries a run out with the threads of this process, and ends it."""
    ended = _carried_out(tools, begun)  # the run itself is gone before its report becomes a text
    traffic = traffic_of(tools.meter() - begun.before, tools.clock.monotonic() - begun.taken.monotonic)
    ended = replace(ended, report=replace(ended.report, traffic=traffic))
    try:
        keep(tools, begun.run_id, begun.url, begun.snapshot, ended)
    except CloudcrateError as raised:  # what was done is told all the same
        return replace(ended, error=ended.error or raised)
    return ended


def _carried_out(tools: Tools, begun: Begun) -> Ended:
    run = Run(tools, begun.snapshot, begun.plan, run_id=begun.run_id, taken=begun.taken)
    error: CloudcrateError | None = None
    try:
        run.carry_out()
    except CloudcrateError as raised:
        error = raised
    traffic = traffic_of(tools.meter() - begun.before, tools.clock.monotonic() - begun.taken.monotonic)
    return told(tools, run, begun.snapshot, begun.plan, error, traffic, run.ended())


def told(
    tools: Tools,
    run: Run,
    snapshot: Snapshot,
    made: Plan,
    error: CloudcrateError | None,
    traffic: Traffic,
    units: Iterable[tuple[Unit, Mapping[int, Outcome]]],
) -> Ended:
    """The report of a run that is over, of ``units`` as they ended; the playlist's page is told, too."""
    listed = None
    try:
        listed = tools.playlist_files.read_playlist(snapshot.playlist_file)
    except CloudcrateError as raised:
        error = error or raised
    ended = summed(
        made,
        units,
        library=tools.store.id,
        playlist_file="" if listed is None else snapshot.playlist_file,
        traffic=traffic,
        stopped=isinstance(error, StoppedError),
    )
    if error is None or error.retry is Retry.TRANSIENT:
        state = state_of(ended, broke_off=error is not None, complete=snapshot.listing.complete)
        trouble = run.tell_playlist(state)
        if trouble is not None:
            ended = replace(ended, page_trouble=trouble.message, next_step=AGAIN)
    return Ended(report=ended, error=error)


def keep(tools: Tools, run_id: str, url: str, snapshot: Snapshot, ended: Ended) -> None:
    """Remembers how a run ended, and the playlist as it stands now."""
    _remember(tools, url, snapshot, ended.report if ended.error is None else None)
    tools.ledger.end_run(run_id, tools.clock.now(), codec.dumps_long(ended.report))


def _remember(tools: Tools, url: str, snapshot: Snapshot, ended: Report | None = None) -> None:
    """Keeps the playlist, so that it can be named, and its tracks, so that they are known to be its own.

    Before a run (``ended`` is None) and after a reading in part those kept before stay beside the new
    ones: a run that is killed must not leave rows linked to a playlist that does not know them.
    """
    playlist, known = snapshot.listing.playlist, snapshot.known
    before = tools.ledger.entries(playlist.id) if known is not None else ()
    whole, listed = ended is not None and snapshot.listing.complete, set(playlist.entries)
    entries = playlist.entries if whole else (*playlist.entries, *(e for e in before if e not in listed))
    done = ended is not None and not ended.failed
    kept = KnownPlaylist(
        id=playlist.id,
        url=url,
        title=playlist.title,
        owner=playlist.owner,
        name=snapshot.name,
        tracks=len(set(entries)) if whole or known is None else known.tracks,
        file=(ended.playlist_file or None) if ended is not None else known.file if known is not None else None,
        last_modified=playlist.last_modified,
        album=playlist.album,
        artwork_url=playlist.artwork_url,
        synced_at=tools.clock.now() if done else known.synced_at if known is not None else None,
    )
    tools.ledger.keep_playlist(playlist.id, kept, entries)


def announce(
    tools: Tools, run_id: str, asked: Asked, report: Report | None = None, error: CloudcrateError | None = None
) -> None:
    """Tells those who want to hear of it how a run ended. Raises: nothing."""
    if tools.announce is not None:
        code = error.exit_code if error is not None else 3 if report is not None and report.failed else 0
        tools.announce(ending(run_id, tools.clock.now(), asked, report, error, exit_code=code))


def traffic_of(spent: Spent, seconds: float) -> Traffic:
    """What a run cost, for its report."""
    return Traffic(
        seconds=round(max(0.0, seconds), 3),
        soundcloud_requests=spent.soundcloud_requests,
        notion_requests=spent.notion_requests,
        media_bytes=spent.media_bytes,
    )
