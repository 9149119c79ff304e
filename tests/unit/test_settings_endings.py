"""[notify], [handoff] and [webhook]: what may stand there, where it is taken from, and that no secret is repeated."""

from pathlib import Path

import pytest
from pretend_keyring import PretendKeyring

from cloudcrate.errors import CloudcrateError, CredentialsError, UsageError
from cloudcrate.settings import Settings, load
from cloudcrate.settings_endings import Handoff, Notify, Webhook
from cloudcrate.tokens import Secret

SECRET = "0123456789canary"


def loaded(folder: Path, text: str = "", env: dict[str, str] | None = None) -> Settings:
    path = folder / "config.toml"
    path.write_text(text, "utf-8")
    return load({}, {"CLOUDCRATE_CONFIG": str(path)} | (env or {}), folder=folder)


def urls(settings: Settings) -> list[str]:
    return [url.reveal() for url in settings.notify.urls]


def test_all_are_off_by_default(tmp_path: Path) -> None:
    found = loaded(tmp_path)
    assert (found.notify, found.handoff, found.webhook) == (Notify(), Handoff(), Webhook())
    assert (found.notify.urls, found.notify.when, found.handoff.folder, found.webhook.url) == ((), "changes", None, "")


def test_urls_come_from_the_file_a_file_of_their_own_or_the_environment(tmp_path: Path) -> None:
    (tmp_path / "urls").write_text("\ufeff# whom\n\n  ntfys://h/b \njsons://h/c\nntfys://h/b\n", "utf-8")
    (tmp_path / "other").write_text("ntfys://h/z\n", "utf-8")
    both = "[notify]\nurls = ['ntfys://h/a']\nurls_file = 'urls'\nwhen = 'Problems'\n"
    found = loaded(tmp_path, both)
    assert urls(found) == ["ntfys://h/a", "ntfys://h/b", "jsons://h/c"]
    assert found.notify.when == "problems"
    assert urls(loaded(tmp_path, both, {"CLOUDCRATE_NOTIFY_URLS": "ntfys://h/x  jsons://h/y\n"})) == [
        "ntfys://h/x",
        "jsons://h/y",
    ]
    other = {"CLOUDCRATE_NOTIFY_URLS_FILE": str(tmp_path / "other"), "CLOUDCRATE_NOTIFY_WHEN": "always"}
    assert urls(loaded(tmp_path, both, other)) == ["ntfys://h/z"]
    assert loaded(tmp_path, both, other).notify.when == "always"


def test_a_folder_of_the_settings_file_is_relative_to_it(tmp_path: Path) -> None:
    text = "[handoff]\nfolder = 'out'\nname = ' Ada '\nrecipient = 'bob'\n"
    assert loaded(tmp_path, text).handoff == Handoff(folder=tmp_path / "out", name="Ada", recipient="bob")
    home = {"CLOUDCRATE_HANDOFF_FOLDER": "~/out", "CLOUDCRATE_HANDOFF_NAME": "Eve"}
    assert loaded(tmp_path, text, home).handoff == Handoff(folder=Path.home() / "out", name="Eve", recipient="bob")
    env = {"CLOUDCRATE_HANDOFF_FOLDER": "out", "CLOUDCRATE_HANDOFF_RECIPIENT": "eve"}
    assert loaded(tmp_path, text, env).handoff == Handoff(folder=Path.cwd() / "out", name="Ada", recipient="eve")


@pytest.mark.parametrize(
    "url", ["https://h.example/a?b=c", "http://127.0.0.1:8000/x", "http://localhost/", "http://[::1]:9/x"]
)
def test_a_webhook_is_https_or_on_this_machine(tmp_path: Path, url: str) -> None:
    found = loaded(tmp_path, f"[webhook]\nurl = '{url}'\nsecret = '{SECRET}'\n")
    assert (found.webhook.url, found.webhook.secret) == (url, Secret(SECRET))
    assert SECRET not in repr(found)
    assert url not in repr(found)


@pytest.mark.parametrize(
    "url",
    [
        "http://h.example/canary",
        "http://127.0.0.1.h.example/canary",
        "http://10.0.0.1/canary",
        "ftp://h.example/canary",
        "https:///canary",
        "canary",
        "https://ada:canary@h.example/",
        "https://h.example/#canary",
        "https://h.example:canary/",
        "https://[canary/",
        "https://h.example/canary x",
    ],
)
def test_any_other_address_is_refused_and_not_repeated(tmp_path: Path, url: str) -> None:
    for text, env in ((f"[webhook]\nurl = '{url}'\n", {}), ("", {"CLOUDCRATE_WEBHOOK_URL": url})):
        with pytest.raises(UsageError, match=r"(?i)webhook.url") as caught:
            loaded(tmp_path, text, env)
        assert "canary" not in caught.value.message + caught.value.hint


