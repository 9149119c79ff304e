"""Keeps SoundCloud playlists in a Notion database and on disk."""
