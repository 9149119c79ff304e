"""Sentences with one letter wrong, made of plain ones: left out, doubled, exchanged, or the key beside it struck."""

from collections.abc import Iterator

PLAIN: tuple[str, ...] = (
    "make sure Night Bus is synced and downloaded",
    "please sync the Night Bus playlist",
    "sync Night Bus but don't download it",
    "sync Night Bus without downloading",
    "only download Night Bus",
    "sync only the first 50 tracks of Night Bus",
    "what would happen if I synced Night Bus",
    "is Night Bus up to date",
    "what is missing from Night Bus and why",
    "how far is Night Bus",
    "stop syncing Night Bus",
    "sync everything",
    "keep Night Bus synced every 6 hours",
    "don't sync Night Bus",
    "never download Night Bus",
    "when was Night Bus last synced",
    "should I sync Night Bus",
    "delete Night Bus",
    "sync Night Bus tomorrow",
    "did you download Night Bus",
    "do not download Night Bus, just sync it",
    "sync Night Bus unless it is downloaded",
    "stop the sync",
)

_BESIDE = dict(zip("asdertyuiolknmcvbwfghjx", "sdsrtuuioplkmnvbvegfjhz", strict=True))


def misspelt(text: str) -> Iterator[str]:
    """Every sentence with one letter of one word wrong; names stand."""
    words = text.split()
    for at, word in enumerate(words):
        if len(word) > 1 and word not in {"Night", "Bus", "Bus,"}:
            for wrong in sorted(set(_wrong(word)) - {word, ""}):
                yield " ".join([*words[:at], wrong, *words[at + 1 :]])


def _wrong(word: str) -> Iterator[str]:
    for at, letter in enumerate(word):
        if letter.isalpha():
            yield word[:at] + word[at + 1 :]
            yield word[:at] + letter + word[at:]
            yield word[:at] + word[at + 1 : at + 2] + letter + word[at + 2 :]
            if at and letter in _BESIDE:
                yield word[:at] + _BESIDE[letter] + word[at + 1 :]
