"""One run at a time."""

import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from cloudcrate.adapters.lock import ask_to_stop, hold
from cloudcrate.errors import BusyError, DiskError, RefusedError, StoppedError

PATIENCE = 20.0  # seconds after which a test has failed

HOLDER = """
import sys, threading
from pathlib import Path
from cloudcrate.adapters.lock import hold

sys.argv[0] = "/usr/bin/cloudcrate"
with hold(Path(sys.argv.pop()), wait=False, say=print, stop=threading.Event()):
    print("held", flush=True)
    sys.stdin.readline()
"""


@contextmanager
def another_run(path: Path, *words: str) -> Iterator[subprocess.Popen[str]]:
    """A process that holds the lock until it reads a line."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, *words, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def take(path: Path, said: list[str], *, wait: bool = False, stop: threading.Event | None = None) -> bool:
    """Takes the lock and gives it back."""
    with hold(path, wait=wait, say=said.append, stop=stop or threading.Event()):
        return True


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "lock"


def test_a_free_lock_is_taken_again_and_again_in_silence(path: Path) -> None:
    said: list[str] = []
    assert take(path, said)
    assert take(path, said, wait=True)
    assert said == []
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_who_may_not_wait_is_told_who_holds_it(path: Path) -> None:
    with another_run(path, "sync", "https://soundcloud.com/ada/sets/b/s-SECRET") as other:
        with pytest.raises(BusyError) as caught:
            take(path, [])
        assert f"cloudcrate sync (process {other.pid} on " in caught.value.message
        assert caught.value.exit_code == 8
    assert "SECRET" not in path.read_text()


def test_a_dead_process_holds_nothing(path: Path) -> None:
    with another_run(path) as other:
        other.kill()
        other.wait()
        assert take(path, [])


def test_who_may_wait_says_once_for_whom_and_then_goes_on(path: Path) -> None:
    said: list[str] = []
    with another_run(path, "watch") as other:

        def say(words: str) -> None:
            said.append(words)
            other.kill()

        with hold(path, wait=True, say=say, stop=threading.Event()):
            pass
    assert len(said) == 1
    assert f"cloudcrate watch (process {other.pid}" in said[0]


class Impatient(threading.Event):
    """A user who asks to stop after three looks at the lock."""

    looks = 0

    def wait(self, timeout: float | None = None) -> bool:
        """Lets no time pass."""
        self.looks += 1
        return self.looks == 3


def test_a_long_wait_is_said_once(path: Path) -> None:
    said: list[str] = []
    with another_run(path), pytest.raises(StoppedError):
        take(path, said, wait=True, stop=Impatient())
    assert len(said) == 1


def test_waiting_ends_when_the_user_asks_to_stop(path: Path) -> None:
    stop = threading.Event()
    with another_run(path), pytest.raises(StoppedError), hold(path, wait=True, say=lambda _: stop.set(), stop=stop):
        pass


def test_two_runs_in_one_process_exclude_each_other(path: Path) -> None:
    with hold(path, wait=False, say=print, stop=threading.Event()), pytest.raises(BusyError):
        take(path, [])


def test_an_error_inside_gives_the_lock_back(path: Path) -> None:
    with pytest.raises(KeyError), hold(path, wait=False, say=print, stop=threading.Event()):
        raise KeyError
    assert take(path, [])


@pytest.mark.parametrize("text", ["", "{", "[]", '{"pid": 1}'])
def test_a_holder_that_has_not_signed_yet_is_one_that_has_just_begun(path: Path, text: str) -> None:
    with hold(path, wait=False, say=print, stop=threading.Event()):
        path.write_text(text)
        with pytest.raises(BusyError, match="just begun"):
            take(path, [])


def test_what_is_signed_commands_no_terminal(path: Path) -> None:
    with hold(path, wait=False, say=print, stop=threading.Event()):
        path.write_text('{"pid": 1, "host": "\\u001b[2J", "command": "x\\u202e", "started": "now"}')
        with pytest.raises(BusyError) as caught:
            take(path, [])
    assert caught.value.message.isprintable()


def test_a_folder_that_cannot_be_made_is_a_matter_of_the_disk(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file")
    with pytest.raises(DiskError):
        take(tmp_path / "state" / "lock", [])


def test_the_lock_is_not_inherited_by_programs_that_are_started(path: Path) -> None:
    with hold(path, wait=False, say=print, stop=threading.Event()):
        child = subprocess.Popen(
            [sys.executable, "-c", "print('runs', flush=True); input()"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            close_fds=False,
        )
    assert child.stdout is not None
    assert child.stdout.readline() == b"runs\n"
    assert take(path, [])
    child.communicate(b"\n", timeout=30)


def test_a_run_is_asked_to_stop_as_ctrl_c_does(path: Path) -> None:
    with another_run(path, "sync") as process:
        assert "cloudcrate sync" in ask_to_stop(path)
        assert process.wait(PATIENCE) != 0


def test_where_no_run_is_there_is_none_to_stop(path: Path) -> None:
    assert ask_to_stop(path) == ""
    take(path, [])
    assert ask_to_stop(path) == ""


def test_a_process_that_does_more_than_its_run_is_left_alone(path: Path) -> None:
    with another_run(path, "web") as process:
        with pytest.raises(RefusedError, match="cloudcrate web"):
            ask_to_stop(path)
        assert process.poll() is None
