"""The sandbox as a process of its own, for tests and demonstrations: start it, steer it, look inside."""

import http.client
import json
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any, cast  # Any: control answers are JSON; cast: Popen's pipes are Optional
from urllib.parse import quote

from cloudcrate.sandbox.environment import environment

_START = 60.0  # seconds until the sandbox must be ready
_END = 10.0  # seconds it gets to end by itself


class Sandbox:
    """A running sandbox. ``facts`` is its ready line; ``pid`` its process."""

    def __init__(self, facts: Mapping[str, Any], pid: int) -> None:  # Any: JSON
        self.pid = pid
        self.env = environment(facts)
        self.token = str(facts["token"])
        self.root_page = str(facts["root_page"])
        self.proxy_url = str(facts["proxy_url"])
        self.notion_url = str(facts["notion_url"])
        self.ca_file = Path(facts["ca_file"])
        self.databases: list[dict[str, str]] = list(facts["databases"])
        self._port = int(facts["notion_port"])

    @property
    def database_id(self) -> str:
        """The first database."""
        return self.databases[0]["database_id"]

    @property
    def data_source_id(self) -> str:
        """The first database's data source."""
        return self.databases[0]["data_source_id"]

    def state(self) -> dict[str, Any]:  # Any: JSON
        """Ports, token, databases, knobs."""
        return self._call("GET", "state")

    def journal(self, since: int = 0) -> list[dict[str, Any]]:  # Any: JSON
        """The request log from index ``since`` on."""
        entries: list[dict[str, Any]] = self._call("GET", f"journal?since={since}")["entries"]  # Any: JSON
        return entries

    def counts(self, since: int | None = None) -> dict[str, Any]:  # Any: JSON
        """Counts over the log, from index ``since`` or else from the mark on."""
        return self._call("GET", "counts" if since is None else f"counts?since={since}")

    def mark(self) -> int:
        """Sets the mark that ``counts()`` starts from."""
        return int(self._call("POST", "mark")["mark"])

    def faults(self, rules: Sequence[Mapping[str, Any]]) -> None:  # Any: JSON
        """Replaces the fault rules."""
        self._call("POST", "faults", list(rules))

    def knobs(self, **knobs: Any) -> dict[str, Any]:  # Any: JSON
        """Turns knobs: notion={…}, soundcloud={…}, latency={…}, bandwidth={…}, connect={…}, advance=seconds."""
        return self._call("POST", "knobs", knobs)

    def rows(self, data_source_id: str | None = None) -> list[dict[str, Any]]:  # Any: JSON
        """All rows of a data source (default: the first database's), behind Notion's back."""
        wanted = quote(data_source_id or self.data_source_id, safe="")
        rows: list[dict[str, Any]] = self._call("GET", f"rows?data_source={wanted}")["rows"]  # Any: JSON
        return rows

    def add_database(self, **wanted: Any) -> dict[str, str]:  # Any: JSON
        """Adds a database (title, properties, shared) and gives its ids."""
        database: dict[str, str] = self._call("POST", "database", wanted)
        return database

    def wait_held(self, timeout: float = 30.0) -> list[dict[str, Any]]:  # Any: JSON
        """Waits until a request is held and gives the held ones.

        Raises:
          TimeoutError: nothing was held in ``timeout`` seconds.
        """
        held: list[dict[str, Any]] = self._call("GET", f"holding?wait={timeout}")["held"]  # Any: JSON
        if not held:
            raise TimeoutError(f"no request was held within {timeout} s")
        return held

    def release(self, *, drop: bool = False, number: int | None = None) -> int:
        """Lets held requests go on, or drops them. Gives how many."""
        return int(self._call("POST", "release", {"drop": drop, "number": number})["released"])

    def _call(self, method: str, name: str, value: Any = None) -> dict[str, Any]:  # Any: JSON
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=90)
        try:
            body = None if value is None else json.dumps(value)
            connection.request(method, f"/__sandbox__/{name}", body)
            response = connection.getresponse()
            answer: dict[str, Any] = json.loads(response.read())  # Any: JSON
        finally:
            connection.close()
        if response.status != 200:
            raise ValueError(f"the sandbox refuses {method} {name}: {answer.get('error')}")
        return answer


@contextmanager
def running_sandbox(
    scenario: Mapping[str, Any] | None = None,  # Any: JSON
    *,
    log: Path | None = None,
    ca: Path | None = None,
) -> Iterator[Sandbox]:
    """Starts a sandbox, yields it, ends it. It also ends when this process dies, however it dies.

    Raises:
      RuntimeError: it did not start; its standard error says why.
    """
    command = [sys.executable, "-m", "cloudcrate.sandbox", "--until-eof", "--scenario", "-"]
    command += ["--log", str(log)] if log else []
    command += ["--ca", str(ca)] if ca else []
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - our own module
        stdin, stdout = cast("IO[str]", process.stdin), cast("IO[str]", process.stdout)  # both are pipes
        watchdog = threading.Timer(_START, process.kill)
        watchdog.start()
        try:
            ready = _start(process, stdin, stdout, scenario or {})
            watchdog.cancel()
            yield Sandbox(ready, process.pid)
        finally:
            watchdog.cancel()
            _end(process, stdin)


def _start(
    process: "subprocess.Popen[str]",
    stdin: IO[str],
    stdout: IO[str],
    scenario: Mapping[str, Any],  # Any: JSON
) -> dict[str, Any]:  # Any: JSON
    with suppress(BrokenPipeError):  # it ended early: the missing ready line says so
        stdin.write(json.dumps(scenario) + "\n")
        stdin.flush()
    line = stdout.readline()
    if not line:
        raise RuntimeError(f"the sandbox did not start (exit code {process.wait(_END)}); see its standard error")
    ready: dict[str, Any] = json.loads(line)  # Any: JSON
    return ready


def _end(process: "subprocess.Popen[str]", stdin: IO[str]) -> None:
    with suppress(BrokenPipeError):  # it is gone already
        stdin.close()
    try:
        process.wait(_END)
    except subprocess.TimeoutExpired:
        process.kill()
