import io
import json
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr
from pathlib import Path
from typing import Literal

import pytest
from aiohttp.http_exceptions import BadHttpMessage

from orchestrator.logs import logging_to_stderr, request_id, without_secrets
from orchestrator.settings import Settings


@contextmanager
def logged(log_format: Literal["json", "text"]) -> Iterator[io.StringIO]:
    stderr = io.StringIO()
    with redirect_stderr(stderr), logging_to_stderr(Settings(log_format=log_format)):
        yield stderr


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("GET /inn/3f-Zk_9a logget inn", "GET /inn/*** logget inn"),
        ("Authorization: Bearer abc.def", "Authorization: ***"),
        ("Cookie: a=b; c=hemmelig-ord", "Cookie: ***"),
        ("curl -H Bearer hemmelig-ord", "curl -H Bearer ***"),
        ("srt://0.0.0.0:20000?mode=listener&passphrase=hemmelig-ord&x=1", None),
        ("postgresql://orchestrator:hemmelig-ord@db/x", "postgresql://orchestrator:***@db/x"),
        ("{'token': 'hemmelig-ord', 'id': 3}", "{'token': '***', 'id': 3}"),
        ("ingenting her: sak 47/26 kl. 18:42", "ingenting her: sak 47/26 kl. 18:42"),
    ],
)
def test_secrets_are_blotted_out(text: str, clean: str | None) -> None:
    found = without_secrets(text)
    assert "hemmelig-ord" not in found
    if clean is not None:
        assert found == clean


def test_each_line_is_json_with_the_request_it_belongs_to() -> None:
    with logged("json") as stderr:
        token = request_id.set("a1b2")
        logging.getLogger("orchestrator.x").info("klar på %s", "/inn/hemmelig", extra={"role": "all"})
        request_id.reset(token)
    line = json.loads(stderr.getvalue())
    assert line["message"] == "klar på /inn/***"
    assert (line["request_id"], line["role"], line["level"]) == ("a1b2", "all", "info")


def test_an_error_is_told_whole_but_without_secrets() -> None:
    with logged("json") as stderr:
        try:
            int("passphrase=hemmelig-ord")
        except ValueError:
            logging.getLogger("x").exception("det gikk galt")
    line = json.loads(stderr.getvalue())
    assert "ValueError" in line["error"]
    assert "hemmelig-ord" not in stderr.getvalue()


def test_bytes_that_are_no_http_fill_no_log() -> None:
    with logged("text") as stderr:
        for error in (BadHttpMessage("b'GET hemmelig-ord'"), ValueError("vår egen feil")):
            try:
                raise error
            except (BadHttpMessage, ValueError):
                logging.getLogger("aiohttp.server").exception("Error handling request")
    assert "hemmelig-ord" not in stderr.getvalue()
    assert "vår egen feil" in stderr.getvalue()


def test_text_for_people_has_no_secrets_either() -> None:
    with logged("text") as stderr:
        logging.getLogger("x").warning("passphrase=hemmelig-ord")
    assert "WARNING" in stderr.getvalue()
    assert "hemmelig-ord" not in stderr.getvalue()


def test_nothing_is_logged_twice_by_services_one_after_the_other() -> None:
    for _ in range(2):
        with logged("text") as stderr:
            logging.getLogger("x").info("en gang")
        assert stderr.getvalue().count("en gang") == 1


def test_the_proxy_writes_down_no_login_link() -> None:
    conf = (Path(__file__).parents[1] / "deploy" / "nginx.conf").read_text()
    assert "~^/inn/  /inn/***;" in conf
    assert re.search(r"access_log off;[^}]*return 301", conf)
    assert re.search(r"location ~ \^/\(inn\|rom\)/ \{[^}]*error_log /dev/null crit;[^}]*\}", conf)
