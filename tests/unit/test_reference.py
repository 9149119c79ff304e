"""The reference pages, and what they are made from: every command, every field, every word."""

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import NewType, NotRequired, TypedDict

import click
import pytest
from click.testing import CliRunner

from cloudcrate.cli import fields
from cloudcrate.cli.documents import DOCUMENTS, WITHOUT
from cloudcrate.cli.documents_lines import EVENTS
from cloudcrate.cli.exits import MORE, codes
from cloudcrate.cli.main import cli
from cloudcrate.cli.meanings import OF, USUAL, meaning

DOCS = Path(__file__).parents[2] / "docs"
REFERENCE = DOCS / "reference"
PAGES = ("commands.md", "json.md", "tools.md")


def commands() -> Iterator[tuple[str, click.Command]]:
    """Every command and subcommand by its words."""
    for name, command in cli.commands.items():
        yield name, command
        if isinstance(command, click.Group):
            yield from ((f"{name} {below}", subcommand) for below, subcommand in command.commands.items())


COMMANDS = dict(commands())


def kinds() -> list[type]:
    """Every object and enumeration that is printed as data, documents and events included."""
    roots = [document.kind for documents in DOCUMENTS.values() for document in documents] + list(EVENTS.values())
    return list(dict.fromkeys((*roots, *fields.reachable(roots))))


def examples(command: click.Command) -> list[str]:
    """The command lines among the examples of a command, without the words that explain them."""
    lines = [line.strip() for line in (command.epilog or "").splitlines() if line.startswith("  ")]
    return [re.split(r"\s{2,}", line)[0] for line in lines if "cloudcrate " in line]


# --- the pages ----------------------------------------------------------------------------------


def test_the_pages_are_what_the_code_says_now() -> None:
    """To write them anew: python docs/generate.py"""
    words = [sys.executable, str(DOCS / "generate.py"), "--check"]
    ran = subprocess.run(words, capture_output=True, text=True, timeout=120, check=False)
    assert (ran.returncode, ran.stdout) == (0, ""), ran.stdout + ran.stderr


@pytest.mark.parametrize("name", PAGES)
def test_every_link_of_a_page_leads_somewhere(name: str) -> None:
    text = (REFERENCE / name).read_text("utf-8")
    links = re.findall(r"\]\(([^)#]*)(#[^)]*)?\)", text)
    assert links
    for path, anchor in links:
        target = (REFERENCE / path).resolve() if path else REFERENCE / name
        assert target.is_file(), path
        if anchor:
            assert anchor.removeprefix("#") in anchors(target.read_text("utf-8")), (path, anchor)


