"""Converse, the web client, in Chromium, its pages from another site than the listener: two people talk, a page is
loaded anew, and its session goes on."""

import json
import os
import shutil
from pathlib import Path

import pytest

from support.accounts import PASSWORDS
from support.addresses import WEB
from support.browser import Browser
from support.known_secrets import new_secret
from support.page_server import PageServer
from support.start_stanzagate import backend
from support.web_client import installed_packages

from conftest import DOMAIN

SITE = "pages.test"
ORIGIN = f"https://{SITE}:{WEB}"
SERVICES = {"websocket": {"websocket_url": f"wss://{DOMAIN}:{WEB}/xmpp-websocket"},
            "bosh": {"bosh_service_url": f"https://{DOMAIN}:{WEB}/http-bind"}}
# Its plugin lets the test open a chat, and sees that the server has heard that its user is there.
PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Converse</title>
<link rel="stylesheet" href="converse/converse.min.css"><script type="module" src="converse/converse.min.js"></script></head>
<body><script type="module">
converse.plugins.add('test', { initialize() {
  const api = window.converseApi = this._converse.api;
  api.listen.on('connected', () => api.connection.get().addHandler(() => { window.isPresent = true; }, null, 'presence'));
} });
converse.initialize(%s);
</script></body></html>
"""
SETTINGS = {"view_mode": "fullscreen", "assets_path": "/converse/", "allow_non_roster_messaging": True, "i18n": "en",
            "discover_connection_methods": False, "play_sounds": False, "auto_login": True,
            "whitelisted_plugins": ["test"],
            "blacklisted_plugins": ["converse-omemo"]}  # it asks this Prosody for keys and gets none


@pytest.fixture
def gate(start_gate, prosody):
    """Before a Prosody that has no HTTP port."""
    gate = start_gate({DOMAIN: [backend("a", prosody.address, prosody.proxied_port, proxy="v2")]},
                      web={"origins": [ORIGIN]}, health={"every": "200ms"})
    gate.wait_for_offers(DOMAIN)
    return gate


@pytest.fixture(params=SERVICES)
def kind(request):
    return request.param


@pytest.fixture
def browser(gate, kind, authority, tmp_path):
    """It sees a site with a page for each user."""
    folder = tmp_path / "site"
    folder.mkdir()
    (folder / "converse").symlink_to(installed_packages() / "converse")
    for user in ("romeo", "juliet"):
        mine = {**SETTINGS, **SERVICES[kind], "jid": f"{user}@{DOMAIN}", "password": PASSWORDS[user]}
        (folder / f"{user}.html").write_text(PAGE % json.dumps(mine))
    site = PageServer(folder, authority.issue(tmp_path / "certificate", SITE))
    browser = Browser(tmp_path / "browser", {SITE: site.address, DOMAIN: gate.address})
    yield browser
    browser.end()
    site.end()


def come(browser, user):
    page = browser.new_page()
    page.open(f"{ORIGIN}/{user}.html")
    page.wait_for("window.isPresent", f"{user} is present")
    return page


def open_chat(page, other):
    page.value(f"void converseApi.chats.open('{other}@{DOMAIN}', {{}}, true)")
    page.wait_for("!!document.querySelector('.chat-textarea')", f"the chat with {other} is open")


def say(page, text):
    page.value("document.querySelector('.chat-textarea').focus()")
    page.type(text)


def wait_for_text(page, text):
    page.wait_for(f"[...document.querySelectorAll('.chat-msg__text')].some((one) => one.innerText.trim() === '{text}')",
                  "the message is shown")


def keep_screenshot(page, folder, name):
    page.save_screenshot(folder / name)
    if kept := os.environ.get("STANZAGATE_ARTEFACTS"):
        Path(kept).mkdir(parents=True, exist_ok=True)
        shutil.copy(folder / name, kept)


def test_two_people_talk_and_a_page_is_loaded_anew(gate, browser, kind, tmp_path):
    romeo, juliet = come(browser, "romeo"), come(browser, "juliet")
    open_chat(romeo, "juliet")
    open_chat(juliet, "romeo")
    there, back, later = (new_secret("body") for _ in range(3))
    say(romeo, there)
    wait_for_text(juliet, there)
    say(juliet, back)
    wait_for_text(romeo, back)
    romeo.value("void (window.isOld = true)")
    romeo.reload()
    romeo.wait_for("!window.isOld && window.converseApi?.connection.authenticated()", "romeo is back")
    say(juliet, later)
    wait_for_text(romeo, later)
    keep_screenshot(romeo, tmp_path, f"converse-{kind}.png")
    if kind == "websocket":
        assert gate.ask("status")["resumes"]["resumed"] == 1, "it is a new session"
    else:
        assert len(gate.events("session_routed")) == 2, "it is a new session"
