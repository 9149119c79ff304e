"""Notion: a client of eight calls, a column mapping, and the Catalog on top."""
