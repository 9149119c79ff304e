"""What ``init`` needs to know: from its options, or asked on a terminal. Changes nothing but what it was told to."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field, replace

import click

from cloudcrate.app.setup import Agreement, Setup, Standing
from cloudcrate.cli.columns_shown import agreement_lines, table_words
from cloudcrate.core.model import Field, MappedColumn
from cloudcrate.core.text import visible
from cloudcrate.errors import CloudcrateError, CredentialsError, UsageError
from cloudcrate.ports.catalog import TableChoice
from cloudcrate.tokens import Secret, as_token

TOP = "top"
"""The parent of tables that lie in no page."""

HOW_TO_GET_ONE = """\
cloudcrate needs a token of your Notion. The easy way is a personal access token: it sees what you see, so
nothing needs to be shared with it, and it has no limit of blocks. Make one at
https://www.notion.so/profile/integrations and paste it here; it is not shown."""

Opener = Callable[[Secret], AbstractContextManager[Setup]]
"""Opens what a token reaches."""


class Terminal:
    """Questions on a terminal. They go to stderr: stdout is for the answer."""

    def secret(self, words: str) -> str:
        """Asks for a text that is not shown."""
        return str(click.prompt(words, hide_input=True, err=True))

    def text(self, words: str) -> str:
        """Asks for a text; Enter gives an empty one."""
        return str(click.prompt(words, default="", show_default=False, err=True)).strip()

    def confirm(self, words: str) -> bool:
        """Asks yes or no; Enter says no."""
        return click.confirm(words, default=False, err=True)

    def choose(self, words: str, options: Sequence[str]) -> int:
        """Asks for one of several; answers its index."""
        click.echo(words, err=True)
        for number, option in enumerate(options, 1):
            click.echo(f"  {number}) {option}", err=True)
        return int(click.prompt("Number", type=click.IntRange(1, len(options)), err=True)) - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the options say."""

    database: str | None = None
    data_source: str | None = None
    playlists_database: str | None = None
    new: bool = False
    parent: str | None = None
    columns: Mapping[Field, str] = field(default_factory=dict)
    yes: bool = False
    add_missing: bool = False
    look_only: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the settings hold already; ``replaceable``: the token is one that an earlier ``init`` kept."""

    token: Secret | None = None
    replaceable: bool = False
    database: str | None = None
    playlists_database: str | None = None
    columns: Mapping[Field, MappedColumn] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What was agreed. ``table`` is None when it would have been made and was not; so is ``agreement`` then."""

    workspace: str
    table: TableChoice | None = None
    playlists: TableChoice | None = None
    agreement: Agreement | None = None
    token: Secret | None = None  # one that was asked for
    made: bool = False  # by this run, or by an earlier one that broke off
    added: tuple[Field, ...] = ()


class Interview:
    """One run of ``init``: asks on ``terminal``, or says which option is missing. ``say`` shows a line."""

    def __init__(
        self,
        wanted: Wanted,
        known: Known,
        *,
        opener: Opener,
        terminal: Terminal | None,
        say: Callable[[str], None],
        before_making: Callable[[], None],
    ) -> None:
        self._wanted = wanted
        self._known = known
        self._opener = opener
        self._terminal = terminal
        self._say = say
        self._before_making = before_making

    def run(self) -> Found:
        """Goes through all of it. Raises: UsageError that names what is missing; what ``Setup`` raises."""
        with self._access() as (setup, workspace, token):
            self._say(f"Token: {visible(workspace)}")
            found = replace(self._tables(setup, Found(workspace=workspace)), token=token)
            return found if found.table is None else self._columns(setup, found, found.table)

    # --- the token ------------------------------------------------------------------------------

    @contextmanager
    def _access(self) -> Iterator[tuple[Setup, str, Secret | None]]:
        """What the token reaches, whose it is, and the token when it was asked for."""
        token, asked = self._known.token, None
        while True:
            if token is None:
                token = asked = self._ask_token()
            with ExitStack() as stack:
                setup = stack.enter_context(self._opener(token))
                try:
                    workspace = setup.workspace()
                except CredentialsError as error:
                    if self._terminal is None or not (asked or self._known.replaceable):
                        raise
                    self._complain(error)
                    token = None
                    continue
                yield setup, workspace, asked
                return

    def _ask_token(self) -> Secret:
        if self._terminal is None:
            raise UsageError(
                "There is no Notion token.",
                hint="Set NOTION_TOKEN, or name a file that holds it: --token-file PATH (NOTION_TOKEN_FILE).",
            )
        self._say(HOW_TO_GET_ONE)
        while True:
            try:
                return as_token(self._terminal.secret("Token"), "That")
            except CredentialsError as error:
                self._complain(error)

    # --- the tables -----------------------------------------------------------------------------

    def _tables(self, setup: Setup, found: Found) -> Found:
        """Finds or makes the table of tracks and the one of playlists."""
        wanted = self._wanted
        given = None if wanted.new else wanted.database or wanted.data_source or self._known.database
        if given is not None:
            found = replace(found, table=self._one_of(given, setup.tables_at(given)))
        elif wanted.new or wanted.parent:
            return self._new(setup, found)
        elif self._terminal is None:
            raise UsageError(
                "There is no database.",
                hint="Name one: --database ID|URL (TRACKS_DB_ID), or let new ones be made: "
                "--new --parent ID|URL|top (CLOUDCRATE_PARENT).",
            )
        else:
            table = self._ask_table(setup, self._terminal)
            if table is None:
                return self._new(setup, found)
            found = replace(found, table=table)
        return replace(found, playlists=self._playlists(setup, found.table))

    def _ask_table(self, setup: Setup, terminal: Terminal) -> TableChoice | None:
        """The table that the user means; None: new ones."""
        tables = setup.tables()
        options = [f"Use {table_words(table)}" for table in tables]
        options += ["Use another one: paste its link", "Make new tables of tracks and of playlists"]
        chosen = terminal.choose("Which table holds, or shall hold, the tracks?", options)
        if chosen == len(options) - 1:
            return None
        if chosen < len(tables):
            return tables[chosen]
        while True:
            given = terminal.text("Link of the database")
            try:
                return self._one_of(given, setup.tables_at(given))
            except (CredentialsError, UsageError) as error:
                self._complain(error)

    def _one_of(self, given: str, tables: Sequence[TableChoice]) -> TableChoice:
        source = self._wanted.data_source
        if source:
            tables = [t for t in tables if _digits(t.id) == _digits(source)]
        if len(tables) == 1:
            return tables[0]
        if not tables:
            raise UsageError(
                f"“{visible(given)[:80]}” leads to no table{' with that data source' if source else ''}.",
                hint="Check --data-source (CLOUDCRATE_DATA_SOURCE)." if source else "",
            )
        words = [f"{table_words(t)}, id {t.id}" for t in tables]
        if self._terminal is None:
            raise UsageError(
                "This database has several data sources.",
                hint="Choose one with --data-source ID (CLOUDCRATE_DATA_SOURCE):\n" + "\n".join(words),
            )
        return tables[self._terminal.choose("This database has several data sources. Which one?", words)]

    def _playlists(self, setup: Setup, table: TableChoice | None) -> TableChoice | None:
        given = self._wanted.playlists_database
        if not given and table is not None and self._same(setup, table):
            given = self._known.playlists_database
        if not given:
            return None
        tables = setup.tables_at(given)
        if len(tables) == 1:
            return tables[0]
        words = [f"{table_words(t)}, id {t.id}" for t in tables]
        if self._terminal is None or not tables:
            raise UsageError(
                "The database of playlists has several data sources.",
                hint="Give the id of one: --playlists-database ID (PLAYLISTS_DB_ID):\n" + "\n".join(words),
            )
        return tables[self._terminal.choose("Which of these data sources holds the playlists?", words)]

    def _same(self, setup: Setup, table: TableChoice) -> bool:
        """Whether the settings speak of this table."""
        return self._known.database is None or setup.leads_to(self._known.database, table)

    def _new(self, setup: Setup, found: Found) -> Found:
        parent = self._parent(setup)
        if self._wanted.look_only:
            where = "at the top of the workspace" if parent is None else f"in {visible(parent)}"
            self._say(f"Would make a table of tracks and one of playlists {where}.")
            return found
        self._before_making()
        tracks, playlists = setup.create(parent)
        self._say(f"Tables: {table_words(tracks)} and {table_words(playlists)}")
        return replace(found, table=tracks, playlists=playlists, made=True)

    def _parent(self, setup: Setup) -> str | None:
        if self._wanted.parent:
            return None if self._wanted.parent.strip().lower() == TOP else self._wanted.parent
        if self._terminal is None:
            raise UsageError(
                "There is no page to make the tables in.",
                hint="Name one: --parent ID|URL, or --parent top for none (CLOUDCRATE_PARENT).",
            )
        pages = setup.parents()
        options = [*map(table_words, pages), "At the top of the workspace", "Another page: paste its link"]
        chosen = self._terminal.choose("In which page shall they be made?", options)
        if chosen < len(pages):
            return pages[chosen].id
        return None if chosen == len(pages) else self._terminal.text("Link of the page")

    # --- the columns ----------------------------------------------------------------------------

    def _columns(self, setup: Setup, found: Found, table: TableChoice) -> Found:
        """Agrees on the columns and adds those that are missing when that is wanted."""
        playlists = found.playlists.id if found.playlists else None
        kept = self._known.columns if not found.made and self._same(setup, table) else {}

        def agree(chosen: Mapping[Field, str]) -> Agreement:
            return setup.agree(table, playlists=playlists, kept=kept, chosen=chosen)

        chosen = dict(self._wanted.columns)
        agreement = agree(chosen)
        self._show(table, agreement)
        if self._wanted.look_only:
            return replace(found, agreement=agreement)
        if not found.made and not self._wanted.yes:
            agreement, chosen = self._accepted(agreement, chosen, agree, table)
        if not agreement.missing or not self._may_add(agreement):
            return replace(found, agreement=agreement)
        self._before_making()
        setup.add_missing(table, agreement.missing, playlists=playlists)
        full = agree(chosen)
        self._show(table, full)
        return replace(found, agreement=full, added=tuple(f for f in agreement.missing if f not in full.missing))

    def _accepted(
        self,
        agreement: Agreement,
        chosen: dict[Field, str],
        agree: Callable[[Mapping[Field, str]], Agreement],
        table: TableChoice,
    ) -> tuple[Agreement, dict[Field, str]]:
        """The agreement as the user accepts it, changed by hand or not."""
        news = {Standing.PROPOSED, Standing.RENAMED, Standing.CHOSEN}
        if not any(agreed.standing in news for agreed in agreement.fields):
            return agreement, chosen
        if self._terminal is None:
            raise UsageError("These columns are not accepted yet.", hint="Accept them: --yes (CLOUDCRATE_YES=1).")
        self._say("Enter accepts these columns; field=column changes one, field= leaves it without.")
        while words := self._terminal.text("Accept, or change"):
            try:
                changed = {**chosen, **parse_columns([words])}
                agreement = agree(changed)
            except UsageError as error:
                self._complain(error)
                continue
            chosen = changed
            self._show(table, agreement)
        return agreement, chosen

    def _may_add(self, agreement: Agreement) -> bool:
        if self._wanted.add_missing:
            return True
        names = ", ".join(f.value for f in agreement.missing)
        if self._terminal is None or self._wanted.yes:
            self._say(f"No column for: {names}. --add-missing (CLOUDCRATE_ADD_MISSING=1) adds them.")
            return False
        return self._terminal.confirm(f"No column for: {names}. Add them to the table?")

    def _show(self, table: TableChoice, agreement: Agreement) -> None:
        self._say(f"Columns of {table_words(table)}:")
        for line in agreement_lines(agreement):
            self._say(line)

    def _complain(self, error: CloudcrateError) -> None:
        for words in filter(None, (error.message, error.hint)):
            for line in words.splitlines():
                self._say(visible(line))


def parse_columns(given: Sequence[str]) -> dict[Field, str]:
    """Reads ``field=column`` texts. Raises: UsageError."""
    names = {f.value: f for f in Field}
    columns: dict[Field, str] = {}
    for words in given:
        name, equals, column = words.partition("=")
        if not equals or name.strip() not in names:
            raise UsageError(
                f"“{visible(words)[:80]}” should be FIELD=COLUMN.", hint="The fields are: " + ", ".join(names)
            )
        columns[names[name.strip()]] = column.strip()
    return columns


def _digits(given: str) -> str:
    return given.replace("-", "").strip().lower()
