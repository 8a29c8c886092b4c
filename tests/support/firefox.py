"""A second browser: Firefox, driven by the WebDriver BiDi protocol that it speaks itself, so no driver is needed.

Playwright drives a Firefox of its own making only.  The protocol: https://w3c.github.io/webdriver-bidi/
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

from websockets.sync.client import ClientConnection, connect

MISSING = "No Firefox here: on Debian, install the package `firefox-esr`."
ADDRESS = re.compile(r"WebDriver BiDi listening on (ws://\S+)")
SECONDS = 60


def executable() -> str | None:
    """Return where Firefox is, or None."""
    return shutil.which("firefox-esr") or shutil.which("firefox")


class Tab:
    """One tab: where it goes, what it computes, and what it complained of and asked for on the way."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket, self.ids = socket, count(1)
        self.complaints: list[str] = []
        self.requests: list[str] = []
        self.send("session.new", capabilities={})
        self.send("session.subscribe", events=["log.entryAdded", "network.beforeRequestSent"])
        self.context = self.send("browsingContext.getTree")["contexts"][0]["context"]

    def send(self, method: str, **params: Any) -> Any:
        """Send a command and return its result, noting the events that come before it."""
        number = next(self.ids)
        self.socket.send(json.dumps({"id": number, "method": method, "params": params}))
        while True:
            answer = json.loads(self.socket.recv(timeout=SECONDS))
            if answer.get("id") == number:
                if answer["type"] == "error":
                    raise RuntimeError(f"{method}: {answer['error']}: {answer['message']}")
                return answer["result"]
            self.note(answer.get("method"), answer.get("params", {}))

    def note(self, event: str, params: Any) -> None:
        """Remember what the console says, and every address that is asked for."""
        if event == "log.entryAdded" and params["level"] in {"warn", "error"}:
            self.complaints.append(params["text"])
        if event == "network.beforeRequestSent":
            self.requests.append(params["request"]["url"])

    def open(self, address: str) -> None:
        """Load a page, and wait until its maths is set."""
        self.send("browsingContext.navigate", context=self.context, url=address, wait="complete")
        self.compute("window.MathJax?.startup?.promise?.then(() => true) ?? true")

    def compute(self, expression: str) -> Any:
        """Return the value of a JavaScript expression: a number, a string or a truth value."""
        result = self.send(
            "script.evaluate", expression=expression, target={"context": self.context}, awaitPromise=True
        )
        if result["type"] == "exception":
            raise RuntimeError(result["exceptionDetails"]["text"])
        return result["result"].get("value")


def address_in(log: Path, process: subprocess.Popen[bytes]) -> str:
    """Wait until Firefox says where it listens, and return that address."""
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        if said := ADDRESS.search(log.read_text(encoding="utf-8", errors="replace")):
            return said[1]
        time.sleep(0.1)
    raise RuntimeError(f"Firefox does not listen. It said: {log.read_text(encoding='utf-8', errors='replace')[-1000:]}")


@contextmanager
def opened(profile: Path) -> Iterator[Tab]:
    """Start Firefox, headless, on an empty profile, and end it afterwards, whatever happens in between."""
    command = [str(executable()), "--headless", "--no-remote", "--profile", str(profile)]
    log = profile / "said.txt"
    with log.open("wb") as said:
        process = subprocess.Popen([*command, "--remote-debugging-port", "0", "about:blank"], stderr=said)
    try:
        with connect(f"{address_in(log, process)}/session", max_size=None) as socket:
            yield Tab(socket)
    finally:
        process.terminate()
        process.wait()
