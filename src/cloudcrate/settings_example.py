"""The settings file that a new user begins with."""

import tomllib
from collections.abc import Iterator

from cloudcrate.settings_keys import Key
from cloudcrate.settings_known import KEYS

_HEADER = """\
# Settings of cloudcrate. A line counts once the "#" in front of it is gone; what is shown is the default or an example.
# `cloudcrate config check` says what is wrong, `cloudcrate config show` what holds.
"""


def new_file() -> str:
    """A settings file that changes nothing, with every key in a comment."""
    ordered = sorted(KEYS, key=lambda key: bool(_table(key)))  # what stands in no table comes first
    lines = [_HEADER]
    for table in dict.fromkeys(map(_table, ordered)):
        lines += [f"[{table}]"] if table else []
        lines += [line for key in ordered if _table(key) == table for line in _commented(key)]
    return "\n".join(lines)


def _table(key: Key) -> str:
    """The table in which a key stands, or which it is."""
    return key.name if key.kind is dict and not key.table else key.table


def _commented(key: Key) -> Iterator[str]:
    yield f"# {key.about.replace('`', '')}"
    name = key.name.rpartition(".")[2]
    if key.kind is not dict:
        yield f"#{name} = {key.example}"
    for entry, value in tomllib.loads(f"it = {key.example}")["it"].items() if key.kind is dict else ():
        dotted = f"{name}." if key.table else ""
        yield f'#{dotted}"{entry}" = "{value}"'
    yield ""
