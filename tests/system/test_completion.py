"""``cloudcrate completion``: the scripts, run by the shells that are here, against the installed command."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

INSTALLED = Path(sys.executable).with_name("cloudcrate")
pytestmark = pytest.mark.skipif(not INSTALLED.exists(), reason="the command is not installed beside this Python")


def ran(*words: str, **more: str) -> "subprocess.CompletedProcess[str]":
    """Runs a program that finds the command where it is installed."""
    env = {**os.environ, "PATH": f"{INSTALLED.parent}{os.pathsep}{os.environ['PATH']}", **more}
    return subprocess.run(words, env=env, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        (("cloudcrate", "sync", "--dr"), ["--dry-run"]),
        (("cloudcrate", "compl"), ["completion"]),
        (("cloudcrate", "completion", ""), ["bash", "zsh", "fish"]),
        (("cloudcrate", "config", "e"), ["edit"]),
        (("cloudcrate", "--log-format", "js"), ["json"]),
    ],
)
def test_bash_completes_commands_options_and_choices(typed: tuple[str, ...], offered: list[str]) -> None:
    if shutil.which("bash") is None:
        pytest.skip("there is no bash")
    words = " ".join(f"'{word}'" for word in typed)
    script = (
        'set -eu; eval "$(cloudcrate completion bash)"\n'
        "complete -p cloudcrate > /dev/null\n"
        f"COMP_WORDS=({words}); COMP_CWORD={len(typed) - 1}; COMPREPLY=()\n"
        "_cloudcrate_completion cloudcrate; printf '%s\\n' \"${COMPREPLY[@]}\""
    )
    done = ran("bash", "--norc", "-c", script)
    assert (done.returncode, done.stdout.split()) == (0, offered), done.stderr


@pytest.mark.parametrize(("shell", "form"), [("zsh", "plain\n--dry-run\n"), ("fish", "plain,--dry-run")])
def test_the_other_shells_are_answered_in_their_form(shell: str, form: str) -> None:
    asked = {"zsh": ("cloudcrate sync --dr", "2"), "fish": ("cloudcrate sync --dr", "--dr")}[shell]
    done = ran("cloudcrate", _CLOUDCRATE_COMPLETE=f"{shell}_complete", COMP_WORDS=asked[0], COMP_CWORD=asked[1])
    assert (done.returncode, done.stdout.startswith(form)) == (0, True), done.stdout + done.stderr


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_script_is_all_that_is_printed_and_it_is_one_of_that_shell(shell: str) -> None:
    done = ran("cloudcrate", "completion", shell)
    assert (done.returncode, done.stderr) == (0, "")
    assert f"_CLOUDCRATE_COMPLETE={shell}_complete" in done.stdout
    if (program := shutil.which(shell)) is not None:
        checked = subprocess.run([program, "-n"], input=done.stdout, text=True, timeout=60, check=False)
        assert checked.returncode == 0


def test_a_shell_that_is_not_known_is_refused() -> None:
    done = ran("cloudcrate", "completion", "tcsh")
    assert done.returncode == 2
    assert "'bash', 'zsh', 'fish'" in done.stderr
