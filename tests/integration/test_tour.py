"""The tour in a browser, as a visitor sees it."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import signal
import socket
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.integration.program import ROOT, Program, running

# What is tested runs in processes of its own, on whatever loop it chooses.
pytestmark = pytest.mark.own_process


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


def sign_up_at(page: Page, tour: Program, name: str, path: str) -> None:
    page.goto(f"{tour.url}signup?next={path}")
    page.fill("input[name=name]", name)
    page.fill("input[name=password]", "a long password")
    page.click("main button")
    expect(page).to_have_url(tour.url.rstrip("/") + path)


@pytest.mark.timeout(120)
def test_an_upload_shows_its_progress(
    tour: Program, context: BrowserContext, tmp_path: Path
) -> None:
    content = bytes(range(256)) * 10_000
    (tmp_path / "wind & weather.bin").write_bytes(content)
    page = context.new_page()
    sign_up_at(page, tour, "ada", "/upload")
    # As slow as a network may be, so that there is a progress to see.
    speed = {"latency": 0, "downloadThroughput": -1, "uploadThroughput": 5_000_000}
    network = context.new_cdp_session(page)
    network.send("Network.emulateNetworkConditions", {"offline": False, **speed})
    page.set_input_files("input[type=file]", tmp_path / "wind & weather.bin")
    page.click("#upload button")
    digest = hashlib.sha256(content).hexdigest()
    expected = f"wind & weather.bin: {len(content)} bytes, SHA-256 {digest}"
    expect(page.locator("#result")).to_have_text(expected)
    assert page.evaluate("document.getElementById('progress').value") == 100
    assert int(page.get_attribute("#progress", "data-steps") or 0) > 1


@pytest.mark.timeout(120)
def test_uploads_are_for_members_and_safe_from_forgery(tour: Program) -> None:
    body = b'--b\r\nContent-Disposition: form-data; name="f"; filename="f"\r\n\r\nx\r\n--b--\r\n'
    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    request = urllib.request.Request(tour.url + "upload/files", body, headers)
    with pytest.raises(urllib.error.HTTPError) as raised:
        urllib.request.urlopen(request, timeout=10)
    with raised.value as answer:
        assert answer.code == 403


@pytest.fixture
def edited(tmp_path: Path) -> Iterator[tuple[Program, Path]]:
    """The tour in debug mode, and the directory of templates that may be edited."""
    shutil.copytree(ROOT / "examples" / "tour", tmp_path / "examples" / "tour")
    arguments = ("-m", "examples.tour", "--port=0", "--debug", "--logging=error")
    database = f"--database={tmp_path / 'tour.sqlite3'}"
    with running(*arguments, database, cwd=tmp_path) as program:
        yield program, tmp_path / "examples" / "tour" / "templates"


@pytest.mark.timeout(120)
def test_an_edited_template_is_seen_in_the_browser_at_once(
    edited: tuple[Program, Path], context: BrowserContext
) -> None:
    tour, templates = edited
    page = context.new_page()
    page.goto(tour.url)
    heading = '{{ _("A warm wind for your web site") }}'
    expect(page.locator("h1")).to_have_text("A warm wind for your web site")
    home = templates / "home.html"
    original = home.read_text()
    with page.expect_response(lambda answer: answer.url.endswith("/_zonda/live-reload")):
        page.reload()
    home.write_text(original.replace(heading, "A cold wind"))
    expect(page.locator("h1")).to_have_text("A cold wind")

    # A mistake shows its own line in the template, and mending it brings the page back.
    home.write_text(original.replace(heading, "{{ _('never closed' }}"))
    expect(page).to_have_title(re.compile(r"ParseError at GET /"))
    expect(page.locator("header")).to_contain_text("home.html:")
    expect(page.locator("tr.current mark").first).to_have_text("(")
    home.write_text(original.replace(heading, "{{ counts.memberz }}"))
    expect(page).to_have_title(re.compile(r"AttributeError at GET /"))
    expect(page.locator("tr.current mark").first).to_have_text("counts.memberz")
    variables = page.locator("details.locals").first
    expect(variables.locator("table")).to_be_hidden()
    variables.locator("summary").click()
    expect(variables.locator("table")).to_contain_text("counts")
    home.write_text(original)
    expect(page.locator("h1")).to_have_text("A warm wind for your web site")


@pytest.mark.timeout(120)
def test_the_debug_page_shows_rules_and_hides_secrets(
    edited: tuple[Program, Path], context: BrowserContext
) -> None:
    problems: list[str] = []
    page = context.new_page()
    page.on("console", lambda line: problems.append(line.text) if line.type == "error" else None)
    sign_up_at(page, edited[0], "ada", "/upload")
    cookies = {cookie.get("name"): cookie.get("value") for cookie in context.cookies()}
    page.goto(edited[0].url + "no/such/page")
    expect(page.locator("h1")).to_contain_text("HTTPError")
    expect(page.get_by_text("/api/members/")).to_be_visible()
    text = page.content()
    assert cookies["member"] and cookies["member"] not in text
    assert (
        page.evaluate("getComputedStyle(document.querySelector('header')).color") != "rgb(0, 0, 0)"
    )
    # Styles and script are allowed by the page's own policy; only the 404 itself is noted.
    assert [text for text in problems if "404" not in text] == []


@pytest.mark.timeout(180)
def test_a_chat_over_four_workers(tmp_path: Path, browser: Browser) -> None:
    url = "redis://127.0.0.1:6379/0"
    try:
        socket.create_connection(("127.0.0.1", 6379), timeout=2).close()
    except OSError:
        pytest.skip("no Redis at 127.0.0.1:6379")
    pytest.importorskip("redis")
    database = f"--database={tmp_path / 'tour.sqlite3'}"
    arguments = ("-m", "examples.tour", "--port=0", "--workers=4", f"--redis={url}", database)
    names = ["ada", "grace", "edsger", "barbara"]
    with running(*arguments) as tour:
        contexts = [browser.new_context(locale="en-US") for _ in names]
        pages = [context.new_page() for context in contexts]
        for page, name in zip(pages, names, strict=True):
            sign_up_at(page, tour, name, "/chat")
            expect(page.locator("#state")).to_have_text("live")
        for count, (page, name) in enumerate(zip(pages, names, strict=True), 1):
            say(page, f"This is {name}")
            for other in pages:
                expect(other.locator("#messages li")).to_have_count(count)
        for page in pages:
            expect(page.locator("#messages .author")).to_have_text(names)
        for context in contexts:
            context.close()
        status, output = tour.end()
    assert status == 0
    assert "Traceback" not in output


@pytest.mark.timeout(60)
def test_several_workers_need_redis() -> None:
    mistake = pytest.raises(AssertionError, match=r"tour: several workers need --redis=URL")
    with mistake, running("-m", "examples.tour", "--port=0", "--workers=2"):
        pass
