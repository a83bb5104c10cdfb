"""The page in a real browser: what it fetches, what it lets run, how its tables sort."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from typing import TYPE_CHECKING, Any

import pytest
import websocket

from pfkit.publish import manifest, page

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from nbformat import NotebookNode

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")

pytestmark = pytest.mark.skipif(
    CHROMIUM is None,
    reason="no Chromium on this machine: requests, policy and sorting are not tried in a browser",
)


class Tab:
    """One tab of a headless browser, driven through its debugging protocol."""

    def __init__(self, address: str) -> None:
        self._socket = websocket.create_connection(address, timeout=30, suppress_origin=True)
        self._count = 0
        self.requests: list[str] = []
        self.violations: list[str] = []
        for domain in ("Page", "Network", "Runtime", "Log"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON
        """Send a command and return its result."""
        self._count += 1
        message = {"id": self._count, "method": method, "params": parameters}
        self._socket.send(json.dumps(message))
        while True:
            held = json.loads(self._socket.recv())
            self._note(held)
            if held.get("id") == message["id"]:
                result: dict[str, Any] = held["result"]
                return result

    def open(self, path: Path) -> None:
        """Open a file and wait until it is loaded."""
        self.requests.clear()
        self.call("Page.navigate", url=path.as_uri())
        while self.value("document.readyState") != "complete":
            time.sleep(0.02)
        self.value("new Promise(done => setTimeout(done, 100))")

    def value(self, expression: str) -> Any:  # noqa: ANN401 - any JSON
        """Evaluate an expression in the page."""
        held = self.call(
            "Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True
        )
        return held["result"].get("value")

    def press(self, key: str) -> None:
        """Press a key, as a reader without a mouse does."""
        text = {"Enter": "\r", " ": " "}.get(key, "")
        code = {"Enter": 13, "Tab": 9, " ": 32}[key]
        for kind in ("keyDown", "keyUp"):
            self.call(
                "Input.dispatchKeyEvent",
                type=kind,
                key=key,
                windowsVirtualKeyCode=code,
                text=text if kind == "keyDown" else "",
            )

    def _note(self, held: dict[str, Any]) -> None:
        if held.get("method") == "Network.requestWillBeSent":
            self.requests.append(held["params"]["request"]["url"])
        if held.get("method") == "Log.entryAdded":
            self.violations.append(held["params"]["entry"]["text"])

    def close(self) -> None:
        """Let go of the tab."""
        self._socket.close()


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    profile = tmp_path_factory.mktemp("browser")
    arguments = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
    arguments += ["--remote-debugging-port=0", "--remote-allow-origins=*", "about:blank"]
    process = subprocess.Popen(
        [str(CHROMIUM), *arguments, f"--user-data-dir={profile}"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    listing = profile / "DevToolsActivePort"
    try:
        for _ in range(600):
            if listing.exists() and len(listing.read_text().split()) == 2:
                break
            time.sleep(0.05)
        port, path = listing.read_text().split()
        yield f"ws://127.0.0.1:{port}{path}"
    finally:
        process.terminate()
        process.wait(timeout=30)


@pytest.fixture
def tab(address: str) -> Iterator[Tab]:
    browser = websocket.create_connection(address, timeout=30, suppress_origin=True)
    command = {"id": 1, "method": "Target.createTarget", "params": {"url": "about:blank"}}
    browser.send(json.dumps(command))
    held: dict[str, Any] = {}
    while held.get("id") != 1:
        held = json.loads(browser.recv())
    target = held["result"]["targetId"]
    browser.close()
    opened = Tab(address[: address.index("/devtools/")] + f"/devtools/page/{target}")
    yield opened
    opened.call("Page.close")
    opened.close()


@pytest.fixture
def path(notebook: NotebookNode, tmp_path: Path) -> Path:
    made = tmp_path / "report.html"
    html = page.render(notebook, content=manifest.content(notebook))
    made.write_text(html, encoding="utf-8")
    return made


def outside(tab: Tab, path: Path) -> list[str]:
    return [url for url in tab.requests if url != path.as_uri() and not url.startswith("data:")]


def test_the_page_fetches_nothing_and_breaks_no_rule_of_its_policy(tab: Tab, path: Path) -> None:
    tab.open(path)
    assert path.as_uri() in tab.requests
    assert outside(tab, path) == []
    assert tab.violations == []


def test_a_request_would_be_seen(tab: Tab, tmp_path: Path) -> None:
    other = tmp_path / "other.html"
    other.write_text("<img src='missing.png'>", encoding="utf-8")
    tab.open(other)
    assert outside(tab, other) == [(tmp_path / "missing.png").as_uri()]


def test_the_font_is_the_page_s_own(tab: Tab, path: Path) -> None:
    tab.open(path)
    assert tab.value("document.fonts.ready.then(() => document.fonts.size)") >= 3
    assert tab.value("document.fonts.check('600 1rem \"Source Sans 3\"')") is True


def test_a_script_that_got_in_does_not_run(tab: Tab, path: Path) -> None:
    html = path.read_text(encoding="utf-8")
    evil = "<script>window.owned=1</script><img src='data:,x' onerror='window.owned=2'>"
    path.write_text(html.replace("</main>", f"{evil}</main>"), encoding="utf-8")
    tab.open(path)
    assert tab.value("window.owned") is None
    assert any("Content Security Policy" in text for text in tab.violations)


def names(tab: Tab) -> list[str]:
    found: list[str] = tab.value(
        "[...document.querySelectorAll('#pf-pnl tbody th')].map(cell => cell.textContent)"
    )
    return found


def test_a_table_sorts_by_keyboard_and_its_total_stays_last(tab: Tab, path: Path) -> None:
    tab.open(path)
    head = "document.querySelectorAll('#pf-pnl thead th')[1]"
    assert names(tab) == ["Borea", "007", "Total"]
    assert tab.value(f"{head}.getAttribute('aria-sort')") == "none"
    tab.value("document.querySelectorAll('#pf-pnl thead th button')[0].focus()")
    tab.press("Tab")
    assert tab.value(f"document.activeElement === {head}.querySelector('button')") is True
    seen = []
    for _ in range(3):
        tab.press("Enter")
        seen.append((tab.value(f"{head}.getAttribute('aria-sort')"), names(tab)))
    assert seen == [
        ("descending", ["007", "Borea", "Total"]),
        ("ascending", ["Borea", "007", "Total"]),
        ("none", ["Borea", "007", "Total"]),
    ]


def test_only_one_column_says_it_is_sorted(tab: Tab, path: Path) -> None:
    tab.open(path)
    for place in (1, 0):
        tab.value(f"document.querySelectorAll('#pf-pnl thead th button')[{place}].click()")
    states = "[...document.querySelectorAll('#pf-pnl thead th')].map(h => h.ariaSort)"
    assert tab.value(states) == ["ascending", "none"]
    assert names(tab) == ["007", "Borea", "Total"]


@pytest.mark.parametrize(("scheme", "light"), [("light", True), ("dark", False)])
def test_it_follows_the_reader_s_light_or_dark(
    tab: Tab, path: Path, scheme: str, *, light: bool
) -> None:
    feature = [{"name": "prefers-color-scheme", "value": scheme}]
    tab.call("Emulation.setEmulatedMedia", features=feature)
    tab.open(path)
    color = tab.value("getComputedStyle(document.body).backgroundColor")
    red, green, blue = (int(part) for part in color[4:-1].split(","))
    assert (red + green + blue > 600) is light


def test_a_narrow_screen_does_not_scroll_sideways(tab: Tab, path: Path) -> None:
    size = {"width": 320, "height": 640, "deviceScaleFactor": 1, "mobile": True}
    tab.call("Emulation.setDeviceMetricsOverride", **size)
    tab.open(path)
    assert tab.value("document.documentElement.scrollWidth") <= 320


@pytest.fixture
def draft(notebook_of: Callable[..., NotebookNode], exhibits: dict[str, Any]) -> NotebookNode:
    exhibits["headline"]["state"] = "red"
    return notebook_of(*exhibits.values())


def test_a_draft_says_so_wherever_the_reader_is(tab: Tab, path: Path, draft: NotebookNode) -> None:
    html = page.render(draft, content=manifest.content(draft))
    path.write_text(html, encoding="utf-8")
    tab.open(path)
    stamp = "getComputedStyle(document.querySelector('main'), '::before')"
    assert tab.value(f"{stamp}.content") == '"DRAFT"'
    assert tab.value(f"{stamp}.position") == "fixed"
