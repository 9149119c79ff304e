"""A strict reader of the HTML that pages are made of: what is nested wrongly, unlabelled or dangerous, in words."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = frozenset({"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source"})
BOOLEAN = frozenset({"hidden", "required", "autofocus", "defer", "open", "checked", "disabled", "data-wave"})
LABELLED = frozenset({"input", "select", "textarea", "progress", "meter"})


@dataclass
class Element:
    tag: str
    attributes: dict[str, str]
    text: str = ""
    inside: list["Element"] = field(default_factory=list)

    @property
    def named(self) -> bool:
        """Says whether it has a name for those who do not see it."""
        label = self.attributes.get("aria-label") or self.attributes.get("aria-labelledby") or ""
        return bool(label.strip() or self.words.strip())

    @property
    def words(self) -> str:
        return self.text + "".join(element.words for element in self.inside)


class Markup(HTMLParser):
    """Reads a page or a fragment; ``wrong`` says what is not as it should be."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.wrong: list[str] = []
        self.elements: list[Element] = []
        self._open: list[Element] = []
        self.feed(html)
        self.close()
        self.wrong += [f"<{element.tag}> is not closed" for element in self._open]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        if len(set(names)) != len(names):
            self.wrong.append(f"<{tag}> has an attribute twice: {names}")
        self.wrong += [
            f"<{tag} {name}> has no value"
            for name, value in attrs
            if value is None and name not in BOOLEAN and not name.startswith("data-")
        ]
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.elements.append(element)
        if self._open:
            self._open[-1].inside.append(element)
        if tag not in VOID:
            self._open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self._open.pop()

    def handle_endtag(self, tag: str) -> None:
        if self._open and self._open[-1].tag == tag:
            self._open.pop()
        else:
            self.wrong.append(f"</{tag}> closes {self._open[-1].tag if self._open else 'nothing'}")

    def handle_data(self, data: str) -> None:
        if self._open:
            self._open[-1].text += data

    def all(self, tag: str) -> list[Element]:
        """The elements of a kind, in their order."""
        return [element for element in self.elements if element.tag == tag]

    @property
    def shape(self) -> list[tuple[str, tuple[str, ...]]]:
        """Tags with the names of their attributes: what a text must never change."""
        return [(element.tag, tuple(sorted(element.attributes))) for element in self.elements]


def faults(page: Markup, *, nonce: str) -> list[str]:
    """Everything that is wrong with a page or a fragment."""
    return [*page.wrong, *_ids(page), *_scripts(page, nonce), *_labels(page), *_tables(page), *_forms(page)]


def _ids(page: Markup) -> list[str]:
    ids = [element.attributes["id"] for element in page.elements if "id" in element.attributes]
    return [f"the id {name!r} is there twice" for name in sorted({name for name in ids if ids.count(name) > 1})]


def _scripts(page: Markup, nonce: str) -> list[str]:
    """What the content security policy would stop, and links that run something."""
    found = [f"<{e.tag} {name}>" for e in page.elements for name in e.attributes if name == "style" or name[:2] == "on"]
    found += [f"<{e.tag}> inline" for e in page.elements if e.tag in ("script", "style") and e.words.strip()]
    found += [f"a script without a nonce: {e.attributes}" for e in page.all("script") if e.attributes["nonce"] != nonce]
    addresses = [(e.tag, e.attributes.get(name, "")) for e in page.elements for name in ("href", "src", "action")]
    found += [f"<{tag}> leads to {to!r}" for tag, to in addresses if to and not to.startswith(("/", "#", "https://"))]
    return found


def _labels(page: Markup) -> list[str]:
    labelled = {element.attributes.get("for") for element in page.all("label")}
    found = [
        f"<{e.tag} {e.attributes}> has no label"
        for e in page.elements
        if e.tag in LABELLED and e.attributes.get("type") != "hidden" and e.attributes.get("id") not in labelled
    ]
    found += [
        f"<{e.tag} {e.attributes}> has no name" for e in page.elements if e.tag in ("a", "button") and not e.named
    ]
    found += [f"an image without alt: {e.attributes}" for e in page.all("img") if "alt" not in e.attributes]
    ids = {element.attributes.get("id") for element in page.elements}
    found += [f"a label for nothing: {name!r}" for name in labelled if name not in ids]
    return found


def _tables(page: Markup) -> list[str]:
    found = [f"a header without scope: {e.words!r}" for e in page.all("th") if "scope" not in e.attributes]
    return found + [
        f"a table whose rows differ: {sorted(widths)}"
        for widths in ({_width(row) for row in _rows(table)} for table in page.all("table"))
        if len(widths) > 1
    ]


def _rows(element: Element) -> list[Element]:
    return [row for inner in element.inside for row in ([inner] if inner.tag == "tr" else _rows(inner))]


def _width(row: Element) -> int:
    return sum(cell.tag in ("td", "th") for cell in row.inside)


def _forms(page: Markup) -> list[str]:
    """Forms that change something carry the secret; there is a button for those without scripts."""
    found = []
    for form in page.all("form"):
        names = [element.attributes.get("name") for element in _within(form)]
        if form.attributes.get("method") == "post" and "csrf" not in names:
            found.append(f"a form without its secret: {form.attributes}")
        if not any(element.tag == "button" for element in _within(form)):
            found.append(f"a form without a button: {form.attributes}")
    return found


def _within(element: Element) -> list[Element]:
    return [found for inner in element.inside for found in (inner, *_within(inner))]
