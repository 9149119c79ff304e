"""A network that fails in twelve ways: the fault rules of each, and what a run under them must come to."""

import hashlib
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any  # Any: fault rules, scenarios and the command's JSON

from running import URL, Machine, Ran
from tinytag import TinyTag

from cloudcrate.adapters.library import tag
from cloudcrate.adapters.library.ready import NO_PICTURE
from cloudcrate.sandbox.process import Sandbox

Rule = dict[str, Any]  # Any: as above
Entry = Mapping[str, Any]  # Any: as above
Files = Mapping[int, tuple[str, ...]]
"""By track: the digests of the audio files under final names that say they are its."""

WAIT = 3
"""Seconds that a 429 asks for."""

ON_THE_WAY = 1.0
"""Seconds after a 429 in which what arrives may have been sent before the 429 was read, on a busy machine."""

SLACK = 5.0
"""Seconds that an attempt may last beyond its deadline."""

CREATE: Rule = {"host": "api.notion.com", "method": "POST", "path": "^/v1/pages$"}
REST: Rule = {"path": "^(?!/v1/pages$)"}
SETTINGS = {"CLOUDCRATE_JOBS": "32", "CLOUDCRATE_SETTLE_SECONDS": "0.3"}
AGAIN = {**SETTINGS, "CLOUDCRATE_PREFER": "mp3"}
"""Another reference: what a track's file is when its best stream could not be had."""


def _everywhere(*faults: Rule) -> Callable[[float, int], list[Rule]]:
    """Each of the faults as often, ``p`` together, on every host and every request."""
    return lambda p, seed: _shared(p, seed, {}, faults)


def _by_commit(before: Sequence[Rule], after: Sequence[Rule]) -> Callable[[float, int], list[Rule]]:
    """``before`` everywhere; half of the creates that are struck were carried out (``after``)."""

    def rules(p: float, seed: int) -> list[Rule]:
        return _shared(p, seed, CREATE, [*after, *before]) + _shared(p, seed + 50, REST, before)

    return rules


def _shared(p: float, seed: int, where: Rule, faults: Sequence[Rule]) -> list[Rule]:
    """Of several rules the first that strikes counts, so the later ones strike oftener among what is left."""
    share = p / len(faults)
    return [
        {**where, **fault, "p": share / (1 - number * share), "seed": seed + number}
        for number, fault in enumerate(faults)
    ]


def _status(status: int, **more: Any) -> Rule:  # Any: as above
    return {"kind": "status", "status": status, **more}


_GATEWAY = [_status(502), _status(503), _status(504)]
_AFTER = [_status(502, commit=True), {"kind": "committed_503"}, _status(504, commit=True)]

KINDS: Mapping[str, Callable[[float, int], list[Rule]]] = {
    "reset": _by_commit([{"kind": "reset_before"}], [{"kind": "reset_after"}]),
    "refused": _everywhere({"kind": "refuse"}),
    "cut, length": _everywhere({"kind": "cut"}),
    "cut, no length": _everywhere({"kind": "cut_silent"}),
    "gzip cut": _everywhere({"kind": "gzip_cut"}),
    "no answer": _everywhere({"kind": "html"}, {"kind": "garbage"}),
    "429, seconds": _everywhere(_status(429, retry_after=WAIT)),
    "429, date": _everywhere(_status(429, retry_after_date=WAIT)),
    "500": _by_commit([_status(500)], [_status(500, commit=True)]),
    "502-504": _by_commit(_GATEWAY, _AFTER),
    "stall": _everywhere({"kind": "stall"}),
    "drip": _everywhere({"kind": "slow"}),
}
LASTING = ("stall", "drip")
"""Kinds of which each fault costs the deadline of its request: 20 to 65 s."""

AUDIO = "*.media-streaming.soundcloud.cloud"
"""Where the best streams come from."""


def mixed(p: float, seed: int) -> list[Rule]:
    """All kinds at once, ``p`` together. What lasts strikes audio only, and once each."""
    made: list[Rule] = []
    quick = [kind for kind in KINDS if kind not in LASTING]
    for number, kind in enumerate(quick):
        share = p / len(quick)
        made += KINDS[kind](share / (1 - number * share), 1000 * seed + 100 * number)
    lasting = [{"kind": kind, "host": AUDIO, "nth": nth} for kind, nth in (("stall", 5), ("slow", 9))]
    return [*lasting, *made]