def test_a_webhooks_secret_stands_in_one_place(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text(f"{SECRET}-file\n", "utf-8")
    url = "[webhook]\nurl = 'https://h.example/'\n"

    def secret(text: str, env: dict[str, str] | None = None) -> str:
        found = loaded(tmp_path, url + text, env).webhook.secret
        assert found is not None
        return found.reveal()

    assert secret("secret_file = 'secret'") == f"{SECRET}-file"
    assert secret("secret_file = 'secret'", {"CLOUDCRATE_WEBHOOK_SECRET": SECRET}) == SECRET
    assert secret(f"secret = '{SECRET}'", {"CLOUDCRATE_WEBHOOK_SECRET_FILE": str(tmp_path / "secret")}) == (
        f"{SECRET}-file"
    )
    with pytest.raises(UsageError, match=r"webhook.secret and .*webhook.secret_file both"):
        secret(f"secret = '{SECRET}'\nsecret_file = 'secret'")
    with pytest.raises(UsageError, match="no secret to sign with"):
        secret("")
    assert loaded(tmp_path, f"[webhook]\nsecret = '{SECRET}'\n").webhook == Webhook()


@pytest.mark.parametrize(
    ("text", "words", "kind"),
    [
        ("[notify]\nurls = ['canary']", "Apprise URLs", UsageError),
        ("[notify]\nurls = ['a://\\u0007canary']".replace("'", '"'), "Apprise URLs", UsageError),
        ("[notify]\nurls = [3]", "list of texts", UsageError),
        ("[notify]\nurls = {canary = 1}", "list of texts", UsageError),
        ("[notify]\nurls_file = 'bad'", "Apprise URLs", UsageError),
        ("[notify]\nurls_file = 'binary'", "cannot be read", CredentialsError),
        ("[notify]\nurls_file = 'nowhere'", "cannot be read", CredentialsError),
        ("[notify]\nwhen = 'never'", "Choose one of always, changes, problems", UsageError),
        ("[notify]\nwhn = 'always'", "Did you mean 'when'", UsageError),
        ("[notify]\nurl_file = 'x'", "Did you mean 'urls_file'", UsageError),
        ("notify = 'ntfys://canary'", "should be a table", UsageError),
        ("[handoff]\nfoldr = 'x'", "Did you mean 'folder'", UsageError),
        ("[handoff]\nname = 'a/b'", "part of a file's name", UsageError),
        ("[handoff]\nrecipient = '.x'", "part of a file's name", UsageError),
        ("[handoff]\nrecipient = ''", "part of a file's name", UsageError),
        ("[handoff]\nfolder = 3", "should be a path", UsageError),
        ("[webhook]\nsecrt = 'canary'", "Did you mean 'secret'", UsageError),
        ("[webhook]\nsecret = 'canary'", "16 characters", UsageError),
        ("[webhook]\nsecret = 7", "should be a text", UsageError),
        ("[webhook]\nurl = 'https://h/'\nsecret_file = 'lines'", "one line", UsageError),
        ("[webhook]\nurl = 'https://h/'\nsecret_file = 'nowhere'", "cannot be read", CredentialsError),
    ],
)
def test_what_does_not_fit_is_named_and_no_secret_repeated(
    tmp_path: Path, text: str, words: str, kind: type[CloudcrateError]
) -> None:
    (tmp_path / "bad").write_text("ntfys://h/a\ncanary\n", "utf-8")
    (tmp_path / "binary").write_bytes(b"ntfys://canary\xff")
    (tmp_path / "lines").write_text(f"{SECRET}\n{SECRET}\n", "utf-8")
    with pytest.raises(kind) as caught:
        loaded(tmp_path, text)
    said = caught.value.message + caught.value.hint
    assert words in said
    assert caught.value.hint
    assert "canary" not in said


def test_who_is_about_to_replace_a_token_does_without_these_secrets(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text("[notify]\nurls_file = 'nowhere'\n", "utf-8")
    assert load({}, {"CLOUDCRATE_CONFIG": str(path)}, with_tokens=False).notify == Notify()


RING = {
    ("cloudcrate", "notify.urls"): "ntfys://h/ring\njsons://h/ring",
    ("cloudcrate", "webhook.url"): "https://ring.example/",
    ("cloudcrate", "webhook.secret"): f"{SECRET}-ring",
}
ASKED = "[notify]\nkeyring = true\n[webhook]\nkeyring = true\n"


def asked(folder: Path, ring: PretendKeyring, text: str) -> Settings:
    path = folder / "config.toml"
    path.write_text(text, "utf-8")
    return load({}, {"CLOUDCRATE_CONFIG": str(path)}, folder=folder, keyring=ring)


def test_the_keyring_gives_what_nothing_else_gives(tmp_path: Path) -> None:
    ring = PretendKeyring(RING)
    found = asked(tmp_path, ring, ASKED)
    assert urls(found) == ["ntfys://h/ring", "jsons://h/ring"]
    assert found.webhook == Webhook(url="https://ring.example/", secret=Secret(f"{SECRET}-ring"))
    both = f"[notify]\nkeyring = true\nurls = ['ntfys://h/a']\n[webhook]\nkeyring = true\nsecret = '{SECRET}'\n"
    found = asked(tmp_path, ring, both)
    assert (urls(found), found.webhook.secret) == (["ntfys://h/a"], Secret(SECRET))
    opened = ring.opened
    off = asked(tmp_path, ring, ASKED.replace("true", "false"))
    assert (off.notify, off.webhook, ring.opened) == (Notify(), Webhook(), opened)


@pytest.mark.parametrize(
    ("ring", "words", "kind"),
    [
        (PretendKeyring(), "holds no notify.urls", CredentialsError),
        (PretendKeyring(RING, locked=True), "does not open", CredentialsError),
        (PretendKeyring({**RING, ("cloudcrate", "notify.urls"): "canary"}), "keyring: notify.urls", UsageError),
        (PretendKeyring({**RING, ("cloudcrate", "webhook.url"): "canary"}), "keyring: webhook.url", UsageError),
        (PretendKeyring({**RING, ("cloudcrate", "webhook.secret"): "canary"}), "16 characters", UsageError),
    ],
)
def test_a_keyring_without_what_it_should_hold_is_said(
    tmp_path: Path, ring: PretendKeyring, words: str, kind: type[CloudcrateError]
) -> None:
    with pytest.raises(kind, match=words) as caught:
        asked(tmp_path, ring, ASKED)
    assert "canary" not in caught.value.message + caught.value.hint
