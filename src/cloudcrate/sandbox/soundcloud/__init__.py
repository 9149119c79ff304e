"""SoundCloud, played on loopback."""
