"""With which codes each command can end: what the reference page says, and tests hold against real ends."""

from collections.abc import Mapping

ALWAYS = (0, 1, 2, 130)
"""It is done; something unexpected; the words or the settings cannot be understood; it was asked to stop."""

OPENS = (3, 4, 6, 7, 8)
"""What opens settings and state can meet: a database far away, a token, the disk, damage, somebody else."""

GUARDED = (3, 4, 5, 6, 7, 8)
"""The same, and a guard may say no."""

MORE: Mapping[str, tuple[int, ...]] = {
    **dict.fromkeys(("sync", "plan", "ask", "retry", "watch", "review", "cancel"), GUARDED),
    **dict.fromkeys(("add", "list", "remove", "rename", "runs", "status", "why", "doctor", "problems"), OPENS),
    **dict.fromkeys(("verify", "retag", "restore", "import", "repair", "worker"), OPENS),
    "init": (3, 4, 5, 6),
    "login": (3, 4, 6),
    "logout": (4, 6),
    "config": (),
    "config path": (),
    "config show": (),
    "config check": (),
    "config edit": (6,),
    "web": (3, 4),
    "mcp": (4,),
    "mcp install": (),
    "demo": (3, 6),
    "sandbox": (),
    "completion": (),
}
"""By command, besides those of ``ALWAYS``; what each means stands in docs/exit-codes.md."""


def codes(command: str) -> tuple[int, ...]:
    """The codes that a command can end with, smallest first. Raises: KeyError when nobody has said it."""
    return tuple(sorted((*ALWAYS, *MORE[command])))
