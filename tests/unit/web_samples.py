"""What ``Service`` and ``Desk`` may say, typical or with a hostile text in it, for the pages of the dashboard."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from cloudcrate.app.desk import JobState, JobView, Planned, TrackLine
from cloudcrate.app.gather import Order
from cloudcrate.app.overview import Overview, Standing, TrackView
from cloudcrate.app.problems import Problem
from cloudcrate.app.review import Question
from cloudcrate.app.service import Check, Why
from cloudcrate.core import codec, text
from cloudcrate.core.ending import Trouble
from cloudcrate.core.link import parse_link
from cloudcrate.core.model import (
    Availability,
    Candidate,
    CellValue,
    Choice,
    Decision,
    Field,
    KnownPlaylist,
    OpenReview,
    Origin,
    Page,
    PageId,
    PlaylistId,
    Track,
    TrackId,
)
from cloudcrate.core.operations import (
    CreatePage,
    Download,
    EnsurePlaylistPage,
    Leave,
    Plan,
    RecordFile,
    Review,
    Side,
    State,
    Unit,
    WritePlaylistFile,
)
from cloudcrate.core.report import (
    Departure,
    Done,
    Failed,
    FileState,
    Report,
    RowState,
    Skipped,
    TrackResult,
    Traffic,
)
from cloudcrate.errors import AmbiguousError
from cloudcrate.ports.ledger import RunRecord, Scope, TrackEvent
from cloudcrate.ports.running import BudgetState

NOW = 1_795_000_000.0
URL = "https://soundcloud.com/lo-collective/sets/winter-selection"
ARTWORK = "https://i1.sndcdn.com/artworks-000000000001-abcdef-large.jpg"
PLAYLIST = PlaylistId("playlists:136000376")
SCOPE = Scope(catalog="local:catalog.sqlite3", library="library")

HOSTILE = (
    '<img src=x onerror="alert(1)">',
    "<script>alert(1)</script>",
    "\"'><svg/onload=alert(1)>",
    "{{ 7*7 }}{% raw %}${7*7}",
    "javascript:alert(1)",
    "\u202egnp.exe\u0000\x1b[2J",
    "</textarea></title></style><b>",
    "&lt;b&gt; &amp; already",
    "a" * 300,
    "",
)

TITLES = ("Nightbus", "Halflight (Dub)", "Quiet Rooms", "Sleet", "Kerb", "Long Way Round feat. Ada", "北へ", "Dusk IV")
ARTISTS = ("Mira Sól", "Lo Collective", "Tobe & The Tide", "Ada Venn", "Kip", "Örn")
WHY = {
    Standing.FAILED: ("the audio that came was cut off", "It is tried again by the next sync."),
    Standing.UNOBTAINABLE: ("only a 30-second preview is offered to this account", "Sign in: cloudcrate login"),
    Standing.REVIEW: ("2 rows have this title and artist", ""),
}
ORDER = (Standing.ALREADY, Standing.SYNCED, Standing.ALREADY, Standing.UNOBTAINABLE, Standing.ALREADY, Standing.FAILED)


def playlist(title: str = "Winter selection", owner: str = "Lo Collective") -> KnownPlaylist:
    return KnownPlaylist(
        url=URL,
        title=title,
        owner=owner,
        id=PLAYLIST,
        tracks=48,
        file=f"{title}.m3u8",
        synced_at=NOW - 7200,
        artwork_url=ARTWORK,
    )


def result(number: int, title: str, row: RowState, file: FileState, reason: str = "", hint: str = "") -> TrackResult:
    return TrackResult(
        track_id=TrackId(number),
        position=number,
        title=title,
        row=row,
        file=file,
        path=f"{title}.mp3" if file in (FileState.DOWNLOADED, FileState.PRESENT) else "",
        availability=None,
        reason=reason,
        hint=hint,
    )


def report(name: str = "Winter selection", title: str = "Sleet", *, stopped: bool = False) -> Report:
    tracks = (
        *(result(n, f"Track {n}", RowState.CREATED, FileState.DOWNLOADED) for n in range(1, 13)),
        *(result(n, f"Track {n}", RowState.UNCHANGED, FileState.PRESENT) for n in range(13, 45)),
        result(45, title, RowState.CREATED, FileState.UNOBTAINABLE, *WHY[Standing.UNOBTAINABLE]),
        result(46, title, RowState.CREATED, FileState.FAILED, f"{title} was cut off", "Run the same command again."),
        result(47, title, RowState.REVIEW, FileState.PENDING, "2 rows have this title and artist", ""),
        result(48, title, RowState.NO_METADATA, FileState.UNOBTAINABLE, "gone from SoundCloud", ""),
    )
    rows, files = Counter(t.row for t in tracks), Counter(t.file for t in tracks)
    left = Departure(track_id=TrackId(90), title=title, unlinked=False, reason="its row is locked", hint="Unlock it.")
    return Report(
        playlist=name,
        url=URL,
        catalog="Music Tracks",
        library="/music/library",
        entries=49,
        listed=48,
        rows={state.value: rows[state] for state in RowState},
        files={state.value: files[state] for state in FileState},
        tracks=tracks,
        departures=(left,),
        playlist_file=f"{name}.m3u8",
        notes=(f"12 of the files fetched: {title}",),
        traffic=Traffic(seconds=132.4, soundcloud_requests=27, notion_requests=31, media_bytes=98_400_000),
        stopped=stopped,
        next_step="Run the same command again: only what failed is tried.",
    )


def run(number: int = 1, told: Report | None = None) -> RunRecord:
    return RunRecord(
        id=f"run-{number}",
        playlist_id=PLAYLIST,
        scope=SCOPE,
        started_at=NOW - 7300 * number,
        ended_at=NOW - 7300 * number + 132.4 if told else None,
        report=codec.dumps(told) if told else None,
    )


def overview(title: str = "Winter selection", owner: str = "Lo Collective") -> Overview:
    told = report(title)
    return Overview(
        playlist=playlist(title, owner),
        listed=48,
        standing={Standing.SYNCED: 12, Standing.ALREADY: 32, Standing.UNOBTAINABLE: 2, Standing.FAILED: 2},
        last=run(1, told),
        report=told,
        schedule="every 6h",
        next_at=NOW + 4 * 3600,
    )


def overviews() -> tuple[Overview, ...]:
    never = KnownPlaylist(url="https://soundcloud.com/kip/sets/warehouse", title="", name="Warehouse", artwork_url=None)
    partly = KnownPlaylist(url=URL + "-2", title="Radio hour 212", owner="Ada Venn", id=PlaylistId("playlists:2"))
    return (
        overview(),
        Overview(playlist=never, listed=0, standing={}),
        Overview(
            playlist=partly,
            listed=500,
            standing={Standing.ALREADY: 481, Standing.PENDING: 17, Standing.REVIEW: 1, Standing.UNOBTAINABLE: 1},
            last=run(2),
            schedule="every day at 06:00",
            next_at=NOW - 60,
        ),
    )


def track_views(count: int, titles: Sequence[str] = TITLES, artists: Sequence[str] = ARTISTS) -> tuple[TrackView, ...]:
    found = []
    for number in range(count):
        standing = ORDER[number % len(ORDER)] if number != 7 else Standing.REVIEW
        reason, hint = WHY.get(standing, ("", ""))
        title = titles[number % len(titles)]
        there = standing in (Standing.ALREADY, Standing.SYNCED)
        found.append(
            TrackView(
                track_id=TrackId(1000 + number),
                position=number + 1,
                title=title,
                artist=artists[number % len(artists)],
                url=f"https://soundcloud.com/a/{number}" if titles is TITLES else title,
                artwork_url=ARTWORK if number % 3 else "",
                seconds=187.2 + 11 * (number % 17),
                availability=Availability.FULL if there else Availability.PREVIEW,
                standing=standing,
                row=True,
                path=f"{title}.mp3" if there else "",
                format="aiff" if number == 2 else "mp3" if there else "",
                reason=reason if titles is TITLES else title,
                hint=hint,
            )
        )
    return tuple(found)


def planned(titles: Sequence[str] = TITLES, *, changing: bool = True) -> Planned:
    make = CreatePage(cells={}, reason="no row of the table is this track's")
    fetch = Download(stem="x", presets=("mp3_1_0",), reason="it is not in the library")
    tell = RecordFile(fields=(Field.DOWNLOADED,), reason="the row says where the file is")
    ask = Review(page_ids=(PageId("1"), PageId("2")), reason="2 rows have this title and artist")
    lack = Leave(side=Side.FILE, state=State.UNOBTAINABLE, reason=WHY[Standing.UNOBTAINABLE][0], hint="Sign in.")
    same = Leave(side=Side.ROW, state=State.UNCHANGED, reason="its row holds all it should")
    made = ((make, fetch, tell), (same,), (same, lack), (same,), (ask, fetch))
    shapes = made if changing else ((same,), (same, lack))
    units = tuple(
        Unit(track_id=TrackId(n), title=title, position=n, operations=shapes[n % len(shapes)])
        for n, title in enumerate(titles, 1)
    )
    link = parse_link(URL)
    assert link is not None
    return Planned(
        id="9f0c22a1d4e57b36",
        order=Order(link=link),
        plan=Plan(
            playlist_id=PLAYLIST,
            name=titles[0] if titles is not TITLES else "Winter selection",
            url=URL,
            catalog="Music Tracks",
            entries=len(units) + 1,
            opening=(EnsurePlaylistPage(name="x", reason="rows link to it"),) if changing else (),
            units=units,
            departures=(),
            closing=(WritePlaylistFile(path="x.m3u8", reason="it lists every file in order"),) if changing else (),
            notes=("The column Genre is missing.",),
            basis="0123456789abcdef",
        ),
        understood="sync the playlist and download its tracks",
        made_at=0.0,
    )


def lines(titles: Sequence[str] = TITLES) -> tuple[TrackLine, ...]:
    said = ("downloaded", "row made", "", "the audio that came was cut off")
    return tuple(
        TrackLine(
            track_id=TrackId(2000 + number),
            title=title,
            position=number,
            done=(3, 1, 0, 2)[number % 4],
            total=3,
            failed=number % 4 == 3,
            said=said[number % 4] if titles is TITLES else title,
            version=number,
        )
        for number, title in enumerate(titles)
    )


def job(
    state: JobState = JobState.RUNNING, *, title: str = "Winter selection", error: Trouble | None = None
) -> JobView:
    over = state not in (JobState.RUNNING, JobState.WAITING)
    running = state is JobState.RUNNING
    return JobView(
        id="51d0b0a0c0ffee00",
        plan_id="9f0c22a1d4e57b36",
        playlist=title,
        url=URL,
        state=state,
        phase="syncing" if running else "" if over else "reading the playlist",
        total=144 if running or over else 0,
        done=144 if over else 57 if running else 0,
        failed=2 if running or over else 0,
        started_at=NOW - 95,
        ended_at=NOW - 3 if over else None,
        rate=1.8 if running else 0.0,
        seconds_left=48.0 if running else None,
        budgets=(
            BudgetState(name="Notion", spent=131, limit=180, window=60.0, parked_until=NOW + 12),
            BudgetState(name="SoundCloud media", spent=48, limit=600, window=600.0, parked_until=None),
        )
        if not over
        else (),
        report=report(title) if state is JobState.DONE else None,
        error=error,
        version=57,
    )


def found_problems(titles: Sequence[str] = TITLES) -> tuple[Problem, ...]:
    kinds = ("failed", "unobtainable", "review")
    return tuple(
        Problem(
            track_id=TrackId(3000 + number),
            title=title,
            playlists=("Winter selection", "Radio hour 212") if number % 2 else ("Winter selection",),
            side="row" if number % 3 != 1 else "file",
            kind=kinds[number % 3],
            retry="transient",
            reason=WHY[(Standing.FAILED, Standing.UNOBTAINABLE, Standing.REVIEW)[number % 3]][0],
            hint="Sign in: cloudcrate login" if number % 3 == 1 else "",
            since=NOW - 86400 * (number + 1),
            next_check=NOW + 86400 if number % 3 == 1 else None,
        )
        for number, title in enumerate(titles)
    )


def holders(name: str = "Winter selection") -> tuple[tuple[KnownPlaylist, tuple[TrackId, ...]], ...]:
    """Two namesakes that hold the problems' tracks, the second every other one."""
    namesake = replace(playlist(name, "Ada Venn"), id=PlaylistId("playlists:2"), url=URL + "-2")
    numbers = [TrackId(3000 + number) for number in range(8)]
    return ((playlist(name), tuple(numbers)), (namesake, tuple(numbers[1::2])))


