"""SoundCloud's web API (api-v2): playlists, tracks, and signed links to their streams."""
