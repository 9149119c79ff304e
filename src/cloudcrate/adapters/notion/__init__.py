"""Notion: a client of six calls, a column mapping and the Catalog on top."""