def ambiguous(title: str = "Winter selection") -> AmbiguousError:
    offered = (
        Candidate(title=title, owner="Lo Collective", url=URL, origin=Origin.KEPT, tracks=48),
        Candidate(title=title, owner=title, url=URL + "-2", origin=Origin.SOUNDCLOUD),
    )
    return AmbiguousError(f"{title} fits several playlists.", hint="Give its link.", candidates=offered)


def question(title: str = "Sleet", *, gone: bool = False, decided: bool = False) -> Question:
    ids = (PageId("11111111-2222-3333-4444-555555555555"), PageId("42"))
    track = Track(
        id=TrackId(3002),
        title=title,
        artist="Mira Sól",
        uploader="mira",
        url="https://soundcloud.com/mira/sleet",
        duration_ms=224_000,
        availability=Availability.FULL,
    )
    cells: dict[Field, CellValue] = {Field.TITLE: text.clean(title), Field.ARTIST: "Mira Sol", Field.DURATION: 224}
    pages = (
        Page(id=ids[0], cells={**cells, Field.URL: "https://soundcloud.com/mira/sleet", Field.DOWNLOADED: True}),
        Page(id=ids[1], cells={**cells, Field.PLAYLISTS: ("A", title), Field.URL: "javascript:alert(1)"}),
    )
    return Question(
        review=OpenReview(
            track_id=TrackId(3002), page_ids=ids, reason="2 rows have this title and artist", playlist=title, since=NOW
        ),
        track=None if gone else track,
        pages=() if gone else pages,
        owned=None if not decided else ids[0],
        decision=Decision(choice=Choice.NEW, page_ids=ids) if decided else None,
    )


