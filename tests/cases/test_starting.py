"""Start commands, caches and entry points: the cases, and others of their kind."""

from __future__ import annotations

from pathlib import Path

import pytest
from cases import CASES, repaired

from dockerfix.api import fix_file
from dockerfix.fix import Outcome

_SLIM = "FROM python:3.12-slim\nWORKDIR /app\nCOPY . .\n"


def _fixed(tmp_path: Path, dockerfile: str, rule: str = "DF401", **files: str | bytes) -> Outcome:
    """A project of these files, and what one rule makes of its Dockerfile. A name ending in `_sh` is a script."""
    (tmp_path / ".git").mkdir()
    (tmp_path / "Dockerfile").write_text(dockerfile)
    for name, text in files.items():
        path = tmp_path / (name.removesuffix("_sh") + ".sh" if name.endswith("_sh") else name.replace("__", "."))
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        if name.endswith("_sh"):
            path.chmod(0o755)
    return fix_file(tmp_path / "Dockerfile", select=[rule], write=False)


def _start(outcome: Outcome) -> str:
    return outcome.after.text.rstrip("\n").rpartition("\n")[2]


def test_a_script_without_shebang_keeps_its_shell(tmp_path: Path) -> None:
    assert 'CMD ["sh", "-c", "exec ./start.sh"]' in repaired("exec-form-script-without-shebang", tmp_path).text


@pytest.mark.parametrize(
    "text",
    [
        b"# starts it\n#!/bin/sh\nexec python main.py\n",
        b"\n#!/bin/sh\nexec python main.py\n",
        b"\xef\xbb\xbf#!/bin/sh\nexec python main.py\n",
        b"#!/bin/sh\r\nexec python main.py\r\n",
        b"#!/usr/bin/fish\nexec python main.py\n",
        b"",
    ],
)
def test_what_the_kernel_cannot_start_keeps_its_shell(text: bytes, tmp_path: Path) -> None:
    outcome = _fixed(tmp_path, _SLIM + "CMD ./start.sh --fast\n", start_sh=text)
    assert _start(outcome) == 'CMD ["sh", "-c", "exec ./start.sh --fast"]'


def test_a_script_that_the_kernel_starts_needs_no_shell(tmp_path: Path) -> None:
    outcome = _fixed(tmp_path, _SLIM + "CMD ./start.sh --fast\n", start_sh="#!/bin/sh\nexec python main.py\n")
    assert _start(outcome) == 'CMD ["./start.sh", "--fast"]'


def test_neither_does_one_whose_interpreter_is_the_image_s_own(tmp_path: Path) -> None:
    text = "#!/usr/bin/env python3\nprint()\n"
    assert _start(_fixed(tmp_path, _SLIM + "CMD ./manage_sh.sh\n", manage_sh_sh=text)) == 'CMD ["./manage_sh.sh"]'


@pytest.mark.parametrize("line", ["#!/usr/bin/python3", "#!/opt/python/bin/python", "#!python3"])
def test_an_interpreter_in_a_folder_that_has_none(line: str, tmp_path: Path) -> None:
    outcome = _fixed(tmp_path, _SLIM + "CMD ./start.sh\n", start_sh=f"{line}\nprint()\n")
    assert _start(outcome) == 'CMD ["sh", "-c", "exec ./start.sh"]'


def test_the_entry_script_of_a_database_looks_at_the_name(tmp_path: Path) -> None:
    assert not _fixed(tmp_path, "FROM postgres:16\nCMD postgres -c fsync=off\n").applied


def test_that_of_node_starts_any_program(tmp_path: Path) -> None:
    outcome = _fixed(tmp_path, "FROM node:20-slim\nCMD npm start\n")
    assert _start(outcome) == 'CMD ["npm", "start"]'


def test_bash_is_not_in_alpine(tmp_path: Path) -> None:
    head = _SLIM.replace("slim", "alpine")
    outcome = _fixed(tmp_path, head + "CMD ./start.sh\n", start_sh="#!/bin/bash\nexec python main.py\n")
    assert _start(outcome) == 'CMD ["sh", "-c", "exec ./start.sh"]'


