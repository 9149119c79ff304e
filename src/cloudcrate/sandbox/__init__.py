"""SoundCloud and Notion on loopback, for rehearsals and tests. Imports nothing else of cloudcrate."""
