"""Who wrote a cell last, seen from outside, and whether anything of the user's was lost.

Shares nothing with the code that decides what to write. It sees every hand of the user and the replies of the
catalog to cloudcrate, and keeps, per row and field, what the user has put there last. What it holds to:

* A cell that the user has filled or changed holds exactly that, whatever cloudcrate writes, until the user
  changes it again. A cell that the user sets to what cloudcrate last wrote there is as cloudcrate left it.
* A cell that cloudcrate had written and the user has emptied stays empty. A cell that cloudcrate never wrote
  and that is empty (an unticked box is) may be filled.
* Of playlists' names, a sync adds its own only and removes its own only, the latter when the track was in the
  playlist before and is not now. A name that a sync left on a row and the user took off is not put back as long
  as the track stays in.
* A lost ledger takes with it who wrote what: every filled cell keeps its owner, every empty one may be filled.
  The same goes for a row whose create was never answered when the run broke off.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from cloudcrate.core.model import Cells, CellValue, Field, Page, PageId, TrackId

_Cell = tuple[PageId, Field]
_Names = frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sync:
    """The sync under way, as far as names of playlists go."""

    name: str = ""
    listed: Collection[TrackId] = ()
    left: Collection[TrackId] = ()


@dataclass(slots=True)
class Oracle:
    """Judges the rows of one history. ``lost`` tells every fault in words."""

    origin: dict[PageId, TrackId] = field(default_factory=dict)  # whose row it was made as
    ours: dict[_Cell, CellValue | None] = field(default_factory=dict)  # what cloudcrate last wrote
    users: dict[_Cell, CellValue | None] = field(default_factory=dict)  # what the user put there; None: emptied
    lost: list[str] = field(default_factory=list)
    checked: int = 0  # cells of the user's that were looked at, once per look
    edits: int = 0
    _names: dict[PageId, _Names] = field(default_factory=dict)  # as last looked at
    _linked: set[tuple[PageId, str]] = field(default_factory=set)  # seen there at the end of that playlist's sync
    _barred: set[tuple[PageId, str]] = field(default_factory=set)  # of these, taken off by the user
    _members: dict[str, set[TrackId]] = field(default_factory=dict)  # of each playlist, as far as synced
    _sync: _Sync = field(default_factory=_Sync)

    # --- what happens -------------------------------------------------------------------------

    def found(self, page: Page, track_id: TrackId) -> None:
        """The user had this row before."""
        self.origin[page.id] = track_id
        self._names[page.id] = _names(page)
        cells = {name: value for name, value in page.cells.items() if name is not Field.PLAYLISTS}
        self.users |= {(page.id, name): value for name, value in cells.items() if not _is_empty(name, value)}

    def wrote(self, page: Page, cells: Cells) -> None:
        """Cloudcrate has written these cells, and the row stands like this now."""
        for name in cells:
            if (page.id, name) not in self.users:
                self.ours[page.id, name] = page.cells.get(name)

    def edited(self, before: Page, after: Page, cells: Cells) -> None:
        """The user has written these cells."""
        self.edits += 1
        for name in cells:
            key, now = (after.id, name), after.cells.get(name)
            if name is Field.PLAYLISTS:
                self._check_names(before)
                self._renamed(after)
            elif (key in self.ours and now == self.ours[key]) or (key not in self.ours and _is_empty(name, now)):
                self.users.pop(key, None)
            else:
                self.users[key] = now

    def forgot(self, rows: Collection[PageId] | None = None) -> None:
        """Who wrote what in these rows (None: in all) is known to nobody any more."""
        self.ours = {key: v for key, v in self.ours.items() if rows is not None and key[0] not in rows}
        emptied = [key for key, value in self.users.items() if _is_empty(key[1], value)]
        for key in emptied:
            if rows is None or key[0] in rows:
                del self.users[key]
        for links in (self._linked, self._barred):
            links -= {link for link in links if rows is None or link[0] in rows}
        if rows is None:
            self._members.clear()

    def begin(self, name: str, listed: Collection[TrackId], *, complete: bool) -> None:
        """A sync of a playlist begins. A reading in part proves no absence."""
        left = self._members.get(name, set()) - set(listed) if complete else set()
        self._sync = _Sync(name=name, listed=listed, left=left)
        for links in (self._linked, self._barred):
            links -= {link for link in links if link[1] == name and self.origin[link[0]] in left}

    def end(self, pages: Mapping[PageId, Page], settled: Collection[TrackId], *, clean: bool) -> None:
        """The sync is over: looks at every row. ``settled`` are the tracks that it says have a row now."""
        sync = self._sync
        for page in pages.values():
            self._check_names(page)
            if sync.name in self._names[page.id] and self.origin[page.id] in settled:
                self._linked.add((page.id, sync.name))
        for (page_id, name), value in self.users.items():
            self.checked += 1
            now = pages[page_id].cells.get(name)
            if now != value and not (_is_empty(name, now) and _is_empty(name, value)):
                self.lost.append(f"{page_id} {name.value}: the user put {value!r}, it holds {now!r}")
        members = self._members.setdefault(sync.name, set())
        members |= set(sync.listed)
        if clean:
            members -= set(sync.left)
        self._sync = _Sync()

    # --- names of playlists -------------------------------------------------------------------

    def _check_names(self, page: Page) -> None:
        """Compares with the last look; meanwhile only cloudcrate had its hands on the row."""
        sync, before, now = self._sync, self._names.get(page.id, frozenset()), _names(page)
        self.checked += len(before)
        member = self.origin.get(page.id)
        may_go = {sync.name} if member in sync.left else set()
        may_come = {sync.name} if member in sync.listed and (page.id, sync.name) not in self._barred else set()
        if not before - now <= may_go:
            self.lost.append(f"{page.id}: {sorted(before - now)} went off the row in a sync of {sync.name!r}")
        if not now - before <= may_come:
            self.lost.append(f"{page.id}: {sorted(now - before)} came into the row in a sync of {sync.name!r}")
        self._names[page.id] = now

    def _renamed(self, after: Page) -> None:
        before, now = self._names[after.id], _names(after)
        for name in before - now:
            if (after.id, name) in self._linked:
                self._barred.add((after.id, name))
        self._barred -= {(after.id, name) for name in now}
        self._names[after.id] = now


def _is_empty(name: Field, value: CellValue | None) -> bool:
    return value in (None, "", ()) or (name is Field.DOWNLOADED and value is False)


def _names(page: Page) -> _Names:
    value = page.cells.get(Field.PLAYLISTS)
    return frozenset(value) if isinstance(value, tuple) else frozenset()