def test_bash_that_was_installed_is_there(tmp_path: Path) -> None:
    head = _SLIM.replace("slim", "alpine") + "RUN apk add --no-cache bash\n"
    outcome = _fixed(tmp_path, head + "CMD ./start.sh\n", start_sh="#!/bin/bash\nexec python main.py\n")
    assert _start(outcome) == 'CMD ["./start.sh"]'


def test_a_file_that_is_not_executable_keeps_its_shell(tmp_path: Path) -> None:
    outcome = _fixed(tmp_path, _SLIM + "CMD ./start\n", start="#!/bin/sh\nexec python main.py\n")
    assert _start(outcome) == 'CMD ["sh", "-c", "exec ./start"]'


@pytest.mark.parametrize(
    "line", ["RUN chmod +x start", "RUN chmod 755 /app/start", "RUN chmod -R a+x /app", "COPY --chmod=755 start start"]
)
def test_the_build_may_make_it_executable(line: str, tmp_path: Path) -> None:
    outcome = _fixed(tmp_path, f"{_SLIM}{line}\nCMD ./start\n", start="#!/bin/sh\nexec python main.py\n")
    assert _start(outcome) == 'CMD ["./start"]'


def test_a_file_that_is_nowhere_keeps_its_shell(tmp_path: Path) -> None:
    assert _start(_fixed(tmp_path, _SLIM + "CMD ./start.sh\n")) == 'CMD ["sh", "-c", "exec ./start.sh"]'


def test_the_search_path_is_looked_through(tmp_path: Path) -> None:
    head = "FROM python:3.12-slim\nCOPY start.sh /usr/local/bin/\n"
    outcome = _fixed(tmp_path, head + "CMD start.sh\n", start_sh="exec python main.py\n")
    assert _start(outcome) == 'CMD ["sh", "-c", "exec start.sh"]'


def test_an_entrypoint_too(tmp_path: Path) -> None:
    outcome = _fixed(tmp_path, _SLIM + "ENTRYPOINT /app/start.sh\n", start_sh="exec python main.py\n")
    assert _start(outcome) == 'ENTRYPOINT ["sh", "-c", "exec /app/start.sh"]'


def test_text_that_a_run_writes_is_no_program(tmp_path: Path) -> None:
    head = _SLIM + 'RUN echo "python main.py" > /usr/bin/start && chmod +x /usr/bin/start\n'
    assert _start(_fixed(tmp_path, head + "CMD /usr/bin/start\n")) == 'CMD ["sh", "-c", "exec /usr/bin/start"]'


def test_what_a_compiler_made_is_started_by_the_kernel(tmp_path: Path) -> None:
    head = "FROM golang:1.23\nWORKDIR /src\nCOPY . .\nRUN go build -o server .\n"
    assert _start(_fixed(tmp_path, head + "CMD ./server -v\n")) == 'CMD ["./server", "-v"]'


def test_the_shell_that_runs_it_today_stays(tmp_path: Path) -> None:
    head = _SLIM + 'SHELL ["/bin/bash", "-c"]\n'
    outcome = _fixed(tmp_path, head + "CMD ./start.sh\n", start_sh="exec python main.py\n")
    assert _start(outcome) == 'CMD ["/bin/bash", "-c", "exec ./start.sh"]'


def test_words_of_compose_would_reach_the_program(tmp_path: Path) -> None:
    found = repaired("entrypoint-exec-form-and-compose-command", tmp_path)
    assert found.offered("DF401") == "unsafe"
    assert "docker-compose.yml:" in found.because("DF401")


def test_a_service_without_words_hands_over_none(tmp_path: Path) -> None:
    text = (CASES / "entrypoint-exec-form-and-compose-command" / "docker-compose.yml").read_text()
    kept = "".join(line for line in text.splitlines(keepends=True) if "command" not in line)
    found = repaired("entrypoint-exec-form-and-compose-command", tmp_path, {"docker-compose.yml": kept})
    assert 'ENTRYPOINT ["gunicorn", "main:app"]' in found.text


