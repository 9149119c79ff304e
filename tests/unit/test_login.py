"""``cloudcrate login`` and ``logout``: what is asked, what is proved, and where a token is left, or not."""

import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any  # Any: a keyring is a foreign module

import click
import pytest
from click.testing import CliRunner, Result
from pretend_keyring import PretendKeyring

from cloudcrate.cli import signing_in
from cloudcrate.core.text import visible
from cloudcrate.errors import CloudcrateError, CredentialsError, DiskError, UnavailableError, UsageError
from cloudcrate.settings import Settings, load
from cloudcrate.tokens import KEYRING, Secret

GOOD = "2-290123-7-canary"
OTHER = "2-290123-8-sparrow"
OURS = ("SOUNDCLOUD_TOKEN", "SOUNDCLOUD_TOKEN_FILE", "CLOUDCRATE_SOUNDCLOUD_TOKEN_KEYRING")
ADA = "Ada\x1b[2J\u202e"


class Desk:
    """A user's folder in front of a pretended SoundCloud, which knows one token."""

    def __init__(self, folder: Path) -> None:
        self.keyring = PretendKeyring()
        self.keyrings: Any = self.keyring  # Any: what opens the keyring
        self.file = folder / "settings" / "config.toml"
        self.token_file = self.file.parent / "soundcloud-token"
        self.environment = {"CLOUDCRATE_CONFIG": str(self.file), "CLOUDCRATE_STATE": str(folder / "state")}
        self.tried: list[str] = []
        self.fails: Exception | None = None

    def whose(self, settings: Settings, token: Secret) -> str:
        self.tried.append(token.reveal())
        if self.fails is not None:
            raise self.fails
        if token.reveal() not in (GOOD, OTHER):
            raise CredentialsError("SoundCloud refuses the token.")
        return ADA

    def login(
        self, typed: str | bytes, *, keyring: bool = False, on_terminal: bool = False, env: Mapping[str, str] = {}
    ) -> Result:
        """Runs the command; ``typed`` is what comes on standard input."""
        environment = self.environment | dict(env)

        @click.command()
        def command() -> None:
            signing_in.sign_in(
                keyring=keyring,
                on_terminal=on_terminal,
                whose=self.whose,
                keyrings=self.keyrings,
                environment=environment,
            )

        return CliRunner().invoke(command, input=typed, env=dict.fromkeys(OURS) | environment)

    def logout(self, env: Mapping[str, str] = {}) -> Result:
        environment = self.environment | dict(env)

        @click.command()
        def command() -> None:
            signing_in.sign_out(keyrings=self.keyrings, environment=environment)

        return CliRunner().invoke(command)

    def taken(self) -> tuple[str | None, str]:
        """The token that a later command reads, and where from."""
        found = load({}, self.environment, may_be_new=True, keyring=self.keyrings)
        token = found.soundcloud_token
        return (None if token is None else token.reveal()), found.soundcloud_token_source


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def fine(result: Result) -> str:
    assert result.exception is None, (result.exception, result.output)
    assert "canary" not in result.output
    return result.output


def refused(result: Result) -> CloudcrateError:
    assert isinstance(result.exception, CloudcrateError), (result.exception, result.output)
    assert "nary" not in f"{result.exception} {result.exception.hint} {result.output}"
    return result.exception


def test_a_token_on_standard_input_is_proved_and_kept_for_its_owner_alone(desk: Desk) -> None:
    said = fine(desk.login(f"{GOOD}\nmore\n"))
    assert desk.tried == [GOOD]
    assert desk.taken() == (GOOD, str(desk.token_file))
    assert stat.S_IMODE(desk.token_file.stat().st_mode) == 0o600
    assert f"Signed in to SoundCloud as {visible(ADA)}." in said
    assert "\x1b" not in said
    assert str(desk.token_file) in said
    assert not desk.file.exists()
    assert desk.keyring.opened == 0


def test_on_a_terminal_it_says_where_to_find_one_and_does_not_show_what_is_typed(desk: Desk) -> None:
    said = fine(desk.login(f"OAuth {GOOD}\n", on_terminal=True))
    assert "oauth_token" in said
    assert desk.taken()[0] == GOOD


def test_another_token_takes_the_place_of_the_first(desk: Desk) -> None:
    desk.login(GOOD)
    fine(desk.login(OTHER))
    assert desk.taken() == (OTHER, str(desk.token_file))


def test_a_damaged_token_can_be_replaced(desk: Desk) -> None:
    desk.token_file.parent.mkdir(parents=True)
    desk.token_file.write_text("two words", "utf-8")
    with pytest.raises(CredentialsError):
        desk.taken()
    fine(desk.login(GOOD))
    assert desk.taken()[0] == GOOD


@pytest.mark.parametrize(
    ("typed", "error"),
    [
        ("", UsageError),
        ("\n", UsageError),
        ("two canary words\n", CredentialsError),
        ("2-c\u00e4nary\n", CredentialsError),
        (b"\xff\xfecanary\n", CredentialsError),
        ("canary\x1b[1m\n", CredentialsError),
        ("2-0-0-wrongcanary\n", CredentialsError),
    ],
)
def test_what_is_no_token_or_a_refused_one_leaves_nothing_behind(
    desk: Desk, typed: str | bytes, error: type[CloudcrateError]
) -> None:
    assert isinstance(refused(desk.login(typed)), error)
    assert isinstance(refused(desk.login(typed, keyring=True)), error)
    assert not desk.token_file.exists()
    assert desk.keyring.kept == {}
    assert desk.taken() == (None, "")


