"""Every error has its class, in one place and in the documentation."""

import re
from pathlib import Path

import pytest

from cloudcrate import errors
from cloudcrate.errors import CloudcrateError, Retry

DOCUMENT = Path(__file__).parents[2] / "docs" / "errors.md"
ROW = re.compile(r"\| `(\w+)` \| (\w+) \| (\d+) \| (.+) \|")


def every_error() -> dict[str, type[CloudcrateError]]:
    return {
        name: kind
        for name, kind in vars(errors).items()
        if isinstance(kind, type) and issubclass(kind, CloudcrateError)
    }


def test_every_error_stands_in_the_document_with_its_class_and_its_exit_code() -> None:
    told = {name: (retry, int(code)) for name, retry, code, _ in ROW.findall(DOCUMENT.read_text("utf-8"))}
    assert told == {name: (kind.retry.value, kind.exit_code) for name, kind in every_error().items()}


@pytest.mark.parametrize("retry", Retry)
def test_every_class_is_explained(retry: Retry) -> None:
    assert f"\n| {retry.value} | " in DOCUMENT.read_text("utf-8")


def test_every_error_stands_in_the_tree_that_the_module_draws() -> None:
    drawn = set(re.findall(r"\w+Error", errors.__doc__ or ""))
    assert drawn == set(every_error())