def scenario(tracks: int) -> dict[str, Any]:  # Any: as above
    """A playlist of so many short tracks, and budgets that nobody meets."""
    uploads = [{"id": 2_400_000_000 + 7 * n, "user": "ada", "seconds": 11.5 + n % 7 / 10} for n in range(tracks)]
    playlist = {"user": "ada", "slug": "mix", "title": "Ada's mix", "tracks": [upload["id"] for upload in uploads]}
    return {
        "soundcloud": {"tracks": uploads, "playlists": [playlist], "media_per_10_minutes": 1_000_000},
        "notion": {"per_minute": 1_000_000},
    }


@dataclass(frozen=True, kw_only=True)
class Reference:
    """What the command makes of the playlist when nothing fails."""

    requests: int
    seconds: float
    files: Files
    others: Callable[[], Files]  # of the next best stream
    rows: Mapping[int, Any]  # Any: as above


@dataclass(frozen=True, kw_only=True)
class Judged:
    """What came of one run under faults."""

    p: float
    tracks: int
    code: int
    seconds: float
    requests: int
    faults: int
    ratio: float
    early: int  # requests before a Retry-After was over
    beyond: float  # seconds by which the longest exchange was longer than its deadline; negative: it was not
    duplicates: int
    missing: int  # tracks without their row or their file
    unlisted: int  # of these, those for which the report names no reason
    damaged: int  # files or rows that are not what they are when nothing fails, but for pictures that are named missing
    heals: bool  # one more run, without faults, ends with 0 and leaves nothing missing
    said: str = field(repr=False, default="")

    @property
    def most(self) -> float:
        """How many times the requests it may need."""
        return 1.5 / (1 - self.p)

    @property
    def wrong(self) -> tuple[str, ...]:
        """The promises that it broke."""
        unattended = self.p <= 0.2
        return tuple(
            words
            for words, broken in {
                f"{self.ratio:.2f} times the requests": self.ratio > self.most,
                f"{self.early} requests before Retry-After was over": self.early > 0,
                f"an attempt {self.beyond:.1f} s beyond its deadline": self.beyond > SLACK,
                f"{self.duplicates} rows twice": self.duplicates > 0,
                f"{self.missing} missing": unattended and self.missing > 0,
                f"{self.unlisted} missing without a word": self.unlisted > 0,
                f"{self.damaged} not as they should be": self.damaged > 0,
                f"ended with {self.code}": self.code not in ((0,) if unattended else (0, 3)),
                "the next run does not mend it": not self.heals,
                "no fault struck": self.faults == 0,
            }.items()
            if broken
        )


def refer(sandbox: Sandbox, folder: Path) -> Reference:
    """Runs the command without faults, by itself and for the next best stream."""
    machine, ran, log, seconds = _ran(sandbox, folder / "reference", [])
    assert ran.code == 0, ran.err
    rows = {_id(row): _cells(row) for row in sandbox.rows(_source(sandbox))}

    @cache
    def others() -> Files:
        home = folder / "other"
        home.mkdir()
        other = Machine(sandbox=sandbox, home=home, notion=False)
        assert other.run("sync", URL, env=AGAIN, timeout=900).code == 0
        return _files(other)

    return Reference(requests=len(log), seconds=seconds, files=_files(machine), others=others, rows=rows)


def judge(sandbox: Sandbox, folder: Path, reference: Reference, rules: Sequence[Rule], p: float) -> Judged:
    """Runs the command under ``rules`` in a new home and into a new database, and compares."""
    machine, ran, log, seconds = _ran(sandbox, folder, rules)
    told = {t["track_id"]: t for t in ran.data["report"]["tracks"]} if ran.out.startswith("{") else {}
    rows = sandbox.rows(_source(sandbox))
    files = _files(machine)
    counted = Counter(_id(row) for row in rows)
    missing = {t for t in reference.rows if t not in counted or t not in files}
    named = {t for t in missing if t in told and told[t]["reason"]} if told else missing if _error(ran) else set()
    first = [row for row in rows if files.get(_id(row)) == reference.files[_id(row)]]
    wrong_rows = [row for row in first if _id(row) not in missing and _cells(row) != reference.rows[_id(row)]]
    unlike = {t: digests for t, digests in files.items() if digests != reference.files.get(t)}
    wrong_files = [t for t, digests in unlike.items() if digests != reference.others().get(t)]
    bare = _without_picture(machine) & set(wrong_files) if _notes_of_pictures(ran) else set()
    failed = {t for t, told_of in told.items() if "failed" in (told_of["row"], told_of["file"])}
    wrong = len(wrong_files) - min(len(bare), _notes_of_pictures(ran))
    return Judged(
        p=p,
        tracks=len(reference.rows),
        code=ran.code,
        seconds=seconds,
        requests=len(log),
        faults=sum(entry["fault"] is not None for entry in log),
        ratio=len(log) / reference.requests,
        early=early(log),
        beyond=max(map(_beyond, log)),
        duplicates=sum(n - 1 for n in counted.values()),
        missing=len(missing),
        unlisted=len(missing - named),
        damaged=wrong + len([row for row in wrong_rows if _id(row) not in failed]),
        heals=_heals(sandbox, machine, reference),
        said=ran.err[-2000:],
    )


