import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from jinja2 import UndefinedError

from orchestrator.web.assets import Assets
from orchestrator.web.forms import FormState
from orchestrator.web.look import TEMPLATES, Look, Site, page_headers, theme_stylesheet, theme_url
from orchestrator.web.page import LOOK, error_page, page

NOW = datetime(2026, 5, 5, 16, 0, tzinfo=UTC)
SITE = Site("Fjellvik kommune", "fjellvik", role_labels={"chair": "Tjïelten åejvie"})
HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def look() -> Look:
    return Look(Assets(), [HERE])


def gallery(look: Look, language: str, form: FormState | None = None) -> str:
    return look.render(
        "gallery.html", language, site=SITE, now=NOW, path="/mote/x?a=1", start=NOW, form=form or FormState()
    )


def test_what_a_page_forgot_is_an_error_and_not_a_blank(look: Look) -> None:
    with pytest.raises(UndefinedError, match="site"):
        look.render("base.html", "nb", now=NOW, path="/")


def test_a_start_that_has_passed_is_not_counted_down_to(look: Look) -> None:
    context = {"site": SITE, "path": "/", "form": FormState()}
    late = look.render("gallery.html", "nb", **context, start=NOW, now=NOW)
    assert "Møtet er ikke åpnet ennå" in late
    assert "under 1 minutt</time>" not in late
    soon = look.render("gallery.html", "nb", **context, start=NOW, now=NOW - timedelta(seconds=1))
    assert "under 1 minutt</time>" in soon


def test_words_from_people_cannot_become_markup(look: Look) -> None:
    written = FormState({"title": '"><script>alert(1)</script>'}, {"title": "<b>nei</b>"})
    html = gallery(look, "nb", written)
    assert "<script>alert" not in html
    assert "&lt;b&gt;nei" in html


@pytest.mark.parametrize(("language", "badge"), [("nb", "DIREKTE"), ("nn", "DIREKTE"), ("en", "LIVE")])
def test_the_frame_speaks_the_pages_language(look: Look, language: str, badge: str) -> None:
    html = gallery(look, language)
    assert f'<html lang="{language}"' in html
    assert f'<strong class="live-badge">{badge}</strong>' in html


def test_the_same_page_is_offered_in_the_other_languages(look: Look) -> None:
    assert 'href="/mote/x?a=1&amp;lang=nn" lang="nn"' in gallery(look, "nb")


def test_the_organisations_own_titles_keep_their_letters(look: Look) -> None:
    assert "Tjïelten åejvie" in gallery(look, "nb")


def test_an_error_stands_at_its_field_and_in_the_summary(look: Look) -> None:
    html = gallery(look, "nb", FormState({"title": "A"}, {"title": "Tittelen er for kort"}))
    assert "Én ting må rettes" in html
    assert '<a class="ds-link" href="#f-title">Tittelen er for kort</a>' in html
    assert re.search(r'id="f-title"[^>]*aria-describedby="f-title-error" aria-invalid="true"', html)


def test_the_summary_names_the_field_that_is_wrong_and_the_line_it_is_in(look: Look) -> None:
    html = gallery(look, "nb", FormState({}, {"start": "Må fylles ut.", "item-1-title": "Må fylles ut."}))
    assert ">Start: må fylles ut.</a>" in html
    assert ">Sak nr. 2: må fylles ut.</a>" in html


def test_templates_hold_nothing_that_the_policy_refuses() -> None:
    for template in TEMPLATES.rglob("*.html"):
        text = re.sub(r"\{#.*?#\}", "", template.read_text(encoding="utf-8"), flags=re.DOTALL)
        text = text.replace('<script type="application/json"', "")  # data, which nothing runs
        assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=|javascript:", text), template


def test_the_policy_allows_no_inline_code_and_no_framing() -> None:
    policy = page_headers(["https://cdn.example"])["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "default-src 'self';" in policy
    assert "frame-ancestors 'none'" in policy
    assert "connect-src 'self' https://cdn.example;" in policy


def test_the_address_of_a_theme_changes_with_its_colour() -> None:
    assert theme_url(SITE) != theme_url(Site("Fjellvik kommune", "fjellvik", accent="#aa0000"))
    assert theme_url(SITE).startswith("/tema/fjellvik.css?v=")
    assert "--ds-color-accent" in theme_stylesheet(SITE)


@pytest.fixture
async def client(look: Look) -> AsyncIterator[TestClient[web.Request, web.Application]]:
    async def front(request: web.Request) -> web.Response:
        return page(request, "gallery.html", site=SITE, now=NOW, start=NOW, form=FormState())

    async def failing(request: web.Request) -> web.Response:
        return error_page(request, int(request.match_info["status"]), site=SITE, now=NOW)

    app = web.Application()
    app[LOOK] = look
    app.router.add_get("/", front)
    app.router.add_get("/{status}", failing)
    async with TestClient(TestServer(app)) as client:
        yield client


async def test_a_language_asked_for_is_remembered(client: TestClient[web.Request, web.Application]) -> None:
    async with client.get("/?lang=nn") as answer:
        assert answer.headers["Content-Language"] == "nn"
    async with client.get("/", headers={"Accept-Language": "en"}) as answer:
        assert answer.headers["Content-Language"] == "nn"


async def test_a_page_has_the_security_headers(client: TestClient[web.Request, web.Application]) -> None:
    async with client.get("/") as answer:
        assert page_headers().items() <= answer.headers.items()
        assert answer.headers["Vary"] == "Accept-Language, Cookie"


@pytest.mark.parametrize("status", [400, 401, 403, 404, 429, 500, 503])
@pytest.mark.parametrize("language", ["nb", "nn", "en"])
async def test_an_error_is_said_in_words(
    client: TestClient[web.Request, web.Application], status: int, language: str
) -> None:
    async with client.get(f"/{status}", headers={"Accept-Language": language}) as answer:
        assert answer.status == status
        assert answer.headers["Cache-Control"] == "no-store"
        heading = re.search(r"<h1[^>]*>(.+?)</h1>", await answer.text())
        assert heading
        assert str(status) not in heading[1]


def test_a_logo_that_lies_elsewhere_may_be_shown_and_nothing_else_from_there() -> None:
    policy = page_headers(logo="https://www.fjellvik.example/logo.svg?v=2")["Content-Security-Policy"]
    assert "img-src 'self' https://www.fjellvik.example data:" in policy
    assert policy.count("fjellvik") == 1
