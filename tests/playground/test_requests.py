"""What the page's server answers, and whom."""

from __future__ import annotations

import base64
import tempfile
from pathlib import Path

import pytest
from serving import PIP, Site


def _file(path: str, text: str) -> dict[str, object]:
    return {"path": path, "content": base64.b64encode(text.encode()).decode()}


def test_a_pasted_dockerfile_is_repaired(site: Site) -> None:
    answer = site.look({"text": PIP})
    assert answer.status == 200
    assert "RUN pip install --no-cache-dir flask" in answer.text
    assert "DF301" in answer.text


def test_a_folder_is_read_around_its_dockerfile(site: Site) -> None:
    text = "FROM python:3.12-slim\nWORKDIR /app\nCOPY . .\nRUN pip install -r requirements.txt\nCMD python main.py\n"
    files = [_file("Dockerfile", text), _file("requirements.txt", "flask\n"), _file("main.py", "print(1)\n")]
    answer = site.look({"files": files})
    assert "USER app" in answer.text
    assert ".dockerignore" in answer.text
    assert "PID 1 is python" in answer.text


def test_unsafe_repairs_are_made_when_asked_for(site: Site) -> None:
    text = "FROM example.org/base\nCMD python main.py\n"
    made = "CMD [&#34;python&#34;, &#34;main.py&#34;]"
    assert made not in site.look({"text": text}).text
    assert made in site.look({"text": text, "unsafe": True}).text


def test_a_folder_without_a_dockerfile_says_so(site: Site) -> None:
    assert "There is no Dockerfile in this folder" in site.look({"files": [_file("main.py", "")]}).text


def test_what_cannot_be_built_is_told(site: Site) -> None:
    assert "not a Dockerfile that can be built" in site.look({"text": "COPPY . .\n"}).text


def test_text_of_the_user_is_text(site: Site) -> None:
    answer = site.look({"text": "FROM python:3.12-slim\nRUN pip install flask # <script>alert(1)</script>\n"})
    assert "<script>alert" not in answer.text
    assert "&lt;script&gt;alert" in answer.text


def test_a_file_name_is_text(site: Site) -> None:
    assert "<img" not in site.look({"files": [_file('<img src=x onerror="1">.Dockerfile', PIP)]}).text


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:{port}", "127.0.0.1", "127.0.0.1:1", "localhost.:{port}"]
)
def test_another_name_for_this_machine_is_turned_away(site: Site, host: str) -> None:
    assert site.ask("GET", "/", {"Host": host.format(port=site.port)}).status == 403


def test_localhost_is_a_name_of_this_machine(site: Site) -> None:
    assert site.ask("GET", "/", {"Host": f"localhost:{site.port}"}).status == 200


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "https://127.0.0.1:{port}", "http://127.0.0.1:1"])
def test_another_site_may_not_ask(site: Site, origin: str) -> None:
    assert site.look({"text": PIP}, Origin=origin.format(port=site.port)).status == 403


def test_a_request_without_an_origin_may_not_ask(site: Site) -> None:
    assert site.ask("POST", "/look", {"Content-Type": "application/json"}, b'{"text": "FROM a"}').status == 403


def test_a_form_may_not_ask(site: Site) -> None:
    assert site.look({"text": PIP}, **{"Content-Type": "text/plain"}).status == 400


def test_no_page_may_run_what_stands_in_it(site: Site) -> None:
    answer = site.ask("GET", "/")
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "<script>" not in answer.text
    assert "style=" not in answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-store"
    assert "server" not in answer.headers


@pytest.mark.parametrize("path", ["../x", "/etc/passwd", "a/../../x", "a//b", ".", "", "a\\b", "a\0b", "x" * 300])
def test_a_path_that_leaves_the_folder_is_refused(site: Site, path: str) -> None:
    assert site.look({"files": [_file("Dockerfile", PIP), _file(path, "x")]}).status == 400


def test_paths_that_contradict_each_other_are_refused(site: Site) -> None:
    assert site.look({"files": [_file("Dockerfile", PIP), _file("Dockerfile/x", "")]}).status == 400


@pytest.mark.parametrize(
    "asked",
    [[], "text", {}, {"files": []}, {"files": [1]}, {"files": [{"path": "a"}]}, {"files": [{"path": "a", "size": -1}]}],
)
def test_what_our_page_never_sends_is_refused(site: Site, asked: object) -> None:
    assert site.look(asked).status == 400


def test_too_many_files_are_refused(site: Site) -> None:
    answer = site.look({"files": [{"path": str(number), "size": 1} for number in range(5001)]})
    assert (answer.status, "more than 5,000 files" in answer.text) == (400, True)


def test_too_much_text_is_refused(site: Site) -> None:
    answer = site.look({"text": "x" * (13 * 1024 * 1024)})
    assert (answer.status, "more than 12 MiB" in answer.text) == (400, True)


def test_a_file_that_is_only_named_counts_with_its_size(site: Site) -> None:
    text = 'FROM python:3.12-slim\nWORKDIR /app\nCOPY . .\nCMD ["python", "main.py"]\n'
    files = [_file("Dockerfile", text), _file("main.py", "print(1)\n"), {"path": "data.bin", "size": 300 * 1024**2}]
    assert site.look({"files": files}).status == 200


def test_nothing_stays_behind(site: Site) -> None:
    site.look({"files": [_file("Dockerfile", PIP)]})
    assert not list(Path(tempfile.gettempdir()).glob("dockerfix-page-*"))


def test_other_addresses_are_not_there(site: Site) -> None:
    assert site.ask("GET", "/page.html").status == 404
    assert site.ask("GET", "/../site.py").status == 404
    assert site.ask("GET", "/look").status == 404
