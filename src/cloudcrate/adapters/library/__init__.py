"""The library folder: fetch, verify, tag, place."""