_DEPLOYMENT = """apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  template:
    spec:
      containers:
        - name: web
          image: registry.example.com/team/web:1
          args: ["-b", "0.0.0.0:9000"]
"""


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("k8s.yaml", _DEPLOYMENT),
        ("Makefile", "run:\n\tdocker build -t web .\n\tdocker run --rm -p 80:80 web -b 0.0.0.0:9000\n"),
        ("run.sh", "docker build -t web .\ndocker run -it \\\n  --rm web -b 0.0.0.0:9000\n"),
    ],
)
def test_so_would_words_of_other_starters(name: str, text: str, tmp_path: Path) -> None:
    found = repaired("entrypoint-exec-form-and-compose-command", tmp_path, {"docker-compose.yml": None, name: text})
    assert found.offered("DF401") == "unsafe"
    assert name in found.because("DF401")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Makefile", "run:\n\tdocker build -t web .\n\tdocker run --rm -p 80:80 web\n"),
        ("k8s.yaml", _DEPLOYMENT.replace("registry.example.com/team/web:1", "postgres:16")),
    ],
)
def test_no_words_or_another_image_are_no_matter(name: str, text: str, tmp_path: Path) -> None:
    found = repaired("entrypoint-exec-form-and-compose-command", tmp_path, {"docker-compose.yml": None, name: text})
    assert "DF401" in found.applied


def test_an_entry_point_that_only_hands_over(tmp_path: Path) -> None:
    assert 'CMD ["uvicorn", "main:app"]' in repaired("missed-entrypoint-that-only-hands-over", tmp_path).text


@pytest.mark.parametrize(
    "body",
    [
        'if [ "$1" = serve ]; then shift; fi\nexec "$@"\n',
        'echo "starting $*"\nexec "$@"\n',
        'case "$#" in 0) exit 1;; esac\nexec "$@"\n',
        'set -- gunicorn "$@"\nexec "$@"\n',
        'exec gunicorn "$@"\n',
        'exec sh -c "$1"\n',
        'if true; then exec "$@"; fi\n',
    ],
)
def test_one_that_looks_at_the_words(body: str, tmp_path: Path) -> None:
    script = "#!/bin/sh\nset -e\n" + body
    found = repaired("missed-entrypoint-that-only-hands-over", tmp_path, {"entrypoint.sh": script})
    assert "DF401" not in found.applied


def test_one_that_prepares_and_hands_over_behind_an_init(tmp_path: Path) -> None:
    head = _SLIM + 'ENTRYPOINT ["tini", "--", "./entry.sh"]\n'
    script = '#!/bin/sh\nset -eu\n# "$1" is not looked at\npython manage.py migrate\nexec "$@"\n'
    assert _start(_fixed(tmp_path, head + "CMD python main.py\n", entry_sh=script)) == 'CMD ["python", "main.py"]'


def test_a_project_s_own_docker_entrypoint_is_read(tmp_path: Path) -> None:
    head = _SLIM + 'ENTRYPOINT ["/app/docker-entrypoint.sh"]\n'
    script = '#!/bin/sh\nexec gunicorn "$@"\n'
    assert not _fixed(tmp_path, head + "CMD main:app\n", **{"docker-entrypoint_sh": script}).applied


def test_a_substitution_is_expanded_before_exec(tmp_path: Path) -> None:
    text = repaired("missed-substitution-and-lists", tmp_path).text
    assert 'CMD ["sh", "-c", "exec gunicorn -w $(nproc) -b 0.0.0.0:$PORT main:app"]' in text


@pytest.mark.parametrize(
    ("command", "script"),
    [
        ("umask 002; gunicorn main:app", "umask 002; exec gunicorn main:app"),
        ("flask db upgrade || true; gunicorn m:a", "flask db upgrade || true; exec gunicorn m:a"),
        (
            "until nc -z db 5432; do sleep 1; done; gunicorn m:a",
            "until nc -z db 5432; do sleep 1; done; exec gunicorn m:a",
        ),
        ("gunicorn -w `nproc` m:a", "exec gunicorn -w `nproc` m:a"),
        ("cat a | sort > b; gunicorn m:a", "cat a | sort > b; exec gunicorn m:a"),
        ("gunicorn -w $(nproc --all | head -1) m:a", "exec gunicorn -w $(nproc --all | head -1) m:a"),
    ],
)
def test_a_list_hands_over_to_its_last_program(command: str, script: str, tmp_path: Path) -> None:
    assert _start(_fixed(tmp_path, f"{_SLIM}CMD {command}\n")) == f'CMD ["sh", "-c", "{script}"]'


