"""Runs the command over a scene of corruptions, and judges what it publishes and what it says."""

import hashlib
import re
import time
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any  # Any: the command's JSON

from corruptions import AAC, AGAIN, AGAIN_URL, KINDS, URL, Corruption, Scene, without_stream
from running import Machine
from sandboxes import running_sandbox

from cloudcrate.adapters.library import tag

JOBS = {"CLOUDCRATE_JOBS": "32"}
"""Most of the time is spent in pauses before a transfer is begun again."""

WITHOUT_SHAPE = re.compile(r"Traceback|Policy=|Signature=|internal error")


@dataclass(frozen=True, kw_only=True)
class Judged:
    """How one corruption ended."""

    corruption: Corruption
    struck: int  # requests
    published: bool
    damaged: bool  # published, and not what an undisturbed run publishes
    reason: str

    @property
    def named(self) -> bool:
        """Says whether the report tells what is wrong with the track, in words that fit."""
        words = KINDS[self.corruption.kind].words
        return bool(self.reason and re.search(words, self.reason)) and not WITHOUT_SHAPE.search(self.reason)

    @property
    def wrong(self) -> str:
        """What should be otherwise; nothing when all is well."""
        kind, whole = KINDS[self.corruption.kind], self.corruption.whole
        if not self.struck:
            return "never struck"
        if self.damaged:
            return "" if kind.unseen else "published damaged"
        if self.published:
            return "" if whole or kind.unseen or kind.curable else "published, though no stream of it is whole"
        if whole and not kind.unseen:
            return f"not had whole from another stream: {self.reason}"
        return "" if self.named else f"not named: {self.reason!r}"


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """A run over a scene."""

    code: int
    judged: tuple[Judged, ...]
    wrong: tuple[str, ...]  # about the run as a whole
    faults: Mapping[str, int]
    seconds: float


def published(machine: Machine) -> dict[str, tuple[int | None, str]]:
    """Every audio file under a final name: the track it says it is, and its digest."""
    found = (Path(name) for name in machine.files() if not name.startswith(".cloudcrate/"))
    paths = {p.as_posix(): machine.library / p for p in found if p.suffix != ".m3u8"}
    return {n: (tag.read_id(p), hashlib.sha256(p.read_bytes()).hexdigest()) for n, p in paths.items()}


def damaged(
    files: Mapping[str, tuple[int | None, str]], undisturbed: Mapping[int, Collection[str]]
) -> dict[str, int | None]:
    """The files that are not, byte for byte, what an undisturbed run publishes for their track."""
    return {
        name: track_id
        for name, (track_id, digest) in files.items()
        if track_id is None or digest not in undisturbed.get(track_id, ())
    }


def run(scene: Scene, folder: Path) -> Outcome:
    """Syncs the scene's playlist with its faults, then once more without, and compares."""
    with running_sandbox({**scene.scenario, "faults": scene.rules}) as sandbox:
        machine = Machine(sandbox=sandbox, home=_home(folder, "corrupted"), notion=False)
        began = time.perf_counter()
        ran = machine.run("sync", URL, "--json", env=JOBS, timeout=590)
        seconds = time.perf_counter() - began
        journal, faults = sandbox.journal(), sandbox.counts()["faults"]
        files = published(machine)
        wanted = sorted({track_id for track_id, _ in files.values() if track_id is not None})
        sandbox.knobs(soundcloud={"playlist": {AGAIN: wanted}})
        undisturbed: dict[int, set[str]] = {}
        for name, rules in (("best", []), ("next", without_stream(AAC, [scene.tracks[number] for number in wanted]))):
            sandbox.faults(rules)
            reference = Machine(sandbox=sandbox, home=_home(folder, name), notion=False)
            assert reference.run("sync", AGAIN_URL, "--json", env=JOBS).code == 0
            for track_id, digest in published(reference).values():
                undisturbed.setdefault(track_id or 0, set()).add(digest)
    bad = damaged(files, undisturbed)
    results = {t["track_id"]: t for t in ran.data["report"]["tracks"]}
    struck = _struck(journal)
    judged = tuple(
        Judged(
            corruption=c,
            struck=struck[c.key] + struck[str(c.track_id)],
            published=c.track_id in wanted,
            damaged=c.track_id in bad.values(),
            reason=results[c.track_id]["reason"],
        )
        for c in scene.corruptions
    )
    wrong = tuple(_wrong_in_general(scene, machine, ran.code, files, bad, results))
    return Outcome(code=ran.code, judged=judged, wrong=wrong, faults=faults, seconds=seconds)


def _home(folder: Path, name: str) -> Path:
    home = folder / name
    home.mkdir(parents=True)
    return home


def _struck(journal: Iterable[Mapping[str, Any]]) -> Counter[str]:  # Any: as above
    """Requests that a fault has struck, by the track's name in the path or by its number."""
    struck: Counter[str] = Counter()
    for entry in journal:
        found = re.search(r"(t[0-9a-f]{11})(?=[./])|soundcloud:tracks:([0-9]+)", entry["path"])
        if entry["fault"] and found:
            struck[found[1] or found[2]] += 1
    return struck


def _wrong_in_general(
    scene: Scene,
    machine: Machine,
    code: int,
    files: Mapping[str, tuple[int | None, str]],
    bad: Mapping[str, int | None],
    results: Mapping[int, Mapping[str, Any]],  # Any: as above
) -> Iterable[str]:
    ids = Counter(track_id for track_id, _ in files.values())
    failed = any(t["file"] == "failed" for t in results.values())
    if code != (3 if failed else 0):
        yield f"ended with {code}"
    yield from (f"{name} is nobody's track" for name, track_id in bad.items() if track_id is None)
    yield from (f"track {track_id} is there {n} times" for track_id, n in ids.items() if n > 1)
    yield from (f"healthy track {t} is not published whole" for t in scene.healthy if t not in ids or t in bad.values())
    kept = ".cloudcrate/staging/kept-"  # parts of transfers that broke off, for the next run to go on with
    hidden = [name for name in machine.files() if name.startswith(".cloudcrate/") and not name.startswith(kept)]
    yield from (f"left in staging: {name}" for name in hidden)
    said = {number for number, t in results.items() if t["file"] == "downloaded"}
    yield from (f"track {t} is said to be downloaded and is not there" for t in sorted(said - set(ids)))
