"""Notion: a client of a few calls, a column mapping, and the Catalog on top."""