def anchors(text: str) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them; a heading that comes twice has none to rely on."""
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    made = [re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings]
    return {anchor for anchor in made if made.count(anchor) == 1}


@pytest.mark.parametrize("name", PAGES)
def test_no_cell_of_a_meaning_is_empty(name: str) -> None:
    rows = [line for line in (REFERENCE / name).read_text("utf-8").splitlines() if line.startswith("| ")]
    column = 1 if name == "commands.md" else -1
    assert len(rows) > 50
    for row in rows:
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", row)[1:-1]]
        assert cells[column], row


# --- commands -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_on_the_page_with_its_options_examples_and_exit_codes(name: str) -> None:
    text = (REFERENCE / "commands.md").read_text("utf-8")
    part = re.split(r"^## ", text.partition(f"\n## {name}\n")[2], maxsplit=1, flags=re.MULTILINE)[0]
    for parameter in COMMANDS[name].params:
        if isinstance(parameter, click.Option):
            assert all(f"`{option}`" in part for option in parameter.opts), parameter.opts
    for example in examples(COMMANDS[name]):
        assert f"    {example}" in part
    assert f"Exit codes: {', '.join(map(str, codes(name)))}." in part


@pytest.mark.parametrize("name", COMMANDS)
def test_every_commands_help_shows_an_example_of_it(name: str) -> None:
    shown = [example for example in examples(COMMANDS[name]) if f"cloudcrate {name}" in example]
    assert shown
    if name == "sandbox":  # its help is that of the sandbox itself
        return
    ran = CliRunner().invoke(cli, [*name.split(), "--help"])
    assert ran.exit_code == 0
    for example in shown:
        assert example in ran.output


@pytest.mark.parametrize("name", COMMANDS)
def test_every_example_is_a_command_line_that_is_understood(name: str) -> None:
    for example in examples(COMMANDS[name]):
        line = re.sub(r'^eval "\$\((.*)\)"$', r"\1", example)
        words = shlex.split(re.split(r"\s[<>|]\s", line)[0])
        words = words[words.index("cloudcrate") + 1 :]
        command: click.Command = cli
        context = click.Context(cli, info_name="cloudcrate")
        while isinstance(command, click.Group) and words and words[0] in command.commands:
            command = command.commands[words.pop(0)]
        command.make_context(command.name, words, parent=context)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_prints_data_or_says_why_not(name: str) -> None:
    options = [option for parameter in COMMANDS[name].params for option in parameter.opts]
    assert ("--json" in options) == (name in DOCUMENTS)
    assert (name in DOCUMENTS) != (name in WITHOUT)
    if name in WITHOUT:
        assert WITHOUT[name] in (REFERENCE / "json.md").read_text("utf-8")


def test_the_tables_name_no_command_that_there_is_not() -> None:
    assert set(MORE) == set(COMMANDS)
    assert {*DOCUMENTS, *WITHOUT} == set(COMMANDS)


def test_every_exit_code_is_explained() -> None:
    explained = {int(code) for code in re.findall(r"^\| (\d+) \|", (DOCS / "exit-codes.md").read_text(), re.MULTILINE)}
    assert {code for name in COMMANDS for code in codes(name)} == explained


# --- fields -------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", kinds(), ids=lambda kind: kind.__name__)
def test_every_field_and_every_word_has_a_meaning_and_says_it_once(kind: type) -> None:
    assert fields.about(kind)
    for member in fields.members(kind):
        assert meaning(kind.__name__, member.name, member.meaning), member.name
        assert not (member.meaning and member.name in OF.get(kind.__name__, {})), f"{member.name} is explained twice"


def test_no_meaning_is_kept_that_nothing_needs() -> None:
    silent = {(kind.__name__, member.name) for kind in kinds() for member in fields.members(kind) if not member.meaning}
    given = {(of, name) for of, names in OF.items() for name in names}
    assert given <= silent
    assert set(USUAL) <= {name for of, name in silent - given}


def test_no_two_printed_classes_share_a_name() -> None:
    names = [kind.__name__ for kind in kinds()]
    assert len(set(names)) == len(names)


# --- how the source is read ---------------------------------------------------------------------

Number = NewType("Number", int)


class Colour(Enum):
    """What it looks like."""

    RED = "red"  # like # a rose
    BLUE = "blue"


@dataclass(frozen=True, slots=True, kw_only=True)
class Inner:
    """What is inside."""

    colour: Colour | None
    again: "tuple[Inner, ...]" = ()  # more of them


class Outer(TypedDict):
    """What is printed;
    in two lines."""

    from_: str  # the first, with ``code``
    number: NotRequired[Number]
    """Said below,
    in two lines."""
    many: dict[Number, tuple[Inner, int]]


def test_a_fields_meaning_is_the_comment_behind_it_or_the_text_below() -> None:
    first, number, many = fields.members(Outer)
    assert (first.name, first.kind, first.meaning, first.always) == ("from", str, "the first, with `code`", True)
    assert (number.name, number.meaning, number.always) == ("number", "Said below, in two lines.", False)
    assert (many.name, many.meaning) == ("many", "")
    assert fields.about(Outer) == "What is printed; in two lines."
    assert [(m.name, m.meaning) for m in fields.members(Colour)] == [("red", "like # a rose"), ("blue", "")]


def test_whatever_a_value_may_hold_is_reached_once() -> None:
    assert fields.reachable([Outer]) == (Outer, Inner, Colour)
    assert fields.reachable([list[Colour | None]]) == (Colour,)
    many = fields.members(Outer)[2].kind
    assert fields.is_mapping(many)
    assert fields.key_and_value(many) == (Number, tuple[Inner, int])
    assert fields.positions(tuple[Inner, int]) == (Inner, int)
    assert fields.positions(tuple[Inner, ...]) is None
