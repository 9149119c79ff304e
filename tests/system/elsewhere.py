"""Another page on this machine, which tries what a page must not be able to do to the dashboard."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ATTACK = """
<!doctype html><title>another page</title>
<form method="post" action="{board}{path}"><input name="words" value="{words}"><input name="csrf" value=""></form>
<script>
const told = window.told = {{}};
const settled = (name, promise) => promise.then((a) => a.type === "opaque" ? "opaque" : a.status, () => "refused")
  .then((said) => {{ told[name] = said; }});
const url = "{board}{path}";
const sent = {{ method: "POST", credentials: "include", body: new URLSearchParams({{ words: "{words}" }}) }};
const heard = (name, made) => {{
  made.addEventListener("load", () => {{ told[name] = "loaded"; }});
  made.addEventListener("open", () => {{ told[name] = "loaded"; }});
  made.addEventListener("error", () => {{ told[name] = "refused"; made.close?.(); }});
}};
settled("post", fetch(url, sent));
settled("blind post", fetch(url, {{ ...sent, mode: "no-cors" }}));
settled("look", fetch("{board}/", {{ credentials: "include" }}));
const picture = new Image();
heard("picture", picture);
picture.src = "{board}/static/icon.svg";
heard("events", new EventSource("{board}{events}", {{ withCredentials: true }}));
</script>
"""


class Elsewhere(BaseHTTPRequestHandler):
    """Another page on this machine."""

    html = ""

    def do_GET(self) -> None:
        body = self.html.encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
        """Says nothing."""


@contextmanager
def elsewhere(html: str) -> Iterator[int]:
    """A page at another port; answers with the port."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Page", (Elsewhere,), {"html": html}))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
