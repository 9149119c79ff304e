"""The Notion token in the system's keyring: how it gets there, and when it is asked for."""

from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from pretend_keyring import PretendKeyring

from cloudcrate.cli import signing_in
from cloudcrate.errors import CredentialsError
from cloudcrate.settings import Settings, load
from cloudcrate.tokens import KEYRING, NOTION, KeptInKeyring, Secret


def loaded(folder: Path, keyring: PretendKeyring, text: str, env: dict[str, str] | None = None) -> Settings:
    path = folder / "config.toml"
    path.write_text(text, "utf-8")
    return load({}, {"CLOUDCRATE_CONFIG": str(path)} | (env or {}), keyring=keyring, folder=folder)


ASKED = "notion_token_keyring = true\n"
RING = {("cloudcrate", "notion"): "ntn_ring", ("cloudcrate", "soundcloud"): "2-ring"}


def test_the_keyring_goes_before_the_file_that_init_wrote_and_after_all_else(tmp_path: Path) -> None:
    for name in ("notion-token", "named"):
        (tmp_path / name).write_text(f"ntn_{name}", "utf-8")
    ring = PretendKeyring(RING)

    def taken(text: str, env: dict[str, str] | None = None) -> tuple[str, str]:
        found = loaded(tmp_path, ring, text, env)
        assert found.notion_token is not None
        return found.notion_token.reveal(), found.token_source.rpartition("/")[2]

    assert taken(ASKED) == ("ntn_ring", KEYRING)
    assert taken("", {"CLOUDCRATE_NOTION_TOKEN_KEYRING": "on"}) == ("ntn_ring", KEYRING)
    assert taken("") == ("ntn_notion-token", "notion-token")
    assert taken(ASKED, {"CLOUDCRATE_NOTION_TOKEN_KEYRING": "off"}) == ("ntn_notion-token", "notion-token")
    assert taken(f"{ASKED}notion_token_file = 'named'\n") == ("ntn_named", "named")
    assert taken(ASKED, {"NOTION_TOKEN": "ntn_env"}) == ("ntn_env", "NOTION_TOKEN")
    assert loaded(tmp_path, ring, ASKED).soundcloud_token is None


@pytest.mark.parametrize(
    ("ring", "words"),
    [
        (PretendKeyring(), "holds no Notion token"),
        (PretendKeyring(locked=True), "does not open"),
        (PretendKeyring({("cloudcrate", "notion"): "ntn_ canary"}), "is no Notion token"),
    ],
)
def test_a_keyring_without_a_token_is_said_with_a_remedy(tmp_path: Path, ring: PretendKeyring, words: str) -> None:
    with pytest.raises(CredentialsError, match=words) as caught:
        loaded(tmp_path, ring, ASKED)
    assert caught.value.hint
    assert "canary" not in caught.value.message + caught.value.hint


def test_the_tokens_of_both_services_lie_beside_each_other() -> None:
    ring = PretendKeyring(RING)
    kept = KeptInKeyring(lambda: ring, NOTION)
    kept.keep(Secret("ntn_new"))
    assert (kept.token(), KeptInKeyring(lambda: ring).token()) == (Secret("ntn_new"), Secret("2-ring"))
    assert (kept.forget(), kept.forget()) == (True, False)
    assert ring.kept == {("cloudcrate", "soundcloud"): "2-ring"}


# --- login --notion, logout --notion ------------------------------------------------------------


class Desk:
    """A user in front of a pretended Notion, which knows one token."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "settings" / "config.toml"
        self.kept = self.file.parent / "notion-token"
        self.ring = PretendKeyring({("cloudcrate", "soundcloud"): "2-ring"})
        self.env = {"CLOUDCRATE_CONFIG": str(self.file)}

    def whose(self, settings: Settings, token: Secret) -> str:
        if token != Secret("ntn_good"):
            raise CredentialsError("Notion refuses the token.")
        return "Ada's workspace"

    def login(self, typed: str, *, keyring: bool) -> str:
        @click.command()
        def command() -> None:
            signing_in.sign_in(
                keyring=keyring,
                kind=NOTION,
                on_terminal=False,
                whose=self.whose,
                keyrings=self.ring,
                environment=self.env,
            )

        return self._output(command, typed)

    def logout(self) -> str:
        @click.command()
        def command() -> None:
            signing_in.sign_out(kind=NOTION, keyrings=self.ring, environment=self.env)

        return self._output(command, "")

    def _output(self, command: click.Command, typed: str) -> str:
        result = CliRunner().invoke(command, input=typed)
        if result.exception is not None:
            raise result.exception
        return result.output

    def source(self) -> str:
        """Where a later command takes the token from."""
        return load({}, self.env, may_be_new=True, keyring=self.ring, folder=self.file.parent).token_source


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_the_notion_token_moves_into_the_keyring_and_out_again(desk: Desk) -> None:
    assert f"kept in {desk.kept}" in desk.login("ntn_good\n", keyring=False)
    assert (desk.source(), desk.kept.stat().st_mode & 0o777) == (str(desk.kept), 0o600)
    assert "Signed in to Notion as Ada's workspace." in desk.login("ntn_good\n", keyring=True)
    assert desk.file.read_text("utf-8") == ASKED
    assert (desk.source(), desk.kept.exists()) == (KEYRING, False)
    desk.login("ntn_good\n", keyring=False)
    assert (desk.source(), desk.file.read_text("utf-8")) == (str(desk.kept), "")
    assert desk.ring.kept == {("cloudcrate", "soundcloud"): "2-ring"}


@pytest.mark.parametrize("keyring", [False, True])
def test_signing_out_of_notion_leaves_soundcloud_alone(desk: Desk, keyring: bool) -> None:
    (desk.file.parent).mkdir()
    (desk.file.parent / "soundcloud-token").write_text("2-file", "utf-8")
    desk.login("ntn_good\n", keyring=keyring)
    assert "Signed out" in desk.logout()
    assert (desk.source(), desk.kept.exists()) == ("", False)
    assert desk.ring.kept == {("cloudcrate", "soundcloud"): "2-ring"}
    assert (desk.file.parent / "soundcloud-token").exists()
    assert "No token was kept." in desk.logout()


def test_a_notion_token_that_is_refused_is_not_kept(desk: Desk) -> None:
    for keyring in (False, True):
        with pytest.raises(CredentialsError, match="refuses"):
            desk.login("ntn_bad\n", keyring=keyring)
    assert (desk.source(), desk.file.exists()) == ("", False)
