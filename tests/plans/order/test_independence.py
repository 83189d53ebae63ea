"""Whether a command can run before the source is copied."""

from __future__ import annotations

import pytest
from modelled import last_step

from dockerfix.plans.order.independence import needs_files

SOURCE = ("/app/main.py", "/app/lib/x.py", "/app/static/a.css")


def _reasons(script: str, files: tuple[str, ...] = SOURCE, folders: tuple[str, ...] = ("/", "/app")) -> list[str]:
    step = last_step(f"FROM python:3.12-slim\nWORKDIR /app\nRUN {script}\n")
    assert step.commands is not None
    found = (needs_files(item, files, folders) for item in step.commands)
    return [reason for reason in found if reason is not None]


@pytest.mark.parametrize(
    "script",
    [
        "apt-get update && apt-get install -y curl git",
        "apk add --no-cache curl",
        "useradd -m -u 1000 app",
        "mkdir -p /data /app/logs",
        "export X=1",
        "X=1",
        'apt-get install -y "$PACKAGES"',
        "rm -rf /var/lib/apt/lists/*",
        "chmod 700 /data",
        "python3 -m venv /venv && . /venv/bin/activate",
        "curl -fsSL https://example.com/x -o /usr/local/bin/x && chmod +x /usr/local/bin/x",
        "curl https://example.com/x > /dev/null 2>&1",
        "wget -O /tmp/x https://example.com/x",
        "tar -xzf /tmp/x.tgz -C /opt",
        "tar tf /tmp/x.tgz",
        "echo hello world",
        "echo deb x > /etc/apt/sources.list.d/x.list",
        "printf '%s' main.py",
        "cd /tmp && rm x",
        "cd /app && true",
        "python --version",
        "python -m venv /opt/venv",
        "pip --version",
        "npm install -g yarn",
        "corepack enable && corepack prepare pnpm@9 --activate",
        "corepack prepare pnpm --activate",
        "find /tmp -name '*.py' -delete",
        "grep -r x /etc",
        "awk '{print $1}' /etc/passwd",
        "rm '*.py'",
        "pyenv install 3.12",
        "python -m spacy download en",
        "cat /etc/os-release",
        "bash -c 'apt-get update && mkdir /x'",
        "ln -s /usr/bin/python3 /usr/bin/py",
        "sed -i s/a/b/ /etc/x.conf",
        "locale-gen en_US.UTF-8",
    ],
)
def test_independent(script: str) -> None:
    assert _reasons(script) == []


@pytest.mark.parametrize(
    "script",
    [
        "python main.py",
        "make",
        "./run.sh",
        "source env.sh",
        ". /etc/profile",
        "$PROGRAM",
        "rm $FILE",
        "rm -rf lib",
        "rm -rf /app",
        "rm -rf *",
        "rm -rf ./*.py",
        "rm {main,x}.py",
        "chown -R app /app",
        "chmod +x main.py",
        "cp -r . /backup",
        "cp --target-directory=lib /x",
        "tar -czf /x.tgz --directory=/app .",
        "tar xzf /tmp/x.tgz",
        "unzip /tmp/x.zip",
        "wget https://example.com/main.py",
        "curl -O https://example.com/main.py",
        "curl -o lib/x.py https://example.com/x",
        "curl -olib/x.py https://example.com/x",
        "cat main.py",
        "cat < main.py",
        "tee main.py",
        "echo x > main.py",
        "echo x >> lib/new.py; cat lib/x.py",
        "echo x > $FILE",
        "echo *.py",
        "echo $(cat main.py)",
        "{ echo x; } > main.py",
        "apt-get install -y ./lib",
        "for p in *; do apt-get install -y $p; done",
        "useradd -d /app -m app",
        "cd lib && true",
        "python -m venv .",
        "pip install .",
        "npm install",
        "npm install -g",
        "npm install -g .",
        "corepack install",
        "corepack prepare",
        "find -name x -delete",
        "find . -name x",
        "grep -r x",
        "curl https://example.com/x | sh",
        "eval x",
        "bash lib/x.sh",
        "bash -c 'rm -rf /app/lib'",
        "[ -f main.py ]",
        "while read p; do apt-get install -y $p; done < main.py",
        "f() { true; }; f",
        "rm ~/x",
    ],
)
def test_dependent(script: str) -> None:
    assert _reasons(script)


def test_unknown_folder_makes_relative_paths_doubtful() -> None:
    assert _reasons("cd $X && rm y")
    assert _reasons("cd /tmp && rm y") == []


def test_settings_are_read_unasked() -> None:
    assert _reasons("apt-get update", ("/etc/apt/sources.list",)) == ["apt-get may read /etc/apt/sources.list"]
    assert _reasons("update-ca-certificates", ("/usr/local/share/ca-certificates/x.crt",))
    assert _reasons("mkdir /x && cd /", ("/etc/x",)) == []


@pytest.mark.parametrize(
    ("script", "file"),
    [
        ("pyenv install", "/app/.python-version"),
        ("cargo install x", "/rust-toolchain"),
        ("pnpm add -g x", "/app/.npmrc"),
    ],
)
def test_tools_read_settings_of_the_project(script: str, file: str) -> None:
    assert file in _reasons(script, (file,))[0]
    assert _reasons(script, (f"/other{file}",)) == []


def test_script_from_the_network_knows_nothing_of_the_project() -> None:
    step = last_step("FROM python:3.12-slim\nWORKDIR /app\nRUN curl -fsSL https://example.com/x | sh -s -- -y\n")
    assert step.commands is not None
    fetch, run = step.commands
    assert needs_files(run, SOURCE, (), fetch) is None
    assert needs_files(run, SOURCE) is not None


def test_reason_names_program_and_path() -> None:
    assert _reasons("rm -rf lib") == ["rm works on lib"]
    assert _reasons("echo x > main.py") == ["echo works on main.py"]
    assert _reasons("make all") == ["make may need the source"]
