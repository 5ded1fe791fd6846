"""The look of every page: templates, theme, and the headers that keep a page safe.

    html = OUR_LOOK.render("front.html", "nb", site=site, now=now, path=request.path_qs, meetings=…)
    page.page(request, "front.html", site=site, now=now, meetings=…)  # the same as an answer to a request

`site` (a `Site`), `now` and `path` are what the frame of a page needs; leaving anything out is an error, not
a blank. A page begins with `{% extends "base.html" %}` (public), `"staff.html"` (consoles) or `"bare.html"`
(hall display), fills `{% block title %}` and `{% block main %}`, and takes its parts from `macros/`, such as
`{% from "macros/parts.html" import card, tag, live_badge %}`. Templates hold no inline script, style or event
handler: the Content-Security-Policy below would refuse it. `tests/web/gallery.html` shows every part.

Filters that know the language: day, day_year, month_year, day_clock, number, percent, countdown; others:
clock, clock_seconds, numeric_date, iso, duration, speech_duration, iso_duration, phones. Globals:
asset(name), language, languages, theme_url(site), role_label(role, site), relative(moment, now),
unit_words(), language_url(path, language).
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from typing import Any, Final

from jinja2 import ChoiceLoader, Environment, FileSystemLoader, StrictUndefined
from yarl import URL

from orchestrator.web import dates, i18n, theme
from orchestrator.web.assets import ASSETS, Assets
from orchestrator.web.phones import phones

TEMPLATES = Path(__file__).parent / "templates"
THEME_ROUTE: Final = "/tema/{slug}.css"


@dataclass(frozen=True, slots=True)
class Site:
    """What the frame of a page shows of an organisation."""

    name: str
    slug: str
    accent: str = theme.DEFAULT_ACCENT
    logo: str | None = None
    welcome: str = ""
    language: str = "nb"
    role_labels: Mapping[str, str] = field(default_factory=dict)


NOBODYS_SITE: Final = Site(name="Møter", slug="standard")
"""The frame of a page that belongs to no organisation, such as an unknown host name's 404."""


class Look:
    """Renders templates; one environment per language, made when first needed."""

    def __init__(self, assets: Assets, more_templates: Sequence[Path] = ()) -> None:
        self._assets = assets
        self._loader = ChoiceLoader([FileSystemLoader(path) for path in (TEMPLATES, *more_templates)])
        self._environments: dict[str, Environment] = {}

    def render(self, template: str, language: str, **context: Any) -> str:
        """A page or a fragment as HTML. Raises jinja2.UndefinedError when the context lacks something."""
        return self.environment(language).get_template(template).render(**context)

    def environment(self, language: str) -> Environment:
        """The Jinja environment of a language, for those who need one macro or block of a template."""
        if language not in self._environments:
            self._environments[language] = self._make(language)
        return self._environments[language]

    def _make(self, language: str) -> Environment:
        environment = Environment(
            loader=self._loader,
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            extensions=["jinja2.ext.i18n"],
        )
        environment.policies["ext.i18n.trimmed"] = True
        environment.install_gettext_translations(i18n.translations(language), newstyle=True)  # type: ignore[attr-defined]
        for filter_ in (
            dates.day,
            dates.day_year,
            dates.month_year,
            dates.day_clock,
            dates.number,
            dates.percent,
            dates.countdown,
        ):
            environment.filters[filter_.__name__] = partial(filter_, language=language)
        for plain in (
            dates.clock,
            dates.clock_seconds,
            dates.numeric_date,
            dates.iso,
            dates.duration,
            dates.speech_duration,
            dates.iso_duration,
            phones,
        ):
            environment.filters[plain.__name__] = plain
        environment.globals.update(
            asset=self._assets.url,
            language=language,
            languages=i18n.NAMES,
            language_url=language_url,
            theme_url=theme_url,
            role_label=lambda role, site: i18n.role_label(role, language, site.role_labels),
            relative=partial(dates.relative, language=language),
            unit_words=partial(dates.unit_words, language),
        )
        return environment


OUR_LOOK: Final = Look(ASSETS)
"""With the program's own templates, which a process compiles when they are first needed."""


def language_url(path: str, language: str) -> str:
    """The same page in another language: its path and query with `lang` set."""
    return str(URL(path).update_query(lang=language))


def theme_url(site: Site) -> str:
    """The address of an organisation's colours; it changes when they do, so it may be cached for ever."""
    return f"/tema/{site.slug}.css?v={_theme(site.accent)[1]}"


def theme_stylesheet(site: Site) -> str:
    """What the address above answers (text/css)."""
    return _theme(site.accent)[0]


@cache
def _theme(accent: str) -> tuple[str, str]:
    css = theme.stylesheet(accent)
    return css, hashlib.sha256(css.encode()).hexdigest()[:12]


def page_headers(
    media_hosts: Sequence[str] = (), logo: str | None = None, connect_hosts: Sequence[str] = ()
) -> dict[str, str]:
    """The security headers of every HTML page.

    `media_hosts`: the origins of a CDN that media comes from. `logo`: the address of a logo, if elsewhere.
    `connect_hosts`: the origins that this one page's script talks with.
    """
    media = " ".join(("'self'", *media_hosts))
    elsewhere = f" {URL(logo).origin()}" if logo and logo.startswith("https://") else ""
    policy = {
        "default-src": "'self'",
        "img-src": f"{media}{elsewhere} data:",  # Designsystemet draws its icons from data: addresses
        "media-src": f"{media} blob:",  # hls.js hands the video element a blob:
        "connect-src": " ".join((media, *connect_hosts)),
        "worker-src": "'self' blob:",  # hls.js again
        "object-src": "'none'",
        "base-uri": "'none'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
    }
    return {
        "Content-Security-Policy": "; ".join(f"{name} {sources}" for name, sources in policy.items()),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
        "Cross-Origin-Opener-Policy": "same-origin",
    }
