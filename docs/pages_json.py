"""Makes docs/reference/json.md: what every command prints as data, down to the last field."""

import re
from collections.abc import Iterable, Iterator

from cloudcrate.cli import fields
from cloudcrate.cli.documents import DOCUMENTS, WITHOUT, Document
from cloudcrate.cli.documents_lines import EVENTS
from cloudcrate.cli.meanings import meaning
from cloudcrate.core.codec import SCHEMA_VERSION

INTRODUCTION = f"""\
# What is printed as data

Made from the code by `docs/generate.py`.

With `--json` a command prints one JSON document on stdout, in ASCII. Beside the keys named here it has
`schema_version`, which is {SCHEMA_VERSION}. What is not the answer goes to stderr: progress, notes, and the error that
ended the command, as [a line of JSON](#on-stderr). A command that fails may print no document; its
[exit code](../exit-codes.md) says how it ended, and whether a document that was printed tells of something left undone.

**Within one `schema_version`** keys may be added, words may be added to those that a field can hold, and what a text
says to people may change. No key goes, gets another name, another type or another meaning. So pass over keys that you
do not know, and be ready for a word that you do not know. When something else has to change, the number grows.

Times are seconds since 1970 in UTC, unless a field says otherwise. Texts are as other people wrote them: titles, names
and links may hold anything. Where a field may be one of several objects, each says which it is under `is`.

## Commands
"""

STDERR = """\
## On stderr

`cloudcrate --log-format json COMMAND …` writes everything on stderr as lines of JSON, one object a line. Each has
`schema_version`, `event` (one of those below) and `time` (seconds since 1970, to the millisecond). With `--json` alone
the error that ends the command is such a line, too; what else is on stderr is in words then.
"""

JSONS = {"None": "null", "True": "true", "False": "false"}
PYTHONS = re.compile(rf"\b({'|'.join(JSONS)})\b")


def json_page() -> str:
    """The page."""
    lines = [INTRODUCTION]
    for command, documents in sorted(DOCUMENTS.items()):
        lines += [f"### cloudcrate {command}", "", *_documents(documents)]
    lines += ["## Without --json", "", "| command | why |", "|---|---|"]
    lines += [f"| `{command}` | {why} |" for command, why in sorted(WITHOUT.items())]
    lines += ["", STDERR]
    for event, kind in EVENTS.items():
        lines += [f"### event {event}", "", fields.about(kind), "", *table(kind)]
    kinds = _values()
    lines += ["## Objects", ""]
    for kind in kinds:
        if fields.is_object(kind):
            lines += [f"### {kind.__name__}", "", fields.about(kind), "", *table(kind)]
    lines += ["## Words", ""]
    for kind in kinds:
        if fields.is_enumeration(kind):
            lines += [f"### {kind.__name__}", "", fields.about(kind), "", *table(kind)]
    return "\n".join(lines).rstrip("\n") + "\n"


def _values() -> list[type]:
    """Every object and enumeration within documents and events, by name."""
    roots = [document.kind for documents in DOCUMENTS.values() for document in documents] + list(EVENTS.values())
    found = fields.reachable(member.kind for kind in roots for member in fields.members(kind))
    names = [kind.__name__ for kind in found]
    if len(set(names)) != len(names):
        raise ValueError(f"two of these have one name: {sorted(names)}")
    return sorted(found, key=lambda kind: kind.__name__)


def _documents(documents: Iterable[Document]) -> Iterator[str]:
    for document in documents:
        how = ", each on a line of its own" if document.lines else ""
        when = f"**{document.when[:1].upper()}{document.when[1:]}{how}:** " if document.when else ""
        yield f"{when}{fields.about(document.kind)}"
        yield ""
        yield from table(document.kind)


def table(kind: type) -> Iterator[str]:
    """The fields of an object with their types, or the words of an enumeration, each with its meaning."""
    words = fields.is_enumeration(kind)
    yield "| word | meaning |" if words else "| key | type | meaning |"
    yield "|---|---|" if words else "|---|---|---|"
    if fields.is_tagged(kind):
        yield f"| `is` | text | `{kind.__name__}` |"
    for member in fields.members(kind):
        said = as_json(meaning(kind.__name__, member.name, member.meaning)).replace("|", "\\|")
        optional = "" if member.always else " (may be missing)"
        yield f"| `{member.name}` |" + ("" if words else f" {in_words(member.kind)}{optional} |") + f" {said} |"
    yield ""


def as_json(words: str) -> str:
    """Words about a field, with JSON's names for what Python calls otherwise."""
    return PYTHONS.sub(lambda found: JSONS[found.group()], words)


def in_words(kind: object) -> str:
    """A type in words, with links to what it is of."""
    supertype = getattr(kind, "__supertype__", None)
    if supertype is not None:
        return in_words(supertype)
    if fields.is_object(kind) or fields.is_enumeration(kind):
        name = getattr(kind, "__name__", "")
        return f"[{name}](#{name.lower()})"
    positions = fields.positions(kind)
    if positions is not None:
        return f"list ({', '.join(map(in_words, positions))})"
    if fields.is_list(kind):
        inner = fields.item_of(kind)
        return f"list of ({in_words(inner)})" if len(fields.alternatives(inner)) > 1 else f"list of {in_words(inner)}"
    if fields.is_mapping(kind):
        key, value = fields.key_and_value(kind)
        return f"object: {in_words(key)} → {in_words(value)}"
    if len(fields.alternatives(kind)) > 1:
        return " or ".join(map(in_words, fields.alternatives(kind)))
    return fields.SCALARS[kind]
