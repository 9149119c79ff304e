"""The handoff file: whole or not there, never over another one, for its owner alone."""

import errno
import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from endings_made import FAILED, made

from cloudcrate.adapters.heralds import handoff
from cloudcrate.adapters.heralds.handoff import Handoff
from cloudcrate.core.ending import document, text
from cloudcrate.errors import DiskError

NAME = "20261126T084203Z__HANDOFF__studio__agent"


def herald(folder: Path) -> Handoff:
    return Handoff(folder, name="studio", recipient="agent")


def names(folder: Path) -> list[str]:
    return sorted(os.listdir(folder))


def test_the_file_holds_the_ending(tmp_path: Path) -> None:
    herald(tmp_path).tell(made(FAILED))
    assert names(tmp_path) == [f"{NAME}.json"]
    assert (tmp_path / f"{NAME}.json").read_text("ascii") == text(made(FAILED))
    assert json.loads((tmp_path / f"{NAME}.json").read_bytes()) == document(made(FAILED))


@pytest.mark.parametrize("mask", [0o000, 0o777])
def test_only_its_owner_may_read_it_whatever_the_umask(tmp_path: Path, mask: int) -> None:
    before = os.umask(mask)
    try:
        herald(tmp_path).tell(made())
    finally:
        os.umask(before)
    assert (tmp_path / f"{NAME}.json").stat().st_mode & 0o777 == 0o600


def test_one_that_is_there_stays_and_the_next_gets_a_number(tmp_path: Path) -> None:
    (tmp_path / f"{NAME}.json").write_text("mine")
    (tmp_path / f"{NAME}__2.json").symlink_to(tmp_path / "elsewhere")
    herald(tmp_path).tell(made())
    assert (tmp_path / f"{NAME}.json").read_text() == "mine"
    assert names(tmp_path) == [f"{NAME}.json", f"{NAME}__2.json", f"{NAME}__3.json"]
    assert (tmp_path / f"{NAME}__3.json").read_text() == text(made())


def test_a_part_that_somebody_left_is_not_touched(tmp_path: Path) -> None:
    (tmp_path / f".{NAME}.json.part").write_text("left")
    herald(tmp_path).tell(made())
    assert names(tmp_path) == [f".{NAME}.json.part", f"{NAME}__2.json"]
    assert (tmp_path / f".{NAME}.json.part").read_text() == "left"


def test_many_at_once_all_get_their_own(tmp_path: Path) -> None:
    go = threading.Barrier(8)

    def write() -> None:
        go.wait()
        for _ in range(10):
            herald(tmp_path).tell(made())

    threads = [threading.Thread(target=write) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(names(tmp_path)) == 80
    assert {(tmp_path / name).read_text() for name in names(tmp_path)} == {text(made())}


def test_a_folder_is_made_one_level_deep_and_not_more(tmp_path: Path) -> None:
    herald(tmp_path / "new").tell(made())
    assert names(tmp_path / "new") == [f"{NAME}.json"]
    assert (tmp_path / "new").stat().st_mode & 0o777 == 0o700
    with pytest.raises(DiskError, match="ENOENT"):
        herald(tmp_path / "mistyped" / "new").tell(made())
    assert not (tmp_path / "mistyped").exists()


def test_a_file_in_the_folders_place_is_a_stated_error(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("")
    with pytest.raises(DiskError, match="EEXIST"):
        herald(tmp_path / "x").tell(made())


def test_a_full_folder_of_that_name_is_given_up(tmp_path: Path) -> None:
    for number in range(1, handoff.MOST + 1):
        (tmp_path / (f"{NAME}.json" if number == 1 else f"{NAME}__{number}.json")).touch()
    with pytest.raises(DiskError, match="full of files"):
        herald(tmp_path).tell(made())
    assert len(names(tmp_path)) == handoff.MOST


def test_where_files_have_one_name_only_it_is_whole_all_the_same_and_takes_no_place(tmp_path: Path) -> None:
    """As on FAT and some network drives."""

    def refused(part: Path, path: Path) -> None:
        assert part.read_text() == text(made())
        if path.name == f"{NAME}.json":
            path.write_text("of another program")
        raise PermissionError(errno.EPERM, "no second names here")

    Handoff(tmp_path, name="studio", recipient="agent", link=refused).tell(made())
    assert names(tmp_path) == [f"{NAME}.json", f"{NAME}__2.json"]
    assert (tmp_path / f"{NAME}.json").read_text() == "of another program"
    assert (tmp_path / f"{NAME}__2.json").read_text() == text(made())


def test_one_that_appears_at_the_last_moment_stays(tmp_path: Path) -> None:
    def late(part: Path, path: Path) -> None:
        if path.name == f"{NAME}.json":
            path.write_text("of another program")
        os.link(part, path)

    Handoff(tmp_path, name="studio", recipient="agent", link=late).tell(made())
    assert (tmp_path / f"{NAME}.json").read_text() == "of another program"
    assert names(tmp_path) == [f"{NAME}.json", f"{NAME}__2.json"]


FULL = """
import resource, sys
from pathlib import Path
from endings_made import made
from cloudcrate.adapters.heralds.handoff import Handoff
from cloudcrate.errors import DiskError
resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
try:
    Handoff(Path(sys.argv[1]), name="studio", recipient="agent").tell(made())
except DiskError as error:
    print(error.message)
"""


def test_a_disk_that_takes_only_a_part_is_left_empty(tmp_path: Path) -> None:
    command = [sys.executable, "-c", FULL, str(tmp_path)]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent)}
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True, env=environment)
    assert "EFBIG" in done.stdout
    assert names(tmp_path) == []