def checks(word: str = "") -> tuple[Check, ...]:
    return (
        Check(name="Python", state="fine", message=f"3.13.5 {word}"),
        Check(name="clock", state="note", message=f"4 s behind SoundCloud's {word}"),
        Check(name="Notion", state="wrong", message=f"The token is not valid. {word}", hint="cloudcrate login notion"),
        Check(name="library", state="fine", message="212 GB free"),
    )


def why(title: str = "Mira Sól - Sleet") -> Why:
    trouble = Failed(code="damaged", message=f"{title} was cut off", hint="", retry="transient")
    ended = (
        ("file", Download(stem="x", presets=(), reason="it is not in the library"), trouble),
        ("file", Leave(side=Side.FILE, state=State.UNOBTAINABLE, reason=title), Skipped(reason="protected")),
        ("row", CreatePage(cells={}, reason="no row of the table is this track's"), Done()),
    )
    return Why(
        track_id=TrackId(3002),
        title=title,
        url="https://soundcloud.com/mira/sleet",
        events=tuple(
            TrackEvent(
                run_id="run-1",
                track_id=TrackId(3002),
                side=side,
                at=NOW - 3600 * number,
                operation=codec.dumps(operation),
                outcome=codec.dumps(outcome),
            )
            for number, (side, operation, outcome) in enumerate(ended, 1)
        ),
    )