def test_a_token_that_could_not_be_tried_is_not_kept(desk: Desk) -> None:
    desk.fails = UnavailableError("No answer.")
    assert refused(desk.login(GOOD)) is desk.fails
    assert desk.taken() == (None, "")


def test_where_nothing_can_be_kept_nothing_is_asked_for(desk: Desk) -> None:
    desk.file.parent.parent.joinpath("settings").write_text("in the way", "utf-8")
    assert isinstance(refused(desk.login(GOOD)), DiskError | UsageError)
    assert desk.tried == []


# --- the keyring --------------------------------------------------------------------------------


def test_a_token_can_be_kept_in_the_keyring_and_then_in_no_file(desk: Desk) -> None:
    desk.login(GOOD)
    said = fine(desk.login(OTHER, keyring=True))
    assert KEYRING in said
    assert desk.keyring.kept == {("cloudcrate", "soundcloud"): OTHER}
    assert not desk.token_file.exists()
    assert desk.file.read_text("utf-8") == "soundcloud_token_keyring = true\n"
    assert desk.taken() == (OTHER, KEYRING)


def test_the_settings_file_keeps_all_else(desk: Desk) -> None:
    before = '# mine\njobs = 2 # few\n\n[playlists]\n"Friday" = "https://soundcloud.com/ada/sets/friday"\n'
    desk.file.parent.mkdir(parents=True)
    desk.file.write_text(before, "utf-8")
    fine(desk.login(GOOD, keyring=True))
    assert desk.file.read_text("utf-8") == before.replace("# few\n", "# few\nsoundcloud_token_keyring = true\n")
    fine(desk.logout())
    assert desk.file.read_text("utf-8") == before


def test_a_token_that_moves_to_a_file_leaves_the_keyring(desk: Desk) -> None:
    desk.login(GOOD, keyring=True)
    fine(desk.login(OTHER))
    assert desk.keyring.kept == {}
    assert desk.file.read_text("utf-8") == ""
    assert desk.taken() == (OTHER, str(desk.token_file))


def test_a_keyring_that_does_not_open_is_said_and_nothing_is_kept(desk: Desk) -> None:
    desk.keyring.locked = True
    assert isinstance(refused(desk.login(GOOD, keyring=True)), CredentialsError)
    assert desk.taken() == (None, "")


def test_without_the_package_the_keyring_is_refused_before_anything_is_asked(desk: Desk) -> None:
    desk.keyrings = missing
    assert isinstance(refused(desk.login(GOOD, keyring=True)), UsageError)
    assert desk.tried == []


def test_a_locked_keyring_does_not_stand_in_the_way_of_a_file(desk: Desk) -> None:
    desk.login(GOOD, keyring=True)
    desk.keyring.locked = True
    assert "still in the keyring" in fine(desk.login(OTHER))
    assert desk.taken() == (OTHER, str(desk.token_file))


# --- signing out --------------------------------------------------------------------------------


@pytest.mark.parametrize("keyring", [False, True])
def test_signing_out_forgets_the_token_wherever_it_was_kept(desk: Desk, keyring: bool) -> None:
    desk.login(GOOD, keyring=keyring)
    assert "Signed out" in fine(desk.logout())
    assert not desk.token_file.exists()
    assert desk.keyring.kept == {}
    assert desk.taken() == (None, "")
    assert "No token was kept." in fine(desk.logout())


def test_a_keyring_that_does_not_open_keeps_its_token_until_it_does(desk: Desk) -> None:
    desk.login(GOOD, keyring=True)
    desk.keyring.locked = True
    assert isinstance(refused(desk.logout()), CredentialsError)
    desk.keyring.locked = False
    assert "Signed out" in fine(desk.logout())
    assert desk.keyring.kept == {}


def test_without_the_package_signing_out_mends_the_settings_and_says_what_may_be_left(desk: Desk) -> None:
    desk.login(GOOD, keyring=True)
    desk.keyrings = missing
    assert "may still be in the keyring" in fine(desk.logout())
    assert desk.taken() == (None, "")


@pytest.mark.parametrize("name", ["SOUNDCLOUD_TOKEN", "SOUNDCLOUD_TOKEN_FILE"])
def test_a_token_that_goes_before_the_kept_one_is_named(desk: Desk, tmp_path: Path, name: str) -> None:
    path = tmp_path / "elsewhere"
    path.write_text(OTHER, "utf-8")
    env = {name: OTHER if name == "SOUNDCLOUD_TOKEN" else str(path)}
    source = "SOUNDCLOUD_TOKEN" if name == "SOUNDCLOUD_TOKEN" else str(path)
    for said in (fine(desk.login(GOOD, env=env)), fine(desk.logout(env))):
        assert f"Note: runs take the token from {source}, which goes before." in said
    assert "Note" not in fine(desk.login(GOOD))


def missing() -> object:
    """Stands for a machine without the package."""
    raise UsageError("The package keyring is not installed.")
