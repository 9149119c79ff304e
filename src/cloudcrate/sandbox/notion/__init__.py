"""Notion's REST API, played on loopback."""
