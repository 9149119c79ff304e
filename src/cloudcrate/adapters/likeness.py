"""How alike two texts are, by rapidfuzz."""


def ratio(a: str, b: str) -> float:
    """100 less the share of letters to put in or take out until one is the other; see ``core.likeness.Ratio``."""
    from rapidfuzz import fuzz  # noqa: PLC0415  # only looking a name up needs it: other commands start without

    return fuzz.ratio(a, b)