@pytest.mark.parametrize(
    "command",
    [
        "gunicorn m:a || echo failed",
        "gunicorn m:a | tee log",
        "worker & gunicorn m:a",
        "trap 'echo bye' EXIT; gunicorn m:a",
        "serve() { gunicorn m:a; }; serve",
        "if [ -f a ]; then gunicorn m:a; fi",
        "gunicorn m:a; wait",
        "(cd src; gunicorn m:a)",
        "while true; do gunicorn m:a; done",
    ],
)
def test_what_only_a_shell_can_run_stays(command: str, tmp_path: Path) -> None:
    outcome = _fixed(tmp_path, f"{_SLIM}CMD {command}\n")
    assert not outcome.applied
    assert [one.finding.fix for one in outcome.remaining] == [None]


def test_a_variable_in_exec_form_gets_its_shell(tmp_path: Path) -> None:
    found = repaired("missed-variable-in-exec-form", tmp_path)
    assert 'CMD ["sh", "-c", "exec uvicorn main:app --port \\"$PORT\\""]' in found.text
    assert "DF402" in found.applied


def test_a_build_argument_is_gone_when_the_container_runs(tmp_path: Path) -> None:
    found = _fixed(tmp_path, _SLIM + 'ARG MODE=web\nCMD ["serve", "$MODE"]\n', "DF402")
    assert not found.applied
    assert "build argument" in found.remaining[0].finding.because


def test_an_entry_script_that_hands_over_gets_the_shell(tmp_path: Path) -> None:
    head = _SLIM + 'ENV PORT=80\nENTRYPOINT ["./entry.sh"]\n'
    outcome = _fixed(tmp_path, head + 'CMD ["serve", "$PORT"]\n', "DF402", entry_sh='#!/bin/sh\nexec "$@"\n')
    assert _start(outcome) == 'CMD ["sh", "-c", "exec serve \\"$PORT\\""]'


def test_a_cache_that_another_stage_takes_is_kept(tmp_path: Path) -> None:
    text = repaired("no-cache-dir-then-copy-of-the-cache", tmp_path).text
    assert "--no-cache-dir" not in text


def test_no_cache_is_kept_where_the_same_run_removes_it(tmp_path: Path) -> None:
    found = repaired("no-cache-dir-then-rm", tmp_path)
    assert "--no-cache-dir" not in found.text
    assert all(one.declined for one in found.findings("DF301"))


def test_an_empty_variable_keeps_the_cache(tmp_path: Path) -> None:
    assert "RUN pip install --no-cache-dir -r" in repaired("pip-no-cache-dir-empty", tmp_path).text


def test_a_cache_that_was_brought_is_used(tmp_path: Path) -> None:
    text = (
        (CASES / "no-cache-dir-then-copy-of-the-cache" / "Dockerfile")
        .read_text()
        .replace(" && rm -rf /root/.cache", "")
    )
    found = repaired("no-cache-dir-then-copy-of-the-cache", tmp_path, {"Dockerfile": text})
    assert "DF301" not in found.applied


_PIP = "FROM python:3.12-slim AS a\nRUN pip install flask\n"


@pytest.mark.parametrize(
    "line",
    [
        "RUN rm -r ~/.cache/pip",
        "RUN du -sh $HOME/.cache",
        "RUN tar czf /wheels.tgz -C /root .cache",
        "RUN cp -r /root /backup",
        "RUN pip cache purge",
        "RUN python -m pip cache list",
        "RUN rm -r /root/.c*",
        "RUN chown -R 1000 /root/.cache/pip && true",
    ],
)
def test_a_later_command_may_want_the_cache(line: str, tmp_path: Path) -> None:
    outcome = _fixed(tmp_path, f"{_PIP}{line}\n", "DF301")
    assert [one.finding.fix and one.finding.fix.applicability.value for one in outcome.remaining] == ["unsafe"]
    assert "line 3" in outcome.remaining[0].finding.because


