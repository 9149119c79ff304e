"""Rules about the code that no linter holds."""

import ast
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "cloudcrate"
SOURCES = sorted(PACKAGE.rglob("*.py"))

DOORS = {
    "httpx": ["adapters/http.py", "adapters/http_light.py", "sandbox"],
    "httpcore": ["adapters/http_deadline.py"],
    "mutagen": ["adapters/library"],
    "fsspec": ["adapters/library/objects/s3.py"],
    "yt_dlp": ["adapters/soundcloud_ytdlp.py"],
    "sqlite3": ["adapters/sql", "adapters/checks.py"],
    "psycopg": ["adapters/sql"],
    "imageio_ffmpeg": ["adapters/library", "sandbox"],
    "trustme": ["sandbox"],
    "rich": ["cli"],
    "click": ["cli", "__main__.py"],
    "platformdirs": ["settings.py"],
    "tomlkit": ["settings_file.py"],
    "pathvalidate": ["core/naming.py"],
    "rapidfuzz": ["adapters/likeness.py"],
    "apprise": ["adapters/heralds/apprise.py"],
    "mcp": ["mcp_server"],
    "starlette": ["web"],
    "jinja2": ["web"],
    "uvicorn": ["web"],
    "cronsim": ["core/schedule.py"],
}
HEAVY = [
    "httpx",
    "rich",
    "yt_dlp",
    "mutagen",
    "sqlite3",
    "psycopg",
    "trustme",
    "imageio_ffmpeg",
    "fsspec",
    "rapidfuzz",
    "apprise",
    "mcp",
    "starlette",
    "jinja2",
    "uvicorn",
    "cloudcrate.sandbox",
]


@cache
def _imports(path: Path) -> frozenset[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.split(".")[0])
    return frozenset(found)


@pytest.mark.parametrize("library", DOORS)
def test_a_library_has_one_door(library: str) -> None:
    allowed = [PACKAGE / door for door in DOORS[library]]
    users = [path for path in SOURCES if library in _imports(path)]
    strangers = [p for p in users if not any(p == door or door in p.parents for door in allowed)]
    assert users, f"nothing uses {library}: drop the rule or the dependency"
    assert strangers == []


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_a_file_can_be_read_in_one_sitting(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) <= 400


def test_a_package_file_holds_only_its_docstring() -> None:
    """But for the package's own, which offers the public functions, lazily."""
    for path in set(PACKAGE.rglob("__init__.py")) - {PACKAGE / "__init__.py"}:
        body = ast.parse(path.read_text("utf-8")).body
        assert len(body) == 1, path
        assert isinstance(body[0], ast.Expr), path


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys; sys.argv=['cloudcrate','--help']\n"
        "from cloudcrate.__main__ import main\n"
        "try: main()\n"
        "except SystemExit as e: assert not e.code\n"
        "print('LOADED', *sys.modules)"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    loaded = out.split("LOADED", 1)[1].split()
    assert "Usage:" in out
    assert [name for name in HEAVY if name in loaded] == []


def test_nothing_asks_whether_this_is_a_dry_run() -> None:
    """Preview is the plan; only the command's own option bears the name, and that of the Python functions."""
    for path in SOURCES:
        if "cli" not in path.parts and path.stem not in ("api", "api_values"):
            assert "dry_run" not in path.read_text("utf-8"), path


@pytest.mark.parametrize("forbidden", ["pickle", "shelve", "marshal", "yaml"])
def test_state_is_never_executable(forbidden: str) -> None:
    assert [path for path in SOURCES if forbidden in _imports(path)] == []


def test_no_package_registry_is_named() -> None:
    hosts = ["py" + "pi.org", "python" + "hosted.org", "npm" + "js.org", "deb." + "debian.org"]
    ours = [p for p in ROOT.iterdir() if not p.name.startswith(".")] + [ROOT / ".ci", ROOT / ".importlinter"]
    files = [f for p in ours for f in ([p] if p.is_file() else p.rglob("*")) if f.is_file() and f.suffix != ".pyc"]
    assert len(files) > 100
    for path in files:
        text = path.read_bytes().decode("utf-8", "replace")
        assert [host for host in hosts if host in text] == [], path
