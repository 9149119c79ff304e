"""Makes docs/reference/commands.md: every command as its own help describes it."""

import re
from collections.abc import Iterator

import click

from cloudcrate.cli.documents import DOCUMENTS, WITHOUT
from cloudcrate.cli.exits import codes
from cloudcrate.cli.main import cli
from cloudcrate.settings_known import KEYS

INTRODUCTION = """\
# Commands

Made from the code by `docs/generate.py`. Every command says the same with `--help`.
[What each prints with `--json`](json.md) · [exit codes](../exit-codes.md) · [settings](../settings.md)

An option goes before its variable, and both before the settings file.

## cloudcrate

These stand before the command: `cloudcrate --log-format json sync …`
"""

VARIABLE = re.compile(r"\b[A-Z][A-Z0-9]*_[A-Z0-9_]+\b")
HINT = re.compile(r"\s*\[([^\]]*)\]$")
"""What stands in brackets at the end of an option's help: its default, its variable."""

BY_FLAG = {key.flag: key.variables for key in KEYS if key.flag}


def commands_page() -> str:
    """The page."""
    lines = [INTRODUCTION.rstrip("\n"), "", *_options(cli, click.Context(cli, info_name="cloudcrate"))]
    for name, command, context in every_command():
        lines += [f"## {name}", "", *_described(name, command, context)]
    return "\n".join(lines).rstrip("\n") + "\n"


def every_command() -> Iterator[tuple[str, click.Command, click.Context]]:
    """Every command and subcommand by its words, in alphabetical order."""
    root = click.Context(cli, info_name="cloudcrate")
    for name, command in sorted(cli.commands.items()):
        context = click.Context(command, info_name=name, parent=root)
        yield name, command, context
        if isinstance(command, click.Group):
            for below, subcommand in sorted(command.commands.items()):
                yield f"{name} {below}", subcommand, click.Context(subcommand, info_name=below, parent=context)


def _described(name: str, command: click.Command, context: click.Context) -> Iterator[str]:
    yield f"    cloudcrate {' '.join((name, *command.collect_usage_pieces(context)))}"
    yield ""
    yield _paragraphs(command.help or "")
    yield ""
    yield from _options(command, context)
    yield from _examples(command.epilog or "")
    yield f"Exit codes: {', '.join(map(str, codes(name)))}."
    yield ""
    if name in DOCUMENTS:
        yield f"`--json`: [what it prints](json.md#cloudcrate-{name.replace(' ', '-')})."
    else:
        yield f"No `--json`: {WITHOUT[name]}"
    yield ""


def _paragraphs(text: str) -> str:
    """Help as Markdown: click fills its lines itself."""
    return "\n\n".join(" ".join(part.split()) for part in text.replace("\b", "").split("\n\n"))


def _options(command: click.Command, context: click.Context) -> Iterator[str]:
    rows = [
        _row(parameter, context)
        for parameter in command.params
        if isinstance(parameter, click.Option) and not parameter.hidden
    ]
    if rows:
        yield "| option | what it does | variable |"
        yield "|---|---|---|"
        yield from rows
        yield ""


def _row(option: click.Option, context: click.Context) -> str:
    words, default = _split(option)
    names = ", ".join(f"`{name}`" for name in (*option.opts, *option.secondary_opts))
    value = "" if option.is_flag else f" `{option.make_metavar(context)}`"
    flag = next((name for name in option.opts if name in BY_FLAG), "")
    variables = dict.fromkeys((*VARIABLE.findall(option.help or ""), *BY_FLAG.get(flag, ())))
    about = f"{words} Default: {default}." if default else words
    return _cells(names + value, about, ", ".join(f"`{name}`" for name in variables))


def _split(option: click.Option) -> tuple[str, str]:
    """What an option does, and what holds without it."""
    text = " ".join((option.help or "").split())
    found = HINT.search(text)
    hint = VARIABLE.sub("", found.group(1)).strip(" ;,") if found else ""
    if found:
        text = text[: found.start()]
    if option.show_default and option.default is not None:
        hint = str(option.default)
    if hint.startswith("with "):  # says how its variable is written
        return f"{text} In the variable {hint}.", ""
    return text, hint


def _cells(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _examples(epilog: str) -> Iterator[str]:
    """The examples below a command's help: what is indented there is code here."""
    for part in epilog.replace("\b", "").strip("\n").split("\n\n"):
        for line in part.strip("\n").splitlines():
            yield f"    {line.strip()}" if line.startswith("  ") else line
            if not line.startswith("  ") and part.count("\n  "):
                yield ""
        yield ""
