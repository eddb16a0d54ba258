"""The tour in a browser, as a visitor sees it."""

from __future__ import annotations

import json
import re
import signal
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.integration.program import Program, running


@pytest.fixture
def tour(tmp_path: Path) -> Iterator[Program]:
    database = tmp_path / "tour.sqlite3"
    with running("-m", "examples.tour", "--port=0", f"--database={database}") as program:
        yield program


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    made = browser.new_context(locale="en-US")
    yield made
    made.close()


def sign_up(page: Page, tour: Program, name: str) -> None:
    page.goto(tour.url + "chat")
    expect(page).to_have_url(re.compile(r"/login\?next=%2Fchat$"))
    page.goto(tour.url + "signup?next=/chat")
    page.fill("input[name=name]", name)
    page.fill("input[name=password]", "a long password")
    page.click("main button")
    expect(page).to_have_url(tour.url + "chat")
    expect(page.locator("#state")).to_have_text("live")


def say(page: Page, text: str) -> None:
    page.fill("#say input", text)
    page.press("#say input", "Enter")


@pytest.mark.timeout(120)
def test_sign_up_chat_and_languages(
    tour: Program, browser: Browser, context: BrowserContext
) -> None:
    problems: list[str] = []
    ada = context.new_page()
    ada.on("pageerror", lambda error: problems.append(str(error)))
    ada.on("console", lambda line: problems.append(line.text) if line.type == "error" else None)
    sign_up(ada, tour, "ada")
    other = browser.new_context(locale="en-US")
    grace = other.new_page()
    sign_up(grace, tour, "grace")

    # What one says arrives at the other, escaped, and stays after a reload.
    say(ada, "Hello <b>Grace</b> & all")
    for page in (ada, grace):
        expect(page.locator("#messages .text")).to_have_text(["Hello <b>Grace</b> & all"])
    say(grace, "Hello Ada")
    expect(ada.locator("#messages li")).to_have_count(2)
    ada.reload()
    expect(ada.locator("#messages .text")).to_have_text(["Hello <b>Grace</b> & all", "Hello Ada"])
    expect(ada.locator("#messages .author")).to_have_text(["ada", "grace"])

    # The switch changes the language and stays.
    ada.click("footer button:has-text('Deutsch')")
    expect(ada.locator("h1")).to_contain_text("Gespräch")
    expect(ada.locator("html")).to_have_attribute("lang", "de")
    ada.goto(tour.url)
    expect(ada.locator("h1")).to_have_text("Ein warmer Wind für Ihre Website")
    expect(ada.locator("#member-count")).to_have_text("2")
    expect(ada.locator("#message-count")).to_have_text("2")

    # Out, and in again; a wrong password is told.
    ada.click("text=Abmelden")
    ada.click("nav >> text=Anmelden")
    ada.fill("input[name=name]", "ada")
    ada.fill("input[name=password]", "wrong password")
    ada.click("main button")
    expect(ada.locator(".error")).to_have_text("Name oder Passwort ist falsch.")
    ada.fill("input[name=password]", "a long password")
    ada.click("main button")
    expect(ada.locator(".member")).to_have_text("ada")
    other.close()
    # The browser itself notes the 403 of the wrong password.
    assert [text for text in problems if "403" not in text] == []


@pytest.mark.timeout(120)
def test_the_language_of_the_browser(tour: Program, browser: Browser) -> None:
    context = browser.new_context(locale="de-AT")
    page = context.new_page()
    page.goto(tour.url)
    expect(page.locator("h1")).to_have_text("Ein warmer Wind für Ihre Website")
    background = page.evaluate("getComputedStyle(document.querySelector('.button')).borderRadius")
    assert background != "0px", "the style sheet was not loaded"
    context.close()


@pytest.mark.timeout(120)
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_cleanly_and_remembers(tmp_path: Path, number: signal.Signals) -> None:
    database = tmp_path / "tour.sqlite3"
    arguments = ("-m", "examples.tour", "--port=0", f"--database={database}")
    for _ in range(2):
        with running(*arguments) as tour:
            with urllib.request.urlopen(tour.url, timeout=10) as answer:
                assert answer.status == 200
            status, output = tour.end(number)
            assert status == 0
            assert "The tour has ended." in output
            assert "Traceback" not in output


@pytest.mark.timeout(120)
def test_the_json_interface(tour: Program) -> None:
    for path, known in (("members/nobody", {"name": "nobody"}), ("messages/7", {"id": 7})):
        with pytest.raises(urllib.error.HTTPError) as raised:
            urllib.request.urlopen(f"{tour.url}api/{path}", timeout=10)
        with raised.value as answer:
            assert answer.code == 404
            assert known.items() <= json.load(answer).items()


@pytest.mark.timeout(120)
def test_wrong_options_are_one_line() -> None:
    mistake = pytest.raises(AssertionError, match=r"tour: .*--help")
    with mistake as raised, running("-m", "examples.tour", "--prot=1"):
        pass
    assert "Traceback" not in str(raised.value)


@pytest.mark.timeout(120)
def test_a_port_in_use_is_one_line(tour: Program, tmp_path: Path) -> None:
    arguments = (f"--port={tour.port}", f"--database={tmp_path / 'other.sqlite3'}")
    mistake = pytest.raises(AssertionError, match=f"cannot listen.*{tour.port}")
    with mistake as raised, running("-m", "examples.tour", *arguments):
        pass
    assert "Traceback" not in str(raised.value)
