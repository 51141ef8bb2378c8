"""Chromium without a window, told over its DevTools protocol by a pair of pipes what its pages do."""

import base64
import itertools
import json
import os
import shutil
import threading
from pathlib import Path

import pytest

from support.process import Process
from support.waiting import PATIENCE, wait_until

_PROGRAM = "chromium"


class Browser:
    """`hosts` says where names lead: to an address, or to ADDRESS:PORT whatever the port was. Certificates are believed whoever has signed them."""

    def __init__(self, directory, hosts):
        if not shutil.which(_PROGRAM):
            pytest.skip(f"there is no {_PROGRAM} (apt-get install {_PROGRAM})")
        Path(directory).mkdir()
        rules = ", ".join(f"MAP {name} {address}" for name, address in hosts.items())
        ours, theirs = Path(directory) / "commands", Path(directory) / "answers"
        os.mkfifo(ours)
        os.mkfifo(theirs)
        # A sandbox needs rights that containers and root's processes lack; the pages are our own.
        self._process = Process("chromium", [
            "sh", "-c", f'exec {_PROGRAM} "$@" 3<commands 4>answers', "sh", "--headless=new", "--no-sandbox",
            "--disable-gpu", "--disable-dev-shm-usage", "--remote-debugging-pipe", f"--user-data-dir={directory}/profile",
            "--ignore-certificate-errors", f"--host-resolver-rules={rules}", "--window-size=1200,800"],
            directory, dict(os.environ, HOME=str(directory)))
        self._commands = open(ours, "wb", buffering=0)
        self._numbers = itertools.count(1)
        self._answers = {}  # by number
        threading.Thread(target=self._read, args=(open(theirs, "rb"),), daemon=True).start()

    def new_page(self):
        """With a profile of its own: whoever uses it is somebody else."""
        context = self.say("Target.createBrowserContext")["browserContextId"]
        target = self.say("Target.createTarget", url="about:blank", browserContextId=context, newWindow=True)["targetId"]
        return Page(self, self.say("Target.attachToTarget", targetId=target, flatten=True)["sessionId"])

    def say(self, method, session=None, **parameters):
        number = next(self._numbers)
        command = {"id": number, "method": method, "params": parameters, **({"sessionId": session} if session else {})}
        self._commands.write(json.dumps(command).encode() + b"\0")
        answer = wait_until(lambda: self._answers.pop(number, None), f"{method} is answered; see {self._process.log_path}",
                            PATIENCE * 4)
        assert "error" not in answer, (method, answer)
        return answer["result"]

    def end(self):
        self.say("Browser.close")
        self._process.wait()

    def _read(self, answers):
        rest = b""
        while piece := answers.read1(1 << 16):
            *whole, rest = (rest + piece).split(b"\0")
            for line in whole:
                message = json.loads(line)
                if "id" in message:
                    self._answers[message["id"]] = message


class Page:
    def __init__(self, browser, session):
        self._browser, self._session = browser, session
        self._say("Page.enable")
        self._say("Emulation.setFocusEmulationEnabled", enabled=True)  # else only one of several pages is drawn

    def open(self, url):
        self._say("Page.navigate", url=url)

    def reload(self):
        self._say("Page.reload")

    def value(self, expression):
        """Of this JavaScript, as JSON has it."""
        told = self._say("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in told, told["exceptionDetails"]
        return told["result"].get("value")

    def run_in_console(self, text):
        """As if somebody had typed it there."""
        told = self._say("Runtime.evaluate", expression=text, awaitPromise=True, replMode=True)
        assert "exceptionDetails" not in told, told["exceptionDetails"]

    def wait_for(self, expression, what, seconds=PATIENCE * 4):
        """Until this JavaScript is true; what it is then."""
        return wait_until(lambda: self.value(expression), what, seconds)

    def type(self, text):
        """Where the page has its focus, Enter at the end."""
        self._say("Input.insertText", text=text)
        for what in ("keyDown", "keyUp"):
            self._say("Input.dispatchKeyEvent", type=what, key="Enter", code="Enter", windowsVirtualKeyCode=13, text="\r")

    def show_as(self, scheme, width=1200, height=800):
        """In "light" or "dark", on a screen of that width."""
        self._say("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        self._say("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600)

    def save_screenshot(self, path):
        self.value("new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(() => drawn())))")
        path.write_bytes(base64.b64decode(self._say("Page.captureScreenshot", format="png")["data"]))

    def _say(self, method, **parameters):
        return self._browser.say(method, self._session, **parameters)
