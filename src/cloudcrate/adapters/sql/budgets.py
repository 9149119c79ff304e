"""How much of each service's budget is spent, shared by every process on this ledger."""

from collections.abc import Callable

from cloudcrate.adapters.sql.database import Connection, Database, durable

SHORTEST_WAIT = 0.001
"""Seconds; rounding must not make a wait that never ends."""


class SqlBudgets:
    """See ``ports.Budgets``. A log of the window's requests: right however the service anchors its own window."""

    _database: Database
    _now: Callable[[], float]  # epoch seconds

    @durable
    def take(self, name: str, *, limit: int, window: float, now: float) -> float:
        """See ``ports.Budgets.take``.

        ``now`` may come late: its sender was frozen, or waited for others. So a request never stands before
        one that was recorded earlier, and times up to a window ahead of ``now`` count as they are. Those
        further ahead are from before a clock was set back, and count as now. What has left the window is kept
        for another one, for those whose ``now`` it is still in. Nothing waits longer than two windows, or than
        twice what the service asked for, and never is more spent than allowed.
        """
        with self._database.transaction() as connection:
            parked = _locked(connection, name, now)
            if now < parked:
                return parked - now
            connection.execute("DELETE FROM spent WHERE name = ? AND at <= ?", (name, now - 2 * window))
            connection.execute("UPDATE spent SET at = ? WHERE name = ? AND at > ?", (now, name, now + window))
            full = connection.execute(
                "SELECT at FROM spent WHERE name = ? ORDER BY at DESC LIMIT 1 OFFSET ?", (name, limit - 1)
            ).fetchone()
            if full is not None and full[0] + window > now:
                return max(SHORTEST_WAIT, float(full[0] + window - now))
            connection.execute(
                "INSERT INTO spent VALUES (?, COALESCE((SELECT MAX(at) FROM spent WHERE name = ? AND at > ?), ?))",
                (name, name, now, now),
            )
        return 0.0

    @durable
    def park(self, name: str, *, until: float) -> None:
        """See ``ports.Budgets.park``. The longest wait asked for holds."""
        now = self._now()
        with self._database.transaction() as connection:
            connection.execute(
                "INSERT INTO parked VALUES (?, ?, ?) ON CONFLICT (name) DO UPDATE SET "
                "at = excluded.at, until = excluded.until WHERE excluded.until > parked.until",
                (name, now, until),
            )

    def spent(self, name: str, *, window: float, now: float) -> int:
        """See ``ports.Budgets.spent``."""
        rows = self._database.rows("SELECT COUNT(*) FROM spent WHERE name = ? AND at > ?", [name, now - window])
        return int(rows[0][0])

    def parked_until(self, name: str) -> float:
        """See ``ports.Budgets.parked_until``."""
        rows = self._database.rows("SELECT until FROM parked WHERE name = ?", [name])
        return float(rows[0][0]) if rows else 0.0


def _locked(connection: Connection, name: str, now: float) -> float:
    """Until when a budget is parked (epoch seconds); nobody else takes of it before this transaction has ended.

    A park that begins its own length or more after ``now`` is from before a clock was set back: it begins now.
    """
    connection.execute(  # locks the row, and writes only if there was none
        "INSERT INTO parked VALUES (?, 0, 0) ON CONFLICT (name) DO UPDATE SET until = parked.until WHERE 1 = 0", (name,)
    )
    at, until = connection.execute("SELECT at, until FROM parked WHERE name = ?", (name,)).fetchone()
    if now < at and at - now >= until - at:
        until = now + (until - at)
        connection.execute("UPDATE parked SET at = ?, until = ? WHERE name = ?", (now, until, name))
    return float(until)
