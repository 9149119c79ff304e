"""How much of each service's budget is spent, shared by every process on this ledger."""

from collections.abc import Callable

from cloudcrate.adapters.sql.database import Database

SHORTEST_WAIT = 0.001
"""Seconds; rounding must not make a wait that never ends."""


class SqlBudgets:
    """See ``ports.Budgets``. A log of the window's requests: right however the service anchors its own window."""

    _database: Database
    _now: Callable[[], float]  # epoch seconds

    def take(self, name: str, *, limit: int, window: float, now: float) -> float:
        """See ``ports.Budgets.take``.

        A clock that was set back leaves times in the future. They count as now: nothing waits longer than
        a window, or than the service asked for, and never is more spent than allowed.
        """
        with self._database.transaction() as connection:
            parked = connection.execute("SELECT at, until FROM parked WHERE name = ?", (name,)).fetchone()
            if parked is not None:
                at, until = parked
                if now < at:
                    at, until = now, now + (until - at)
                    connection.execute("UPDATE parked SET at = ?, until = ? WHERE name = ?", (at, until, name))
                if now < until:
                    return float(until - now)
            connection.execute("DELETE FROM spent WHERE name = ? AND at <= ?", (name, now - window))
            connection.execute("UPDATE spent SET at = ? WHERE name = ? AND at > ?", (now, name, now))
            full = connection.execute(
                "SELECT at FROM spent WHERE name = ? ORDER BY at DESC LIMIT 1 OFFSET ?", (name, limit - 1)
            ).fetchone()
            if full is not None:
                return max(SHORTEST_WAIT, float(full[0] + window - now))
            connection.execute("INSERT INTO spent VALUES (?, ?)", (name, now))
        return 0.0

    def park(self, name: str, *, until: float) -> None:
        """See ``ports.Budgets.park``. The longest wait asked for holds."""
        with self._database.transaction() as connection:
            connection.execute(
                "INSERT INTO parked VALUES (?, ?, ?) ON CONFLICT (name) DO UPDATE SET "
                "at = excluded.at, until = excluded.until WHERE excluded.until > parked.until",
                (name, self._now(), until),
            )

    def spent(self, name: str, *, window: float, now: float) -> int:
        """See ``ports.Budgets.spent``."""
        rows = self._database.rows("SELECT COUNT(*) FROM spent WHERE name = ? AND at > ?", [name, now - window])
        return int(rows[0][0])