def early(log: Sequence[Entry]) -> int:
    """Requests to a host before the time was over that its 429 had named, without those on their way by then."""
    until: dict[str, list[tuple[float, float]]] = {}
    for entry in log:
        if entry["status"] == 429:
            # As a date the time is cut to whole seconds.
            until.setdefault(entry["host"], []).append((entry["time"] + ON_THE_WAY, int(entry["time"]) + WAIT))
    return sum(any(a < entry["time"] < b for a, b in until.get(entry["host"], ())) for entry in log)


def deadline_of(entry: Entry) -> float:
    """The seconds that an attempt of this kind may last."""
    host, path = entry["host"], entry["path"]
    if host == "api.notion.com":
        return 65.0
    if host.startswith(("api-v2.", "soundcloud.", "a-v2.")):
        return 45.0
    if path.endswith(".m3u8") or host.startswith("i"):
        return 30.0
    return 145.0 if host.startswith("cf-media.") else 60.0


def _beyond(entry: Entry) -> float:
    if entry["status"] is not None and entry["fault"] == "refuse":
        return -deadline_of(entry)
    lasted = entry["seconds"]
    return float("inf") if lasted is None else float(lasted) - deadline_of(entry)


def _ran(sandbox: Sandbox, home: Path, rules: Sequence[Rule]) -> tuple[Machine, Ran, list[Entry], float]:
    home.mkdir(parents=True, exist_ok=True)
    sandbox.databases.insert(0, sandbox.add_database(title=f"Tracks {home.name}"))
    machine = Machine(sandbox=sandbox, home=home)
    sandbox.faults(rules)
    since, began = sandbox.mark(), time.monotonic()
    ran = machine.run("sync", URL, "--json", env=SETTINGS, timeout=3600)
    seconds = time.monotonic() - began
    sandbox.faults([])
    log: list[Entry] = list(sandbox.journal(since))
    return machine, ran, log, seconds


def _heals(sandbox: Sandbox, machine: Machine, reference: Reference) -> bool:
    ran = machine.run("sync", URL, "--json", env=SETTINGS, timeout=900)
    ids = Counter(_id(row) for row in sandbox.rows(_source(sandbox)))
    whole = set(_files(machine)) == set(reference.files)
    return ran.code == 0 and whole and set(ids) == set(reference.rows) and max(ids.values()) == 1


def _source(sandbox: Sandbox) -> str:
    return sandbox.databases[0]["data_source_id"]


def _error(ran: Ran) -> str:
    return next((line for line in ran.err.splitlines() if line.startswith("error: ")), "")


def _id(row: Entry) -> int:
    return int(row["properties"]["SoundCloud ID"])


def _cells(row: Entry) -> Mapping[str, Any]:  # Any: as above
    return {name: cell for name, cell in row["properties"].items() if name != "Added"}


def _files(machine: Machine) -> Files:
    found: dict[int, tuple[str, ...]] = {}
    for path in _audio(machine):
        track_id = tag.read_id(path) or 0
        found[track_id] = (*found.get(track_id, ()), hashlib.sha256(path.read_bytes()).hexdigest())
    return found


def _without_picture(machine: Machine) -> set[int]:
    return {tag.read_id(path) or 0 for path in _audio(machine) if TinyTag.get(path, image=True).images.any is None}


def _notes_of_pictures(ran: Ran) -> int:
    """How many files the report says to have no picture because it could not be had."""
    notes = ran.data["report"]["notes"] if ran.out.startswith("{") else []
    return sum(int(note.split()[0]) for note in notes if note.endswith(NO_PICTURE))


def _audio(machine: Machine) -> Iterator[Path]:
    names = (Path(name) for name in machine.files() if not name.startswith(".cloudcrate/"))
    return (machine.library / name for name in names if name.suffix != ".m3u8")
