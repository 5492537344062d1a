"""A headless Chromium, spoken to over its debugging pipe: messages of JSON that end in a zero."""

from __future__ import annotations

import base64
import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

MEASURED = """
(() => {
  const box = (one) => { const b = one.getBoundingClientRect();
                         return [b.left, b.top, b.right, b.bottom]; };
  return JSON.stringify({
    page: box(document.querySelector("svg")),
    texts: [...document.querySelectorAll("svg text")].map((t) => [t.textContent, box(t)]),
    images: [...document.querySelectorAll("svg image")].map(box),
  });
})()
"""
"""What a page shows, and where, in pixels: left, top, right, bottom."""


class Tab:
    """A page that is open."""

    def __init__(self, into: int, out: int) -> None:
        self._into, self._out = os.fdopen(into, "wb", 0), os.fdopen(out, "rb", 0)
        self._numbers, self._rest, self._session = count(1), b"", {}
        target = self.say("Target.createTarget", url="about:blank")["targetId"]
        attached = self.say("Target.attachToTarget", targetId=target, flatten=True)
        self._session = {"sessionId": attached["sessionId"]}
        self.say("Page.enable")

    def say(self, method: str, **params: Any) -> dict[str, Any]:
        number = next(self._numbers)
        message = {"id": number, "method": method, "params": params, **self._session}
        self._into.write(json.dumps(message).encode() + b"\0")
        return self._hear(lambda heard: heard.get("id") == number)["result"]

    def _hear(self, wanted) -> dict[str, Any]:
        while True:
            while b"\0" not in self._rest:
                more = self._out.read(1 << 16)
                assert more, "Chromium ended"
                self._rest += more
            first, _, self._rest = self._rest.partition(b"\0")
            if wanted(heard := json.loads(first)):
                return heard

    def open(self, path: Path, width: int) -> dict[str, Any]:
        """Open a file in a window of this width, and return what it shows."""
        size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
        self.say("Emulation.setDeviceMetricsOverride", **size)
        self.say("Page.navigate", url=path.as_uri())
        self._hear(lambda heard: heard.get("method") == "Page.loadEventFired")
        found = self.say("Runtime.evaluate", expression=MEASURED, returnByValue=True)
        return json.loads(found["result"]["value"])

    def picture(self) -> bytes:
        """Return what is seen, as a PNG."""
        return base64.b64decode(self.say("Page.captureScreenshot", format="png")["data"])


@contextmanager
def chromium(folder: Path) -> Iterator[Tab]:
    """Start a browser, and end it."""
    theirs, ours = os.pipe(), os.pipe()
    command = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run"]
    command += ["--disable-dev-shm-usage", f"--user-data-dir={folder}", "--remote-debugging-pipe"]

    # Chromium reads from descriptor 3 and writes to descriptor 4.
    shell = f'exec "$@" 3<&{theirs[0]} 4>&{ours[1]}'
    started = subprocess.Popen(
        ["bash", "-c", shell, "bash", *command],
        pass_fds=(theirs[0], ours[1]),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(theirs[0])
    os.close(ours[1])
    tab = None
    try:
        tab = Tab(theirs[1], ours[0])
        yield tab
    finally:
        started.kill()
        started.wait()
        if tab is not None:
            tab._into.close()
            tab._out.close()
