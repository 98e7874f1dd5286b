"""A real headless Chromium on the status page: what it shows, what its console says, how it looks."""

import base64
import os
import pathlib
import shutil
import tempfile

from selenium import webdriver
from selenium.webdriver.chrome.service import Service

from harness import eventually

DESKTOP, PHONE = (1280, 1000), (360, 740)

# CMakeLists.txt says where: a person looks at them.
SCREENSHOTS = pathlib.Path(os.environ["SHMX_SCREENSHOTS"])


class Browser:
    """Its profile is its own, and gone with it."""

    def __init__(self, size=DESKTOP, dark=False):
        self._profile = tempfile.mkdtemp(prefix="shm-exporter-chromium.")
        options = webdriver.ChromeOptions()
        options.binary_location = shutil.which("chromium")
        for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu",
                         "--no-first-run", "--disable-background-networking",
                         f"--user-data-dir={self._profile}"):
            options.add_argument(argument)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        self.driver = webdriver.Chrome(service=Service(shutil.which("chromedriver")), options=options)
        self.resize(size)
        self.set_dark(dark)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.driver.quit()
        shutil.rmtree(self._profile, ignore_errors=True)

    def resize(self, size):
        """Of the page itself: no window of a desktop is as narrow as a phone."""
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
            "width": size[0], "height": size[1], "deviceScaleFactor": 1, "mobile": size[0] < 500})

    def set_dark(self, dark):
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [
            {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]})

    def set_headers(self, headers):
        self.driver.execute_cdp_cmd("Network.enable", {})
        self.driver.execute_cdp_cmd("Network.setExtraHTTPHeaders", {"headers": headers})

    def open(self, url):
        """Returns when the page has shown an answer of the agent."""
        self.driver.get(url)
        self.wait_for_news()

    def run(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def module(self, name, expression):
        """The value of an expression about a module of the page, `m`."""
        answer = self.driver.execute_async_script(
            "const done = arguments[arguments.length - 1];"
            f"import('./{name}').then((m) => done({{value: {expression}}}),"
            " (error) => done({error: String(error)}));")
        assert "value" in answer, answer
        return answer["value"]

    def seen(self):
        """When what is shown was collected, as text; None before the first answer."""
        return self.run("return document.body.dataset.time || null")

    def wait_for_news(self):
        before = self.seen()

        def check():
            assert self.seen() not in (None, before)
        eventually(check)

    def text(self, selector):
        return self.run("return document.querySelector(arguments[0]).textContent", selector)

    def rows(self, section):
        """What a table shows, by column, row by row; what is hidden is left out."""
        return self.run("""
            const cells = (row) => [...row.cells].filter((cell) => !cell.hidden && cell.dataset.column);
            return [...document.querySelectorAll(`#${arguments[0]} > .region > table > tbody > tr[data-key]`)]
              .map((row) => Object.fromEntries(cells(row).map((cell) =>
                [cell.dataset.column, (cell.querySelector('.opener') || cell).textContent])));
            """, section)

    def click(self, selector):
        self.run("document.querySelector(arguments[0]).click()", selector)

    def complaints(self):
        """What the console says, since the last call."""
        return [f"{entry['level']}: {entry['message']}" for entry in self.driver.get_log("browser")]

    def overflow_px(self):
        """How far the page is wider than what it is shown in."""
        return self.run("return document.documentElement.scrollWidth - document.documentElement.clientWidth")

    def screenshot(self, name):
        """The whole page."""
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        size = self.run("return [document.documentElement.clientWidth, document.documentElement.scrollHeight]")
        path = SCREENSHOTS / f"{name}.png"
        shot = self.driver.execute_cdp_cmd("Page.captureScreenshot", {
            "format": "png", "captureBeyondViewport": True,
            "clip": {"x": 0, "y": 0, "width": size[0], "height": min(size[1], 4000), "scale": 1}})
        path.write_bytes(base64.b64decode(shot["data"]))
