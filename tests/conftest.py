"""What every test may rely on: only loopback is reachable, and a skip has a name."""

import os
import sys
from pathlib import Path

import pytest
from golden_files import Golden
from hypothesis import HealthCheck, settings

ALLOWED_SKIPS = Path(__file__).with_name("allowed_skips.txt")


def _only_loopback(event: str, args: tuple[object, ...]) -> None:
    if event != "socket.connect":
        return
    address = args[1]
    if isinstance(address, tuple) and not str(address[0]).startswith(("127.", "::1", "localhost")):
        raise PermissionError(f"a test reached out to {address!r}; only loopback is allowed")


sys.addaudithook(_only_loopback)

# Machines that run this are shared: how long an example takes says nothing about it.
# Every run draws other examples; a test that needs more of them says so.
settings.register_profile("shared", deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("shared")


@pytest.fixture(scope="session")
def contracts() -> Path:
    """The folder with recordings and samples."""
    folder = os.environ.get("CLOUDCRATE_CONTRACTS")
    if not folder:
        pytest.skip("CLOUDCRATE_CONTRACTS is not set")
    return Path(folder)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """With CLOUDCRATE_STRICT_SKIPS set, a skip whose reason is not allowed fails the run."""
    if not os.environ.get("CLOUDCRATE_STRICT_SKIPS") or os.environ.get("PYTEST_XDIST_WORKER"):
        return
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    allowed = [line for line in ALLOWED_SKIPS.read_text("utf-8").splitlines() if line and line[0] != "#"]
    skipped = [] if reporter is None else reporter.stats.get("skipped", [])
    reasons = {str(r.longrepr[2] if isinstance(r.longrepr, tuple) else r.longrepr) for r in skipped}
    unnamed = {reason for reason in reasons if not any(a in reason for a in allowed)}
    if unnamed and exitstatus == pytest.ExitCode.OK:
        print("\nSkips that tests/allowed_skips.txt does not name:", *sorted(unnamed), sep="\n  ")
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Deals the slow modules out to all workers: pytest-xdist gives each a stretch of the list to begin with."""
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    slow = [item for item in items if "system" in item.path.parts]
    others = [item for item in items if "system" not in item.path.parts]
    modules = list(dict.fromkeys(item.path for item in slow))
    stretch = -(-len(others) // workers)
    items[:] = []
    for worker in range(workers):
        dealt = modules[worker::workers]
        items += [item for item in slow if item.path in dealt]
        items += others[worker * stretch : (worker + 1) * stretch]


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--golden-write`` rewrites the golden texts from what is printed now; read the difference."""
    parser.addoption("--golden-write", action="store_true", help="rewrite tests/golden from what is printed now")


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Golden:
    """The golden texts."""
    return Golden(write=bool(request.config.getoption("--golden-write")))
