"""Draws pages: every template escapes everything, and a value that is missing is an error rather than a gap."""

from importlib.metadata import version
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse

from cloudcrate.core.text import visible
from cloudcrate.errors import (
    BusyError,
    CloudcrateError,
    CredentialsError,
    RefusedError,
    StoppedError,
    ThrottledError,
    UnavailableError,
    UsageError,
)
from cloudcrate.web.views import ErrorPage

TEMPLATES = Path(__file__).parent / "templates"

STATUS: dict[type[CloudcrateError], int] = {
    UsageError: 404,  # what is asked for by its id; who takes words answers for them itself
    BusyError: 409,
    RefusedError: 409,
    CredentialsError: 502,
    ThrottledError: 503,
    UnavailableError: 503,
    StoppedError: 503,
}
"""What is said to the browser of an error; 500 of others."""

SAID = {
    400: "This cannot be understood.",
    403: "This form is of another visit.",
    404: "There is no such page.",
    405: "This is not done that way.",
    413: "That is too much.",
    415: "This is not what a form sends.",
    503: "There is too much going on.",
}
HINTS = {
    403: "Go back, reload the page and do it again.",
    404: "It may have been of another start of cloudcrate web.",
}


FAULT = "Something went wrong that should not have."
FAULT_HINT = "This is a fault of cloudcrate. Its kind is told where cloudcrate web runs."


class Pages:
    """The templates, ready to be drawn. Safe to use from many threads."""

    def __init__(self, templates: Path = TEMPLATES) -> None:
        self.version = version("cloudcrate")
        self._environment = Environment(
            loader=FileSystemLoader(templates),
            autoescape=True,  # of every template, whatever it is called
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )

    def text(self, request: Request, template: str, **values: object) -> str:
        """A template with its values, and what every page has: the nonce, the forms' secret and the version."""
        session = request.state.session
        told = {
            "nonce": request.state.nonce,
            "csrf": session.csrf if session is not None else "",
            "version": self.version,
        }
        return self._environment.get_template(template).render(told, **values)

    def render(self, request: Request, template: str, status: int = 200, **values: object) -> HTMLResponse:
        """A page."""
        return HTMLResponse(self.text(request, template, **values), status)

    def refusal(self, request: Request, status: int, message: str, hint: str = "") -> HTMLResponse:
        """The page of an error."""
        if status == 401:
            return self.render(request, "out.html", status)
        said = message or SAID.get(status, "This did not work.")
        page = ErrorPage(status=status, message=visible(said), hint=visible(hint or HINTS.get(status, "")))
        return self.render(request, "error.html", status, page=page)

    def trouble(self, request: Request, error: CloudcrateError, status: int = 0) -> HTMLResponse:
        """The page of one of our errors, with what to do about it."""
        return self.refusal(request, status or status_of(error), error.message, error.hint)


def status_of(error: CloudcrateError) -> int:
    """The status that fits an error."""
    return next((status for kind, status in STATUS.items() if isinstance(error, kind)), 500)
