"""A CatalogSetup in memory: tables with columns, and a token that is right or wrong."""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from cloudcrate.app.setup import Setup
from cloudcrate.core.model import CatalogInfo, Field, MappedColumn
from cloudcrate.errors import CredentialsError, UsageError
from cloudcrate.ports.catalog import ColumnChoice, TableChoice
from cloudcrate.settings import Settings
from cloudcrate.tokens import Secret

GOOD = "ntn_good"
PLAIN = {"title": "Name", "artist": "Artist", "url": "URL", "bpm": "BPM"}


@dataclass
class Table:
    """A table: its columns by id, with the field each name stands for."""

    choice: TableChoice
    columns: dict[str, str] = field(default_factory=dict)  # name by id
    stands_for: dict[str, Field] = field(default_factory=dict)  # field by name


class PretendSetup:
    """The port, and what was asked of it: ``made`` and ``added`` are the writes."""

    def __init__(self) -> None:
        self.workspace_name = "Crate of Ada"
        self.held: dict[str, Table] = {}
        self.databases: dict[str, list[str]] = {}  # tables by what is given for a database
        self.pages: list[TableChoice] = []
        self.made: list[str | None] = []
        self.added: list[tuple[str, tuple[Field, ...], str | None]] = []

    def add(self, id_: str, name: str = "Music Tracks", *, given: str = "", **columns: str) -> Table:
        """A table with columns by field name; a column's id is ``id-FIELD``."""
        table = Table(choice=TableChoice(id=id_, name=name, place="Music"))
        for field_name, column in (columns or PLAIN).items():
            table.columns[f"id-{field_name}"] = column
            table.stands_for[column] = Field(field_name)
        self.held[id_] = table
        self.databases.setdefault(given or id_, []).append(id_)
        return table

    # --- the port -------------------------------------------------------------------------------

    def workspace(self) -> str:
        return self.workspace_name

    def tables(self, name: str) -> tuple[TableChoice, ...]:
        return tuple(t.choice for t in self.held.values() if t.choice.name.lower() == name.lower())

    def tables_at(self, given: str) -> tuple[TableChoice, ...]:
        if given in self.held:
            return (self.held[given].choice,)
        if given not in self.databases:
            raise UsageError(f"{given} is no database.", hint="Copy its link.")
        return tuple(self.held[id_].choice for id_ in self.databases[given])

    def parents(self) -> tuple[TableChoice, ...]:
        return tuple(self.pages)

    def create_tables(self, parent: str | None) -> tuple[TableChoice, TableChoice]:
        self.made.append(parent)
        every = {f.value: f.value.title() for f in Field}
        return self.add("new-tracks", **every).choice, self.add("new-playlists", "Playlists", title="Name").choice

    def propose(self, table: str, *, playlists: str | None = None) -> tuple[ColumnChoice, ...]:
        held = self.held[table]
        ids = {held.stands_for[name]: id_ for id_, name in held.columns.items() if name in held.stands_for}
        return tuple(
            ColumnChoice(field=f, column=held.columns[ids[f]], id=ids[f], type="rich_text", reason="the name fits")
            if f in ids
            else ColumnChoice(field=f, column="", id="", type="", reason="no column is called so")
            for f in Field
        )

    def add_missing(self, table: str, fields: Collection[Field], *, playlists: str | None = None) -> None:
        self.added.append((table, tuple(fields), playlists))
        for new in fields:
            self.held[table].columns[f"id-{new.value}"] = new.value.title()
            self.held[table].stands_for[new.value.title()] = new

    # --- around it ------------------------------------------------------------------------------

    def prove(self, table: str, playlists: str | None, columns: Mapping[Field, MappedColumn]) -> CatalogInfo:
        """Refuses a name that no column has; a column whose id is gone cannot be written."""
        held = self.held[table].columns
        for column in columns.values():
            if not column.id and column.name and column.name not in held.values():
                raise UsageError(f"There is no column “{column.name}”.")
        usable = {f for f, c in columns.items() if c.id in held or (not c.id and c.name)}
        return CatalogInfo(id=table, name=table, fields=frozenset(usable))

    @contextmanager
    def opened(self, settings: Settings, token: Secret) -> Iterator[Setup]:
        """What bootstrap does, for this fake."""
        yield Setup(self if token.reveal() == GOOD else Refusing(), self.prove)


class Refusing(PretendSetup):
    """What a wrong token reaches."""

    def workspace(self) -> str:
        raise CredentialsError("Notion says that the token is wrong.", hint="Make another.")


def renamed(table: Table, old: str, new: str) -> None:
    """A column gets a name that stands for nothing."""
    table.columns = {id_: new if name == old else name for id_, name in table.columns.items()}


def hostile(table: Table) -> None:
    """A table whose title acts on terminals."""
    table.choice = replace(table.choice, name="\x1b]0;owned\x07\u202etracks", place="\x1b[2J")
