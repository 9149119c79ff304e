"""The ledger and the local catalog on SQLite."""
