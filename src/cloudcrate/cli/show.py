"""Plans, reports and checks as text. Every foreign text goes through ``visible``."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime

from cloudcrate.app.review import Merge, Question
from cloudcrate.app.service import Check, Status, Why
from cloudcrate.app.watch import Tried
from cloudcrate.cli.show_sharing import going_lines
from cloudcrate.core import codec
from cloudcrate.core.model import Cells, CellValue, Field, Page
from cloudcrate.core.operations import Leave, LeavePlaylist, Operation, Plan, Unit
from cloudcrate.core.report import Report, RowState, TrackResult
from cloudcrate.core.text import spaced, visible
from cloudcrate.core.timetable import Upcoming
from cloudcrate.ports.ledger import RunRecord


def plan_lines(plan: Plan) -> Iterator[str]:
    """The plan: what it comes to, then every track with every operation and its reason."""
    distinct = len(plan.units)
    yield f"Plan for {visible(plan.name)!r}: {plan.entries} entries, {distinct} tracks, into {visible(plan.catalog)}"
    units = (*plan.units, *plan.departures)
    every = [*plan.opening, *(o for unit in units for o in unit.operations), *plan.closing]
    for words, count in sorted(Counter(map(_kind, every)).items()):
        yield f"  {count:>5}  {words}"
    yield ("Nothing will be changed." if not plan.changes else f"{plan.changes} operations will change something.")
    for note in plan.notes:
        yield f"Note: {visible(note)}"
    for operation in plan.opening:
        yield f"first  {_operation(operation)}"
    for unit in plan.units:
        yield from _unit_lines(unit)
    for unit in plan.departures:
        yield from _unit_lines(unit)
    for operation in plan.closing:
        yield f"last   {_operation(operation)}"


def _unit_lines(unit: Unit) -> Iterator[str]:
    yield f"{unit.position or 'left':>5}  {visible(unit.title) or 'unknown'} [{unit.track_id}]"
    for operation in unit.operations:
        yield f"         {_operation(operation)}"


def _kind(operation: Operation) -> str:
    if isinstance(operation, Leave):
        return f"leave {operation.side.value}: {operation.state.value.replace('_', ' ')}"
    return spaced(type(operation).__name__)


def _operation(operation: Operation) -> str:
    if isinstance(operation, Leave):
        return f"leave {operation.side.value}: {visible(operation.reason)}"
    if isinstance(operation, LeavePlaylist):
        return f"leave playlist: {visible(operation.reason)}"
    return f"{spaced(type(operation).__name__)}: {visible(operation.reason)}"


def report_lines(report: Report) -> Iterator[str]:
    """The report: both sums, the cost, every track about which there is something to say, the next step."""
    verb = "Stopped in" if report.stopped else "Synced"
    yield (
        f"{verb} {visible(report.playlist)!r}: {report.entries} entries, {report.listed} tracks, "
        f"in {report.traffic.seconds:.1f} s"
    )
    yield f"Rows:  {_sum(report.listed, report.rows)}  ({visible(report.catalog)})"
    yield f"Files: {_sum(report.listed, report.files)}  ({visible(report.library)})"
    if report.moved:
        yield f"Moved: {report.moved} files to the places that they have now"
    yield (
        f"Cost:  {report.traffic.soundcloud_requests} requests to SoundCloud, "
        f"{report.traffic.notion_requests} to Notion, {_bytes(report.traffic.media_bytes)} of audio{_rate(report)}"
    )
    if report.playlist_file:
        yield f"Playlist file: {visible(report.playlist_file)}"
    for note in report.notes:
        yield f"Note: {visible(note)}"
    if report.unfinished:
        yield f"{len(report.unfinished)} tracks to know about:"
    for track in report.unfinished:
        yield from _track_lines(track)
    yield from _departure_lines(report)
    yield f"Next: {visible(report.next_step)}"


def _departure_lines(report: Report) -> Iterator[str]:
    if report.departures:
        unlinked = sum(departure.unlinked for departure in report.departures)
        moved = sum(bool(departure.moved_to) for departure in report.departures)
        kept = f"rows stay, {moved} files are in quarantine (cloudcrate restore)" if moved else "rows and files stay"
        yield f"Left the playlist: {len(report.departures)} tracks, {unlinked} of them unlinked; {kept}."
    for departure in report.departures:
        if not departure.unlinked:
            yield f" left  {visible(departure.title) or 'track'} [{departure.track_id}]: {visible(departure.reason)}"
    if report.page_trouble:
        yield f"The playlist's page could not be written: {visible(report.page_trouble)}"


def _track_lines(track: TrackResult) -> Iterator[str]:
    name = visible(track.title) or f"track {track.track_id}"
    state = track.row.value if track.row in (RowState.FAILED, RowState.REVIEW) else track.file.value
    yield f"{track.position:>5}  {name} [{track.track_id}]: {state.replace('_', ' ')}: {visible(track.reason)}"
    if track.hint:
        yield f"         {visible(track.hint)}"


def _sum(total: int, parts: Mapping[str, int]) -> str:
    return f"{total} = " + " + ".join(f"{count} {name.replace('_', ' ')}" for name, count in parts.items())


def _rate(report: Report) -> str:
    """How fast the audio came, over the whole run; nothing when none did."""
    traffic = report.traffic
    return (
        f", {_bytes(round(traffic.media_bytes / traffic.seconds))}/s" if traffic.media_bytes and traffic.seconds else ""
    )


def _bytes(count: int) -> str:
    return f"{count / 1_000_000:.1f} MB" if count >= 100_000 else f"{count / 1000:.1f} kB"


def status_lines(status: Status) -> Iterator[str]:
    """The playlists that are kept, and the last runs."""
    if not status.playlists:
        yield "No playlist yet. Begin with: cloudcrate sync https://soundcloud.com/artist/sets/name"
    for known in status.playlists:
        synced = "not synced to its end yet" if known.synced_at is None else f"synced {when(known.synced_at)}"
        yield f"{visible(known.name or known.title)}: {known.tracks} tracks, {synced}"
        yield f"    {visible(known.url)}"
    if any(item.at is not None for item in status.upcoming):
        yield "Next, while `cloudcrate watch` runs:"
        yield from map(_upcoming_line, status.upcoming)
    going = status.going.run.run_id if status.going is not None else ""
    if status.going is not None:
        yield from going_lines(status.going)
    if status.runs:
        yield from run_lines([run for run in status.runs if run.id != going])


def run_lines(runs: Sequence[RunRecord]) -> Iterator[str]:
    """A line per run."""
    if not runs:
        yield "No run yet."
    for run in runs:
        if run.report is None:
            yield f"Run {when(run.started_at)}: going on, or broke off: the same command goes on with it"
            continue
        report = codec.loads(Report, run.report)
        yield f"Run {when(run.started_at)}: {visible(report.playlist)}: {_done(report)}"


def _done(report: Report) -> str:
    made, got = report.rows[RowState.CREATED.value], report.files["downloaded"]
    return f"{report.listed} tracks, {made} rows created, {got} files downloaded, {report.failed} not finished"


def upcoming_lines(upcoming: Sequence[Upcoming], strangers: Sequence[str]) -> Iterator[str]:
    """When each playlist is synced next, in local time, and the names in the settings that fit none."""
    if not upcoming:
        yield "No playlist yet. Begin with: cloudcrate sync https://soundcloud.com/artist/sets/name"
    for item in upcoming:
        yield _upcoming_line(item)
        if item.trouble:
            yield f"    the last try: {visible(item.trouble)}"
    for name in strangers:
        yield f"Note: [watch.playlists] {visible(name)!r} is the name of no playlist that is kept."


def _upcoming_line(item: Upcoming) -> str:
    name = visible(item.playlist.name or item.playlist.title)
    return f"  {'never' if item.at is None else locally(item.at)}  {name} ({item.schedule})"


def tried_lines(tried: Tried) -> Iterator[str]:
    """What became of a playlist whose time had come."""
    name = visible(tried.playlist.name or tried.playlist.title)
    if tried.ended is not None:
        yield f"{name}: {_done(tried.ended.report)}; {tried.ended.report.traffic.soundcloud_requests} requests"
    if tried.error is not None:
        yield f"{name}: {visible(tried.error.message)}"
        if tried.error.hint:
            yield f"    {visible(tried.error.hint)}"
    elif tried.exit_code:
        yield "    `cloudcrate problems` lists what is left."


def locally(seconds: float) -> str:
    """A moment as the clock on the wall shows it."""
    return datetime.fromtimestamp(seconds, UTC).astimezone().strftime("%a %Y-%m-%d %H:%M %z")


def why_lines(why: Why) -> Iterator[str]:
    """What is known about one track."""
    yield f"{visible(why.title) or 'Track'} [{why.track_id}]"
    if why.url:
        yield f"    {visible(why.url)}"
    for event in why.events:
        operation, outcome = codec.tagged(event.operation), codec.tagged(event.outcome)
        name = spaced(str(operation.get("is", "")))
        side = f" {operation['side']}" if "side" in operation else ""
        ended = spaced(str(outcome.get("is", "")))
        words = outcome.get("message") or outcome.get("reason") or outcome.get("note") or ""
        yield f"{when(event.at)}  {name}{side}: {visible(str(operation.get('reason', '')))}"
        if ended != "done" or words:
            yield f"    {ended}: {visible(str(words))}"


def question_lines(questions: Sequence[Question]) -> Iterator[str]:
    """Each question from both sides, with its rows numbered."""
    if not questions:
        yield "Nothing is under review."
    for question in questions:
        review, track = question.review, question.track
        name = f"{visible(track.artist)} - {visible(track.title)}" if track else "Track"
        yield f"{name} [{review.track_id}]{_length(track.seconds if track else None)}"
        if track:
            yield f"    {visible(track.url)}"
        yield f"    {visible(review.reason)} (since {when(review.since)})"
        for number, page in question.numbered:
            owned = ", known as its row" if page.id == question.owned else ""
            yield f"  {number}) {_row_words(page)}{owned}"
            yield f"       {_row_place(page)}"
        if not question.pages:
            yield "    None of its rows is there any more: the next sync decides anew."
        if question.decision is not None:
            yield f"    decided: {question.decision.choice.value}, at the next sync"


def merge_lines(merge: Merge) -> Iterator[str]:
    """What merging rows would do."""
    yield f"Row {merge.keep} stays. It gets: {_cells(merge.fill) or 'nothing, it has it all'}."
    for page_id in merge.trash:
        yield f"Row {page_id} goes to the trash, with its page and with columns that cloudcrate does not know."
        other = {field: value for where, field, value in merge.conflicts if where == page_id}
        if other:
            yield f"    It says otherwise, and that is not kept: {_cells(other)}"


def _row_words(page: Page) -> str:
    said = [str(page.cells.get(name, "")) for name in (Field.ARTIST, Field.TITLE)]
    number = page.cells.get(Field.SOUNDCLOUD_ID)
    seconds = page.cells.get(Field.DURATION)
    words = " - ".join(visible(part) for part in said if part) or "a row without a title"
    known = f" [{visible(str(number))}]" if number is not None else ""
    return words + known + _length(seconds if isinstance(seconds, (int, float)) else None)


def _row_place(page: Page) -> str:
    link = page.cells.get(Field.URL)
    where = f"https://www.notion.so/{page.id.replace('-', '')}" if len(page.id) == 36 else f"row {page.id}"
    return f"{where}{', ' + visible(str(link)) if link else ', no link'}"


def _cells(cells: Cells) -> str:
    return ", ".join(f"{field.value} = {visible(_value(value))}" for field, value in cells.items())


def _value(value: CellValue) -> str:
    return "; ".join(value) if isinstance(value, tuple) else str(value)


def _length(seconds: float | None) -> str:
    return f", {int(seconds) // 60}:{int(seconds) % 60:02}" if seconds else ", length unknown"


def check_lines(checks: Sequence[Check]) -> Iterator[str]:
    """One line per check, and what to do about what is wrong."""
    for check in checks:
        yield f"{check.state:<5} {visible(check.name)}: {visible(check.message)}"
        if check.hint:
            yield f"      {visible(check.hint)}"


def when(seconds: float) -> str:
    """A moment, for people."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M UTC")
