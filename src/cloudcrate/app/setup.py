"""Setting a catalog up: which table, and which of its columns holds which field. Prints and asks nothing."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum

from cloudcrate.core.model import CatalogInfo, Field, MappedColumn
from cloudcrate.core.text import fold, visible
from cloudcrate.errors import CredentialsError, UsageError
from cloudcrate.ports.catalog import CatalogSetup, ColumnChoice, TableChoice

TABLE = "Music Tracks"
"""The name under which a table of tracks is looked for."""


Prove = Callable[[str, str | None, Mapping[Field, MappedColumn]], CatalogInfo]
"""Opens the catalog of a table, of a table of playlists and of these columns, as a sync will.

Raises: what ``Catalog.open`` raises, so UsageError for a column that is not there or does not fit.
"""


class Standing(Enum):
    """How a field came by its column."""

    KEPT = "kept"  # the settings say so
    RENAMED = "renamed"  # the settings' column has another name by now
    CHOSEN = "chosen"  # said by hand
    PROPOSED = "proposed"  # new
    MISSING = "missing"  # there is none


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreed:
    """One field's column (no id and no name: it has none), and why."""

    field: Field
    column: MappedColumn
    standing: Standing
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """Every field of a table's rows with its column, in the order of the proposal."""

    fields: tuple[Agreed, ...]

    @property
    def missing(self) -> tuple[Field, ...]:
        """The fields for which the table has no column; not those that are to have none."""
        return tuple(a.field for a in self.fields if a.standing is Standing.MISSING)

    @property
    def columns(self) -> dict[Field, MappedColumn]:
        """What the settings are to hold."""
        return {a.field: a.column for a in self.fields if a.standing is not Standing.MISSING}


class Setup:
    """The verbs of ``init``. They raise what ``CatalogSetup`` raises."""

    def __init__(self, catalog: CatalogSetup, prove: Prove) -> None:
        self._catalog = catalog
        self._prove = prove

    def workspace(self) -> str:
        """Whose token this is, in words; a wrong one raises CredentialsError."""
        return self._catalog.workspace()

    def tables(self) -> tuple[TableChoice, ...]:
        """The tables of tracks that the token sees."""
        return self._catalog.tables(TABLE)

    def tables_at(self, given: str) -> tuple[TableChoice, ...]:
        """The tables behind an id or a link."""
        return self._catalog.tables_at(given)

    def parents(self) -> tuple[TableChoice, ...]:
        """The pages that can hold new tables."""
        return self._catalog.parents()

    def create(self, parent: str | None) -> tuple[TableChoice, TableChoice]:
        """Makes the tables of tracks and of playlists below a page (None: at the top)."""
        return self._catalog.create_tables(parent)

    def leads_to(self, given: str, table: TableChoice) -> bool:
        """Says whether an id or a link, as settings hold it, leads to this table. What leads nowhere does not."""
        if _digits(given) == _digits(table.id):
            return True
        try:
            return table.id in {found.id for found in self._catalog.tables_at(given)}
        except (CredentialsError, UsageError):
            return False

    def agree(
        self,
        table: TableChoice,
        *,
        playlists: str | None = None,
        kept: Mapping[Field, MappedColumn] | None = None,
        chosen: Mapping[Field, str] | None = None,
    ) -> Agreement:
        """A column for every field: the one chosen by hand, else the one kept, else the one proposed.

        ``kept``: what the settings hold. ``chosen``: columns by name or id, an empty text for none. The
        catalog is opened with the answer as a sync will: a kept column that is gone or does not fit any
        more gives way to the proposal. What is proposed for a field whose column another one has taken is
        not proposed.
        Raises: UsageError when a column is given for two fields, is not there, or cannot hold its field.
        """
        proposals = self._catalog.propose(table.id, playlists=playlists)
        known = [p for p in proposals if p.id]
        firm = {field: _kept(field, column, known) for field, column in (kept or {}).items()}
        firm |= {field: _chosen(field, name, known) for field, name in (chosen or {}).items()}
        _refuse_doubles(firm)
        agreement = _agreement(proposals, firm)
        usable = self._prove(table.id, playlists, agreement.columns).fields
        lost = {f for f, agreed in firm.items() if agreed.column != MappedColumn() and f not in usable}
        if not lost:
            return agreement
        given = sorted(f.value for f in lost if firm[f].standing is Standing.CHOSEN)
        if given:
            raise UsageError(f"The column chosen for {' and '.join(given)} cannot hold it.", hint="Choose another.")
        fresh = _agreement(proposals, {f: agreed for f, agreed in firm.items() if f not in lost})
        return Agreement(fields=tuple(_instead(a) if a.field in lost else a for a in fresh.fields))

    def add_missing(self, table: TableChoice, fields: Collection[Field], *, playlists: str | None = None) -> None:
        """Adds columns for these fields to the table."""
        self._catalog.add_missing(table.id, fields, playlists=playlists)


