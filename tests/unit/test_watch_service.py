"""What ``watch --install`` leaves out of a service, it says: secrets, and what only this folder knows."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from cloudcrate.cli.main import cli

SECRETS = {
    "CLOUDCRATE_NOTIFY_URLS": "ntfys://canary/one",
    "CLOUDCRATE_WEBHOOK_URL": "https://hooks.example/canary",
    "CLOUDCRATE_WEBHOOK_SECRET": "canary-canary-canary",
    "NOTION_TOKEN": "ntn_canary",
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory, beside the user's home."""
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    return work


def installed(folder: Path, *words: str, kind: str = "systemd", home: str = "home", **env: str) -> tuple[str, str]:
    """The unit, and what is said about it."""
    seen = {"HOME": str(folder.parent / home), "CLOUDCRATE_STATE": str(folder / "state"), **env}
    cleared: dict[str, str | None] = dict.fromkeys((*SECRETS, "TRACKS_DB_ID", "NOTION_API_TOKEN", "CLOUDCRATE_CONFIG"))
    words = ("watch", "--install", "--print", "--kind", kind, *words)
    ran = CliRunner().invoke(cli, words, env=cleared | seen)
    assert ran.exit_code == 0, ran.output
    return ran.stdout, ran.stderr


def test_every_secret_in_the_environment_is_left_out_and_named(folder: Path) -> None:
    unit, said = installed(folder, **SECRETS, CLOUDCRATE_JOBS="2")
    assert "CLOUDCRATE_JOBS=2" in unit
    assert "canary" not in unit + said
    assert (
        "CLOUDCRATE_NOTIFY_URLS may be a secret and is not put into it; let the settings say it: [notify] urls" in said
    )
    assert (
        "CLOUDCRATE_WEBHOOK_SECRET may be a secret and is not put into it; let the settings say it: [webhook] secret"
        in said
    )
    assert "CLOUDCRATE_WEBHOOK_URL may be" in said
    assert "NOTION_TOKEN is not put into it" in said
    assert installed(folder)[1] == ""


def test_what_stands_in_a_dotenv_is_not_seen_by_a_service_and_named(folder: Path) -> None:
    (folder / ".env").write_text("TRACKS_DB_ID=canary\nNOTION_TOKEN=ntn_canary\nPLAYLISTS_DB_ID=\nOTHER=x\n", "utf-8")
    unit, said = installed(folder)
    assert "canary" not in unit + said
    assert said.splitlines() == [
        f"Note: a service does not see TRACKS_DB_ID in {folder / '.env'}; put it into the settings file.",
        f"Note: a service does not see NOTION_TOKEN in {folder / '.env'}; let `cloudcrate init` keep the token.",
    ]
    unit, said = installed(folder, "--database", "mine", NOTION_TOKEN="ntn_canary")
    assert "TRACKS_DB_ID=mine" in unit
    assert "does not see" not in said


@pytest.mark.parametrize(("kind", "noted"), [("systemd", False), ("launchd", True)])
def test_systemd_starts_services_where_the_users_home_is(folder: Path, kind: str, noted: bool) -> None:
    (folder / ".env").write_text("TRACKS_DB_ID=canary\n", "utf-8")
    assert ("does not see" in installed(folder, kind=kind, home="work")[1]) == noted
