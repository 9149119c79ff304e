"""Hostile and colliding titles in a real folder, judged by what then lies there."""

from collections import Counter
from pathlib import Path

import pytest
from hostile_names import TEMPLATES, Figures, Placing, run

from cloudcrate.core import naming
from cloudcrate.core.model import StoredFile, Track

TRACKS = 400
ENOUGH = 200
"""Tracks, for what is caught early."""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "alone" / "library"


def kinds(figures: Figures) -> Counter[str]:
    return Counter(kind for kind, _ in figures.wrong)


def only_without_slashes(track: Track) -> str:
    """What a quick script does."""
    return f"{track.artist.replace('/', '')}/{track.title.replace('/', '')}"


def moved_over(root: Path) -> Placing:
    """Gives a file its name without looking whether it is taken."""

    def place(source: Path, file: StoredFile, stem: str) -> StoredFile:
        target = root / f"{stem}.{file.format}"
        target.parent.mkdir(parents=True, exist_ok=True)
        source.replace(target)
        return StoredFile(
            path=f"{stem}.{file.format}", size=file.size, sha256=file.sha256, format=file.format, bitrate=file.bitrate,
            seconds=file.seconds, stem=stem,
        )  # fmt: skip

    return place


@pytest.mark.parametrize("template", TEMPLATES)
def test_hostile_names_stay_inside_and_over_nothing(root: Path, template: str) -> None:
    figures = run(root, TRACKS, template=template)
    assert figures.wrong == []
    assert figures.tracks == TRACKS
    assert figures.foreign > TRACKS / 4
    assert figures.aside > TRACKS / 5


def test_the_same_seed_names_the_same(tmp_path: Path) -> None:
    assert run(tmp_path / "a" / "library", 60, seed=3) == run(tmp_path / "b" / "library", 60, seed=3)


def test_names_that_were_only_stripped_of_slashes_are_caught(root: Path) -> None:
    found = kinds(run(root, ENOUGH, name=only_without_slashes))
    assert found["refused"]
    assert found["not portable"]
    assert found["kept folder"]


def test_a_naive_name_leads_out_and_over_others_where_nothing_looks(root: Path) -> None:
    found = kinds(run(root, ENOUGH, name=only_without_slashes, placing=moved_over))
    assert found["escape"]
    assert found["one name"]
    assert found["too long"]


def test_a_file_that_is_written_over_is_caught(root: Path) -> None:
    found = kinds(run(root, ENOUGH, name=naming.stem, placing=moved_over))
    assert found["overwritten"]
    assert found["shared"]
    assert found["foreign overwritten"]
    assert not found["escape"]