@pytest.mark.parametrize(
    "line",
    [
        "FROM debian:12-slim\nCOPY --from=a /root /root",
        "FROM debian:12-slim\nCOPY --from=0 /root/.cache/pip /x/",
        "FROM debian:12-slim\nCOPY --from=a /root/.c* /x/",
        "FROM debian:12-slim\nRUN --mount=type=bind,from=a,source=/root/.cache,target=/c ls /c",
        "FROM a AS b\nFROM debian:12-slim\nCOPY --from=b /root/.cache /x/",
    ],
)
def test_what_takes_the_cache_along_keeps_it(line: str, tmp_path: Path) -> None:
    assert not _fixed(tmp_path, f"{_PIP}{line}\n", "DF301").applied


@pytest.mark.parametrize(
    "line",
    [
        "RUN rm -r /root/.cache/uv",
        "RUN find / -name __pycache__ -exec rm -r {} +",
        "FROM debian:12-slim\nCOPY --from=a /usr/local /usr/local",
        "FROM debian:12-slim\nCOPY --from=a /app/.venv /app/.venv",
        "RUN mkdir -p /data/cache",
    ],
)
def test_what_leaves_the_cache_alone_is_no_matter(line: str, tmp_path: Path) -> None:
    assert len(_fixed(tmp_path, f"{_PIP}{line}\n", "DF301").applied) == 1


def test_a_script_of_the_project_may_want_the_cache(tmp_path: Path) -> None:
    text = _PIP + "COPY clean.sh /\nRUN /clean.sh\n"
    assert not _fixed(tmp_path, text, "DF301", clean_sh="#!/bin/sh\nrm -r /root/.cache/pip\n").applied


def test_a_file_of_that_name_off_the_search_path_is_another_one(tmp_path: Path) -> None:
    outcome = _fixed(tmp_path, _SLIM + "CMD python main.py\n", python="not a program\n")
    assert _start(outcome) == 'CMD ["python", "main.py"]'


@pytest.mark.parametrize(
    "line", ["go build .", "cd cmd && go build -ldflags '-s' ./...", "make", "cargo install --path ."]
)
def test_a_compiler_may_have_made_it(line: str, tmp_path: Path) -> None:
    head = f"FROM golang:1.23\nWORKDIR /src\nCOPY . .\nRUN {line}\n"
    outcome = _fixed(tmp_path, head + "CMD ./server\n")
    assert _start(outcome) == ('CMD ["./server"]' if not line.startswith("cd") else 'CMD ["sh", "-c", "exec ./server"]')


@pytest.mark.parametrize("line", ["dos2unix start.sh", "sed -i 's/\\r$//' start.sh && chmod +x start.sh"])
def test_carriage_returns_may_be_taken_away(line: str, tmp_path: Path) -> None:
    outcome = _fixed(tmp_path, f"{_SLIM}RUN {line}\nCMD ./start.sh\n", start_sh=b"#!/bin/sh\r\nexec python main.py\r\n")
    assert _start(outcome) == 'CMD ["./start.sh"]'


def test_another_change_of_the_file_is_not_followed(tmp_path: Path) -> None:
    outcome = _fixed(tmp_path, f"{_SLIM}RUN sed -i 1d start.sh\nCMD ./start.sh\n", start_sh="#!/bin/sh\nexec true\n")
    assert _start(outcome) == 'CMD ["sh", "-c", "exec ./start.sh"]'


def test_an_official_entry_point_of_java_hands_over(tmp_path: Path) -> None:
    outcome = _fixed(tmp_path, "FROM eclipse-temurin:21-jre\nCOPY app.jar .\nCMD java -jar app.jar\n")
    assert _start(outcome) == 'CMD ["java", "-jar", "app.jar"]'


def test_a_reason_names_the_line_that_it_counts_on(tmp_path: Path) -> None:
    (finding,) = repaired("entrypoint-exec-form-and-compose-command", tmp_path).findings("DF401")
    (fact,) = finding.facts
    assert finding.because.startswith(f"{fact.path}:{fact.line} ")
    assert fact.path == "docker-compose.yml"