def _agreement(proposals: Sequence[ColumnChoice], firm: Mapping[Field, Agreed]) -> Agreement:
    taken = {name: field for field, agreed in firm.items() for name in _names(agreed.column)}
    return Agreement(fields=tuple(firm.get(p.field) or _proposed(p, taken) for p in proposals))


def _instead(agreed: Agreed) -> Agreed:
    return replace(agreed, reason=f"the settings' column is gone or does not fit any more; {agreed.reason}")


def _kept(field: Field, column: MappedColumn, known: Sequence[ColumnChoice]) -> Agreed:
    sought = column.id or column.name  # a name may be an id, too
    now = next((p for p in known if p.id == sought or (not column.id and _called(p, sought))), None)
    if now is None or not sought:
        reason = "the settings say so" if sought else "the settings say that it has none"
        return Agreed(field=field, column=column, standing=Standing.KEPT, reason=reason)
    fresh = MappedColumn(id=now.id, name=now.column, type=now.type)
    if not column.name or _called(now, column.name) or column.name == now.id:
        return Agreed(field=field, column=fresh, standing=Standing.KEPT, reason="the settings say so")
    reason = f"it was called “{column.name}”"
    return Agreed(field=field, column=fresh, standing=Standing.RENAMED, reason=reason)


def _chosen(field: Field, words: str, known: Sequence[ColumnChoice]) -> Agreed:
    if not words.strip():
        return Agreed(field=field, column=MappedColumn(), standing=Standing.CHOSEN, reason="you want none")
    now = next((p for p in known if words == p.id or _called(p, words)), None)
    column = MappedColumn(name=words) if now is None else MappedColumn(id=now.id, name=now.column, type=now.type)
    return Agreed(field=field, column=column, standing=Standing.CHOSEN, reason="you chose it")


def _proposed(proposal: ColumnChoice, taken: Mapping[str, Field]) -> Agreed:
    column = MappedColumn(id=proposal.id, name=proposal.column, type=proposal.type)
    reason = proposal.reason
    other = next((taken[name] for name in _names(column) if name in taken), None)
    if other is not None:
        column, reason = MappedColumn(), f"“{proposal.column}” holds {other.value}"
    standing = Standing.PROPOSED if column.name else Standing.MISSING
    return Agreed(field=proposal.field, column=column, standing=standing, reason=reason)


def _refuse_doubles(firm: Mapping[Field, Agreed]) -> None:
    holders: dict[str, Field] = {}
    for field, agreed in firm.items():
        for name in _names(agreed.column):
            if holders.setdefault(name, field) is not field:
                raise UsageError(
                    f"The column “{visible(agreed.column.name)}” is to hold both {holders[name].value} "
                    f"and {field.value}.",
                    hint="Give each its own column, or one of them none: --column FIELD=",
                )


def _names(column: MappedColumn) -> Iterator[str]:
    if column.id:
        yield f"id {column.id}"
    elif column.name:
        yield f"name {fold(column.name)}"


def _called(proposal: ColumnChoice, name: str) -> bool:
    return fold(proposal.column) == fold(name)


def _digits(given: str) -> str:
    return given.replace("-", "").lower()
