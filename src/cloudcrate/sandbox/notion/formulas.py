"""The few formulas that a sandbox needs: a property, and a property compared with or joined to a literal."""

import re
from collections.abc import Mapping
from typing import Any  # Any: a property's plain value

_PROP = r'(?:prop\("([^"]*)"\)|format\(prop\("([^"]*)"\)\))'
_ALONE = re.compile(rf"\s*{_PROP}\s*")
_COMPARED = re.compile(rf'\s*{_PROP}\s*==\s*"([^"]*)"\s*')
_JOINED = re.compile(rf'\s*{_PROP}\s*\+\s*"([^"]*)"\s*')
_INCLUDES = re.compile(rf'\s*{_PROP}\.includes\("([^"]*)"\)\s*')


def evaluate(expression: str, values: Mapping[str, Any]) -> Any:  # Any: as above
    """The formula's value; None for an empty one and for a formula that is not known here."""
    if found := _ALONE.fullmatch(expression):
        value = values.get(found[1] or found[2])
        return ", ".join(value) if isinstance(value, tuple) else value
    if found := _COMPARED.fullmatch(expression):
        return values.get(found[1] or found[2]) == found[3]
    if found := _JOINED.fullmatch(expression):
        return f"{values.get(found[1] or found[2]) or ''}{found[3]}"
    if found := _INCLUDES.fullmatch(expression):
        return found[3] in (values.get(found[1] or found[2]) or ())
    return None
