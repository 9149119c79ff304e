"""Reads each sentence once, however many tests ask about it."""

from functools import cache

from cloudcrate.core.intent import read as read_anew

read = cache(read_anew)
