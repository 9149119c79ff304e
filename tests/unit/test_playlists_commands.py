"""``list``, ``remove``, ``rename`` and standing orders, over playlists that the settings name: nobody is asked."""

import json
import tomllib
from pathlib import Path
from typing import Any  # Any: TOML and JSON

import pytest
from click.testing import CliRunner, Result

from cloudcrate.cli.main import cli
from cloudcrate.errors import UsageError

BUS, MIX = "https://soundcloud.com/ada/sets/bus", "https://soundcloud.com/eve/sets/mix"
TWO = f'# mine\n[playlists]\n"Bus" = "{BUS}" # the bus\n"Mix" = "{MIX}"\n'


class Shelf:
    """A user's settings file."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "config.toml"
        self._env = {
            "CLOUDCRATE_CONFIG": str(self.file),
            "CLOUDCRATE_STATE": str(folder / "state"),
            "CLOUDCRATE_LIBRARY": str(folder / "library"),
            "TRACKS_DB_ID": None,
        }

    def run(self, *words: str) -> Result:
        return CliRunner().invoke(cli, words, env=self._env)

    def fine(self, *words: str) -> str:
        ran = self.run(*words)
        assert ran.exit_code == 0, (ran.output, ran.exception)
        return ran.stdout

    def refused(self, *words: str) -> UsageError:
        before = self.file.read_bytes()
        ran = self.run(*words)
        assert isinstance(ran.exception, UsageError), (ran.output, ran.exception)
        assert self.file.read_bytes() == before
        return ran.exception

    @property
    def said(self) -> dict[str, Any]:  # Any: TOML
        """What the settings file says."""
        return tomllib.loads(self.file.read_text("utf-8"))

    def schedules(self) -> dict[str, str]:
        """By name: when each playlist is synced."""
        listed = json.loads(self.fine("list", "--json"))["playlists"]
        return {item["playlist"]["name"]: item["schedule"] for item in listed}


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    found = Shelf(tmp_path)
    found.file.write_text(TWO, "utf-8")
    return found


def test_a_new_name_stands_for_the_old_one_and_all_else_stays(shelf: Shelf) -> None:
    assert shelf.fine("rename", "bus", "  Night \u202e Bus ") == "“Bus” is “Night Bus” now.\n"
    assert shelf.said == {"playlists": {"Mix": MIX, "Night Bus": BUS}}
    assert shelf.file.read_text("utf-8").startswith("# mine\n[playlists]\n")
    again = json.loads(shelf.fine("rename", BUS, "BUS", "--json"))
    assert again["renamed"] == {"from": "Night Bus", "name": "BUS", "url": BUS}
    assert shelf.said == {"playlists": {"Mix": MIX, "BUS": BUS}}


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("MIX", "is the name of another playlist already"),
        ("\u200b", "something that can be read"),
        (MIX, "is a link, which is no name"),
        ("soundcloud.com/a/sets/b", "is a link, which is no name"),
    ],
)
def test_a_name_by_which_a_playlist_could_not_be_said_is_refused(shelf: Shelf, name: str, words: str) -> None:
    error = shelf.refused("rename", "Bus", name)
    assert words in error.message
    assert error.hint


def test_what_is_not_kept_can_be_neither_renamed_nor_removed(shelf: Shelf) -> None:
    for words in (("rename", "Tram", "x"), ("remove", "Tram"), ("remove", "https://soundcloud.com/ada/sets/tram")):
        assert shelf.refused(*words).hint


@pytest.mark.parametrize("key", ["Bus", "bus", BUS, f"{BUS}/"])
def test_a_schedule_goes_with_its_playlist_however_it_is_written(shelf: Shelf, key: str) -> None:
    shelf.file.write_text(f'{TWO}[watch.playlists]\n"{key}" = "0 6 * * 1"\n"Mix" = "never"\n', "utf-8")
    shelf.fine("rename", "Bus", "Tram")
    assert shelf.schedules() == {"Tram": "0 6 * * 1", "Mix": "never"}
    assert len(shelf.said["watch"]["playlists"]) == 2
    shelf.fine("ask", "keep Tram synced every 2 hours")
    assert shelf.schedules() == {"Tram": "every 2h", "Mix": "never"}
    assert len(shelf.said["watch"]["playlists"]) == 2
    shelf.fine("remove", "tram")
    assert shelf.said == {"playlists": {"Mix": MIX}, "watch": {"playlists": {"Mix": "never"}}}


def test_a_playlist_named_twice_is_removed_whole(shelf: Shelf) -> None:
    shelf.file.write_text(f'{TWO}"Again" = "https://m.soundcloud.com/ada/sets/BUS?si=1"\n', "utf-8")
    shelf.fine("remove", "Again")
    assert shelf.said == {"playlists": {"Mix": MIX}}


def test_a_standing_order_for_all_leaves_those_with_their_own(shelf: Shelf) -> None:
    shelf.fine("ask", "keep Mix synced every day")
    said = shelf.fine("ask", "keep everything synced every 90 minutes")
    assert "Every playlist without a schedule of its own is to be synced every 90m" in said
    assert shelf.schedules() == {"Bus": "every 90m", "Mix": "every 24h"}


def test_an_interval_that_no_schedule_takes_is_refused(shelf: Shelf) -> None:
    assert "from a minute to a year" in shelf.refused("ask", "keep Bus synced every 500 days").message


def test_an_order_for_several_is_noted_for_all_or_none(shelf: Shelf) -> None:
    assert shelf.fine("ask", "keep Bus and Mix synced every 3 hours").count("is to be synced every 3h") == 2
    assert shelf.schedules() == {"Bus": "every 3h", "Mix": "every 3h"}
    error = shelf.refused("ask", "keep Bus and https://soundcloud.com/ada/sets/tram synced every 9 hours")
    assert error.hint == "First: cloudcrate add https://soundcloud.com/ada/sets/tram"


def test_a_secret_link_is_not_added_and_nobody_is_asked_about_it(shelf: Shelf) -> None:
    error = shelf.refused("add", "https://soundcloud.com/ada/sets/x/s-aB3cd")
    assert "kept nowhere" in error.message
    assert "aB3cd" not in error.message + error.hint


def test_a_table_on_one_line_is_changed_as_well(shelf: Shelf) -> None:
    shelf.file.write_text(f'playlists = {{Bus = "{BUS}"}}\n', "utf-8")
    shelf.fine("rename", "Bus", "Tram")
    assert shelf.said == {"playlists": {"Tram": BUS}}
    shelf.fine("remove", "Tram")
    assert shelf.said.get("playlists", {}) == {}
    assert "No playlist is kept yet" in shelf.fine("list")
