"""Pure domain: what a track is, which page and file it is, and what is to be done."""
