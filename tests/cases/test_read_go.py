"""Programs of the project's own Go source."""

from __future__ import annotations

from pathlib import Path

import pytest
from cases import repaired

_LAST = "FROM debian:12-slim\n"


def _go(body: str, imports: str = '"os"', **files: str) -> dict[str, str]:
    """The case's program with another body of `main`."""
    serve = 'http.ListenAndServe(":8080", nil)'
    text = f'package main\n\nimport (\n"net/http"\n{imports}\n)\n\nfunc main() {{\n{body}\n{serve}\n}}\n'
    docker = (
        "FROM golang:1.24-alpine AS build\nWORKDIR /src\nCOPY . .\n"
        "RUN CGO_ENABLED=0 go build -ldflags '-s -w' -o /out/app .\n\n"
        'FROM alpine:3.22\nWORKDIR /srv\nCOPY --from=build /out/app .\nCMD ["./app"]\n'
    )
    return {"main.go": text, "Dockerfile": docker, **files}


def test_a_program_of_the_projects_own_go_source_is_read(tmp_path: Path) -> None:
    after = repaired("missed-own-go-source", tmp_path)
    assert "DF501" in after.applied
    assert "USER app" in after.text


@pytest.mark.parametrize(
    ("body", "imports", "folder"),
    [
        ('os.WriteFile("notes.txt", nil, 0o644)', '"os"', "/srv"),
        ('f, _ := os.Create("data/x.json")\n_ = f', '"os"', "/srv/data"),
        ('const dir = "/data"\nos.MkdirAll(filepath.Join(dir, "img"), 0o755)', '"os"\n"path/filepath"', "/data/img"),
        ('os.OpenFile(base+"log.txt", os.O_APPEND, 0o644)', '"os"', "/srv/logs"),
        (
            'sql.Open("sqlite3", "file:db/app.db?cache=shared")',
            '"database/sql"\n_ "github.com/mattn/go-sqlite3"',
            "/srv/db",
        ),
        ('gorm.Open(sqlite.Open("app.db"))', '"gorm.io/gorm"\n"gorm.io/driver/sqlite"', "/srv"),
        ('bolt.Open("/var/lib/x/my.db", 0o600, nil)', 'bolt "go.etcd.io/bbolt"', "/var/lib/x"),
        (
            'log.SetOutput(&lumberjack.Logger{Filename: "log/a.log"})',
            '"log"\n"gopkg.in/natefinch/lumberjack.v2"',
            "/srv/log",
        ),
        ('os.WriteFile(fmt.Sprintf("out/%s.txt", os.Args[1]), nil, 0o644)', '"os"\n"fmt"', "/srv/out"),
    ],
)
def test_what_a_go_program_writes_to_belongs_to_the_user(body: str, imports: str, folder: str, tmp_path: Path) -> None:
    changes = _go(body, imports, **{"base.go": 'package main\n\nvar base = "logs/"\n'})
    after = repaired("missed-own-go-source", tmp_path, changes)
    assert "DF501" in after.applied
    assert f"chown app:app {folder}\n" in after.text


@pytest.mark.parametrize(
    ("body", "imports"),
    [
        ('os.WriteFile(os.Getenv("OUT"), nil, 0o644)', '"os"'),
        ('p := flag.String("f", "x", "")\nos.WriteFile(*p, nil, 0o644)', '"os"\n"flag"'),
        ('w := os.WriteFile\nw("/x", nil, 0o644)', '"os"'),
        ('exec.Command("git", "pull").Run()', '"os/exec"'),
        ("chroma.Save()", 'chroma "example.org/x/chroma"'),
        ("C.f()", '"C"'),
        ('os.Chdir("/tmp")', '"os"'),
        ('syscall.Mount("a", "b", "c", 0, "")', '"syscall"'),
        ('syscall.Exec("/bin/sh", nil, nil)', '"syscall"'),
        ('net.ListenPacket("ip4:icmp", "0.0.0.0")', '"net"'),
        ("store.Put()", '"x/internal/store"'),
        ('http.ListenAndServe(":80", nil)', '_ "os"'),
        ('s := http.Server{Addr: ":443"}\n_ = s', '_ "os"'),
        ('net.Listen("unix", "/run/app.sock")', '"net"'),
    ],
)
def test_a_go_program_that_is_not_wholly_known_stays_a_question(body: str, imports: str, tmp_path: Path) -> None:
    assert "DF501" not in repaired("missed-own-go-source", tmp_path, _go(body, imports)).applied


def test_signals_and_errors_are_no_system_calls(tmp_path: Path) -> None:
    body = "signal.Notify(make(chan os.Signal, 1), syscall.SIGTERM)\n_ = syscall.EINTR"
    changes = _go(body, '"os"\n"os/signal"\n"syscall"')
    assert "DF501" in repaired("missed-own-go-source", tmp_path, changes).applied


def test_packages_of_the_module_are_read_too(tmp_path: Path) -> None:
    store = 'package store\n\nimport "os"\n\nfunc Put() { os.WriteFile("deep/a", nil, 0o600) }\n'
    changes = _go("store.Put()", '"x/internal/store"', **{"internal/store/store.go": store})
    assert "chown app:app /srv/deep" in repaired("missed-own-go-source", tmp_path, changes).text


_COMMANDS = "FROM golang:1.24 AS build\nWORKDIR /src\nCOPY . .\n"


@pytest.mark.parametrize(
    "lines",
    [
        'RUN go build -o /bin/api ./cmd/api\n\nSTAGECOPY --from=build /bin/api /usr/local/bin/\nCMD ["api"]\n',
        'RUN go install -v ./cmd/api\n\nSTAGECOPY --from=build /go/bin/api /api\nENTRYPOINT ["/api"]\n',
        'RUN go build ./cmd/api\n\nSTAGECOPY --from=build /src/api /srv/\nCMD ["/srv/api"]\n',
        "RUN mkdir bin && go build -o bin/ ./cmd/api ./cmd/other\n\nSTAGECOPY --from=build /src/bin /b\n"
        'CMD ["/b/api"]\n',
        "RUN go build -o app cmd/api/main.go\n\nSTAGECOPY --from=build /src/app /srv/app\nCMD /srv/app\n",
        'RUN go build -o /srv/api ./cmd/api\nCMD ["/srv/api"]\n',
    ],
)
def test_the_package_that_a_program_is_built_from(lines: str, tmp_path: Path) -> None:
    changes = {
        "Dockerfile": _COMMANDS + lines.replace("STAGE", _LAST),
        "main.go": None,
        "cmd/api/main.go": 'package main\n\nimport "net/http"\n\nfunc main() { http.ListenAndServe(":8080", nil) }\n',
        "cmd/other/main.go": 'package main\n\nimport "os"\n\nfunc main() { os.Create(os.Args[1]) }\n',
    }
    assert "DF501" in repaired("missed-own-go-source", tmp_path, changes).applied


def test_the_other_program_of_a_module_is_judged_by_its_own_sources(tmp_path: Path) -> None:
    changes = {
        "Dockerfile": _COMMANDS + "RUN go build -o /bin/ ./cmd/api ./cmd/other\nCMD /bin/other\n",
        "cmd/api/main.go": "package main\n\nfunc main() {}\n",
        "cmd/other/main.go": 'package main\n\nimport "os"\n\nfunc main() { os.Create(os.Args[1]) }\n',
    }
    assert "cmd/other/main.go:5" in repaired("missed-own-go-source", tmp_path, changes).because("DF501")
