"""An ignore file hides only what nobody can want."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from cases import repaired

from dockerfix.fix import Outcome, repair
from dockerfix.rule import Applicability, BuildContext
from dockerfix.rules.context.missing_ignore_file import MissingIgnoreFile
from dockerfix.syntax import parse

HEAD = "FROM python:3.12\nWORKDIR /app\nCOPY requirements.txt .\nRUN pip install -r requirements.txt\nCOPY . .\n"
START = 'CMD ["uvicorn", "main:app", "--host", "0.0.0.0"]\n'
APP = {"main.py": "from fastapi import FastAPI\napp = FastAPI()\n", "requirements.txt": "fastapi\nuvicorn\n"}
TESTED = {**APP, "tests/test_main.py": "def test(): pass\n", "docs/index.md": "x\n"}


def outcome_of(files: Mapping[str, str], dockerfile: str = HEAD + START, name: str = "Dockerfile") -> Outcome:
    context = BuildContext.of_files({**files, name: dockerfile}, name)
    return repair(parse(dockerfile), context, [MissingIgnoreFile()])


def hidden(files: Mapping[str, str], dockerfile: str = HEAD + START, name: str = "Dockerfile") -> set[str]:
    """The lines of the ignore file that a safe repair writes."""
    changes = outcome_of(files, dockerfile, name).files
    return set(changes[0].after.decode().splitlines()) if changes else set()


def reasons(files: Mapping[str, str], dockerfile: str = HEAD + START) -> str:
    return "\n".join(one.finding.because for one in outcome_of(files, dockerfile).remaining)


def test_all_dockerfiles_of_the_context_count(tmp_path: Path) -> None:
    lines = (repaired("ignore-breaks-the-other-dockerfile", tmp_path).ignore_file or "").splitlines()
    assert ".env.*" not in lines
    assert ".git" in lines


def test_a_key_that_env_names_is_reported(tmp_path: Path) -> None:
    found = repaired("ignore-hides-credentials-that-env-names", tmp_path)
    assert "credentials.json" not in (found.ignore_file or "")
    assert "line 6 names credentials.json; hand it over at run time and ignore it" in found.because("DF601")


def test_docs_that_mkdocs_reads_by_default_stay(tmp_path: Path) -> None:
    assert "docs" not in (repaired("ignore-hides-docs-of-mkdocs", tmp_path).ignore_file or "").splitlines()


def test_template_that_a_script_of_the_build_copies_stays(tmp_path: Path) -> None:
    found = repaired("ignore-hides-env-template-of-a-script", tmp_path)
    assert ".env.*" not in (found.ignore_file or "").splitlines()
    assert ".env" in (found.ignore_file or "").splitlines()


@pytest.mark.parametrize("there", [True, False])
def test_env_file_that_a_library_reads_stays(tmp_path: Path, there: bool) -> None:
    changes = {} if there else {".env": None}
    found = repaired("ignore-hides-env-that-a-library-reads", tmp_path, changes)
    assert ".env" not in (found.ignore_file or "")
    assert found.offered("DF601") == "suggestion"
    assert "main.py:1 reads an env file (decouple)" in found.because("DF601")
    assert found.because("DF601").count("env_file:") == 1


def test_git_that_the_program_reads_stays(tmp_path: Path) -> None:
    found = repaired("ignore-hides-git-that-the-program-reads", tmp_path)
    assert ".git" not in (found.ignore_file or "").splitlines()
    assert "asks Git" in found.because("DF601")


def test_tests_that_the_build_runs_stay(tmp_path: Path) -> None:
    found = repaired("ignore-hides-tests-that-the-build-runs", tmp_path)
    assert "tests" not in (found.ignore_file or "").splitlines()
    assert "DF601" in found.applied


def test_tests_and_docs_go_where_nothing_runs_them() -> None:
    assert {"tests", "docs", ".git", ".env", ".env.*"} <= hidden(TESTED)


@pytest.mark.parametrize(
    "lines",
    [
        "RUN pytest",
        "RUN pytest --cov",
        "RUN python -m unittest discover",
        "RUN python3 -m coverage run -m pytest",
        "RUN coverage run -m pytest",
        "RUN tox",
        "RUN nox -s unit",
        "RUN uv run pytest",
        "RUN poetry run pytest",
        "RUN hatch run test",
        "RUN pdm run test",
        "RUN ./run_tests.sh",
        "RUN sh ./run_tests.sh",
        "RUN npm test",
        "RUN make test",
        "RUN make",
        "RUN go test ./...",
        "RUN go vet ./...",
        "RUN cargo test",
        "RUN mvn verify",
        "RUN gradle build",
        "RUN dotnet test",
        "RUN bundle exec rspec",
        "RUN rake",
        "RUN vendor/bin/phpunit",
        "RUN python manage.py test",
        "RUN .venv/bin/pytest",
        "RUN bash -c 'pytest -q'",
        "RUN if true; then pytest; fi",
        "RUN python -c 'import pytest; pytest.main()'",
        "RUN python check.py",
        "RUN something-that-nobody-knows",
        "RUN $RUNNER",
        "RUN --mount=type=bind,target=/src cd /src && pytest",
        'CMD ["python", "-m", "pytest"]',
        'ENTRYPOINT ["pytest"]',
        "HEALTHCHECK CMD pytest --smoke",
        "FROM python:3.12 AS test\nCOPY . .\nRUN pytest\nFROM python:3.12\nCOPY . .",
        "RUN mkdocs build",
        "RUN sphinx-build -M html docs out",
        "RUN python setup.py test",
        "RUN python -m tox",
        "RUN npx jest",
        "RUN yarn test",
        "RUN bun test",
        "RUN deno test",
        "RUN node --test",
        "RUN ./gradlew build",
        "RUN ./mvnw -B verify",
        "RUN php artisan test",
        "RUN composer test",
        "RUN mix test",
        "RUN rails test",
        "RUN bundle exec rake",
        "RUN find . -name '*_test.py' | xargs pytest",
        "RUN <<EOF\nset -e\npytest\nEOF",
        "ARG RUNNER=pytest\nRUN $RUNNER",
        "ENV RUNNER='pytest tests docs'",
        "WORKDIR tests\nRUN ls\nWORKDIR ../docs",
    ],
)
def test_a_command_that_may_look_for_tests_keeps_them(lines: str) -> None:
    files = {
        **TESTED,
        "run_tests.sh": "#!/bin/sh\npytest\n",
        "check.py": "import pytest\npytest.main()\n",
        "package.json": '{"scripts": {"test": "jest"}}',
        "Makefile": "all: test\n\ntest:\n\tpytest\n",
    }
    found = hidden(files, HEAD + lines + "\n")
    assert not {"tests", "docs"} & found
    assert found


@pytest.mark.parametrize(
    "lines",
    [
        "RUN python manage.py collectstatic --noinput",
        "RUN pip install .",
        "RUN apt-get update && apt-get install -y git && rm -rf /var/lib/apt/lists/*",
        "RUN mkdir -p data && chmod +x start.sh && chown -R app .",
        "RUN make install",
        "RUN npm run build",
        'ENTRYPOINT ["./start.sh"]',
        'CMD ["sh", "-c", "exec gunicorn main:app -b 0.0.0.0:$PORT"]',
        'CMD ["poetry", "run", "uvicorn", "main:app"]',
        'CMD ["python", "main.py"]',
        'CMD ["python", "-m", "main"]',
        "HEALTHCHECK CMD curl -f http://localhost/ || exit 1",
    ],
)
def test_a_command_that_is_known_lets_tests_go(lines: str) -> None:
    files = {
        **TESTED,
        "start.sh": "#!/bin/sh\nset -e\nalembic upgrade head\nexec uvicorn main:app\n",
        "package.json": '{"scripts": {"build": "tsc", "test": "jest"}}',
        "Makefile": "test:\n\tpytest\n\ninstall:\n\tpip install -r requirements.txt\n",
    }
    assert {"tests", "docs"} <= hidden(files, HEAD + lines + "\n")


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("compose.yaml", "services:\n  t:\n    build: .\n    command: pytest\n"),
        ("compose.yaml", "services:\n  t:\n    image: org/app\n    command: [python, -m, pytest]\n"),
        (".gitlab-ci.yml", "t:\n  image: $CI_REGISTRY_IMAGE\n  script:\n  - cd /app && pytest\n"),
        ("compose.yaml", "services:\n  t:\n    build: .\n    entrypoint: [python, -m, pytest]\n"),
        (".github/workflows/ci.yml", "jobs:\n  a:\n    steps:\n    - run: docker run --rm app pytest\n"),
        (
            ".github/workflows/ci.yml",
            "jobs:\n  a:\n    steps:\n    - run: |\n        docker compose run \\\n          web pytest\n",
        ),
        (".gitlab-ci.yml", "t:\n  script:\n  - docker run $IMAGE python -m unittest\n"),
        ("Makefile", "check:\n\tdocker compose exec web python manage.py test\n"),
        ("scripts/ci.sh", "docker run app tox\n"),
        ("package.json", '{"scripts": {"t": "docker compose run --rm api npm test"}}'),
        ("README.md", "Run the tests:\n\n    docker compose run web pytest\n"),
        ("job.yaml", "apiVersion: batch/v1\nkind: Job\nspec:\n  containers:\n  - command: [pytest]\n"),
        (
            "compose.yaml",
            "services:\n  t:\n    build:\n      dockerfile_inline: |\n        FROM a\n        COPY . .\n"
            "        RUN pytest\n",
        ),
        ("docker/Dockerfile.test", "FROM python:3.12\nCOPY . .\nRUN pytest\n"),
        ("app/data.py", 'open("tests/data.json")\n'),
        ("app/data.py", "from tests import factory\n"),
        ("Dockerfile.bad", "this is none\n"),
    ],
)
def test_what_runs_or_names_tests_elsewhere_keeps_them(path: str, text: str) -> None:
    assert "tests" not in hidden({**TESTED, path: text})


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (".github/workflows/ci.yml", "jobs:\n  a:\n    steps:\n    - run: pytest tests\n"),
        ("Makefile", "test:\n\tpytest tests\n"),
        ("README.md", "Run `pytest` in [tests](tests/).\n\nThen `docker run app`.\n"),
        ("compose.yaml", "services:\n  web:\n    build: .\n    command: uvicorn main:app --reload\n"),
    ],
)
def test_what_runs_outside_of_the_image_lets_tests_go(path: str, text: str) -> None:
    assert "tests" in hidden({**TESTED, path: text})


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("main.go", 'package main\nimport _ "example.com/app/docs"\n'),
        ("main.go", "package main\n//go:embed static docs\nvar f embed.FS\n"),
        ("src/lib.rs", '#![doc = include_str!("../docs/a.md")]\n'),
        ("CMakeLists.txt", "add_subdirectory(docs)\n"),
        ("pom.xml", "<modules><module>docs</module></modules>\n"),
        ("MANIFEST.in", "graft docs\n"),
        ("app.sln", 'Project("{1}") = "D", "docs\\D.csproj", "{2}"\n'),
        ("settings.gradle", "include ':docs'\n"),
        ("pyproject.toml", '[tool.hatch.build]\ninclude = ["docs/*.md"]\n'),
    ],
)
def test_code_and_build_files_that_take_docs_in_keep_them(path: str, text: str) -> None:
    files = {"docs/a.md": "x\n", "index.html": "<p>\n", path: text}
    assert "docs" not in hidden(files, "FROM debian:12\nCOPY . /srv\n")


def test_cargo_refuses_a_manifest_whose_test_target_is_missing() -> None:
    files = {"Cargo.toml": '[package]\nname = "a"\n[[test]]\nname = "it"\n', "src/main.rs": "", "tests/it.rs": ""}
    assert "tests" not in hidden(files, "FROM rust:1.80\nCOPY . .\nRUN cargo build --release\n")


@pytest.mark.parametrize("name", [".git", "tests", ".env", "docs"])
def test_what_a_run_mounts_comes_from_the_context(name: str) -> None:
    mount = f"RUN --mount=type=bind,source={name},target=/x true\n"
    assert name not in hidden(TESTED, HEAD + mount)


@pytest.mark.parametrize("path", ["/app/.env", "/app/.env.production", "/app/tests", "/app/docs/index.md"])
def test_what_a_later_stage_takes_from_an_earlier_one_came_from_the_context(path: str) -> None:
    text = f"FROM python:3.12 AS build\nWORKDIR /app\nCOPY . .\nFROM python:3.12-slim\nCOPY --from=build {path} /x\n"
    name = path.removeprefix("/app/").partition("/")[0]
    assert not {name, ".env.*" if name.startswith(".env.") else name} & hidden(TESTED, text)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("main.py", "from decouple import config\n"),
        ("main.py", "import environ\nenviron.Env.read_env()\n"),
        ("main.py", "from environs import Env\n"),
        ("main.py", 'from starlette.config import Config\nc = Config(".env")\n'),
        ("main.py", 'class S(BaseSettings):\n    model_config = SettingsConfigDict(env_file=".env")\n'),
        ("main.py", "from dynaconf import Dynaconf\n"),
        ("main.py", 'p = Path(__file__).parent / ".env"\n'),
        ("main.py", 'os.system("set -a; . ./.env")\n'),
        ("requirements.txt", "flask\npython-dotenv\n"),
        ("server.js", "require('dotenv').config({path: `.env.${process.env.NODE_ENV}`})\n"),
        ("server.mjs", "import 'dotenv-flow/config'\n"),
        ("server.js", "process.loadEnvFile()\n"),
        ("package.json", '{"scripts": {"start": "node --env-file=.env server.js"}}'),
        ("package.json", '{"dependencies": {"@nestjs/config": "3"}}'),
        ("package.json", '{"dependencies": {"next": "15"}}'),
        ("package.json", '{"devDependencies": {"vite": "6"}}'),
        ("package.json", '{"dependencies": {"@prisma/client": "6"}}'),
        ("go.mod", "module a\n\nrequire github.com/joho/godotenv v1.5.1\n"),
        ("go.mod", "module a\n\nrequire github.com/spf13/viper v1.19.0\n"),
        ("Cargo.toml", '[dependencies]\ndotenvy = "0.15"\n'),
        ("Gemfile", "gem 'dotenv-rails'\n"),
        ("composer.json", '{"require": {"symfony/dotenv": "*"}}'),
        ("composer.json", '{"require": {"laravel/framework": "^11"}}'),
        ("pom.xml", "<artifactId>dotenv-java</artifactId>\n"),
        ("src/A.java", "Dotenv d = Dotenv.load();\n"),
        ("App.csproj", '<PackageReference Include="DotNetEnv" Version="3.1" />\n'),
        ("scripts/start.sh", "set -a\nsource .env\n"),
        ("justfile", "set dotenv-load\n"),
        (".github/workflows/a.yml", "jobs:\n  a:\n    steps:\n    - run: echo A=1 > .env\n"),
    ],
)
def test_env_file_that_somebody_reads_is_not_hidden(path: str, text: str) -> None:
    files = {**APP, path: text}
    assert not {".env", ".env.*"} & hidden(files)
    assert ".git" in hidden(files)
    assert "`env_file:`" in reasons(files)


@pytest.mark.parametrize(
    ("lines", "more"),
    [
        ('CMD ["flask", "run"]', {"requirements.txt": "flask\npydantic-settings\n"}),
        ('CMD ["bun", "server.ts"]', {}),
        ('CMD ["deno", "run", "--env-file", "main.ts"]', {}),
        ('CMD ["node", "-r", "dotenv/config", "server.js"]', {}),
        ('CMD ["node", "--env-file", ".env", "a.js"]', {}),
        ('CMD ["uvicorn", "main:app", "--env-file", ".env"]', {}),
        ('CMD ["pipenv", "run", "python", "main.py"]', {}),
        ('CMD ["sh", "-c", ". ./.env && python main.py"]', {}),
        ("RUN [ -f .env ] || cp .env.example .env", {}),
    ],
)
def test_env_file_that_a_command_reads_is_not_hidden(lines: str, more: dict[str, str]) -> None:
    assert ".env" not in hidden({**APP, **more}, HEAD + lines + "\n")


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("main.py", 'raise SystemExit("Set KEY in the .env file of your machine")\n'),
        ("main.py", "# values come from .env by compose\n"),
        ("app.ts", "const a = process.env.KEY; const b = import.meta.env.MODE\n"),
        ("main.rs", 'Command::new("a")\n    .env("KEY", "v")\n'),
        ("compose.yaml", "services:\n  web:\n    build: .\n    env_file: .env\n"),
        ("deploy.sh", "docker run --env-file .env app\n"),
        ("package.json", '{"devDependencies": {"cross-env": "7"}}'),
        ("README.md", "Copy `.env.example` to `.env`.\n"),
        (".gitignore", ".env\n"),
        ("tests/test_a.py", 'open(".env")\n'),
    ],
)
def test_words_that_read_no_env_file_let_it_go(path: str, text: str) -> None:
    assert ".env" in hidden({**APP, path: text})


@pytest.mark.parametrize("there", [True, False])
def test_existing_file_gets_the_env_file_that_a_clone_lacks(there: bool) -> None:
    files = {**APP, ".dockerignore": ".git\n", ".gitignore": ".env\n", **({".env": "A=1\n"} if there else {})}
    assert hidden(files) == {".git", ".env"}


@pytest.mark.parametrize(
    ("lines", "more"),
    [
        ("RUN make init", {"Makefile": "init:\n\tcp .env.sample .env\n"}),
        ("RUN cp .env.* .env", {}),
        ("COPY entry.sh /\nENTRYPOINT /entry.sh", {"entry.sh": "#!/bin/sh\ncp -n .env.dist .env\n"}),
        ("", {"main.py": 'shutil.copy(".env.example", "out")\n'}),
    ],
)
def test_template_that_is_named_anywhere_is_not_hidden(lines: str, more: dict[str, str]) -> None:
    assert ".env.*" not in hidden({**APP, ".env.example": "A=\n", **more}, HEAD + lines + "\n")


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("main.py", "import git\n"),
        ("main.py", "from dulwich.repo import Repo\n"),
        ("main.py", 'open(".git/HEAD")\n'),
        ("main.py", 'subprocess.check_output(["git", "rev-parse", "HEAD"])\n'),
        ("main.py", 'os.popen("git describe --tags")\n'),
        ("build.js", 'execSync("git rev-parse HEAD")\n'),
        ("build.js", 'spawnSync("git", ["log"])\n'),
        ("package.json", '{"dependencies": {"git-rev-sync": "3"}}'),
        ("main.go", 'exec.Command("git", "rev-parse", "HEAD")\n'),
        ("main.go", 'if s.Key == "vcs.revision" {}\n'),
        ("build.rs", 'Command::new("git").args(["describe"])\n'),
        ("Cargo.toml", '[build-dependencies]\nvergen = "8"\n'),
        ("app.rb", "v = `git rev-parse HEAD`\n"),
        ("pyproject.toml", '[build-system]\nrequires = ["setuptools", "setuptools-git-versioning"]\n'),
        ("pyproject.toml", '[build-system]\nrequires = ["poetry-core", "poetry-dynamic-versioning"]\n'),
        ("setup.py", "import versioneer\n"),
        ("build.gradle", "plugins { id 'com.gorylenko.gradle-git-properties' version '2.4' }\n"),
        ("pom.xml", "<artifactId>git-commit-id-maven-plugin</artifactId>\n"),
        ("SConstruct", 'v = os.popen("git describe").read()\n'),
        ("CMakeLists.txt", "find_package(Git)\n"),
        ("configure.ac", "AC_INIT([a], m4_esyscmd([git describe --tags]))\n"),
        ("mkdocs.yml", "plugins:\n- git-revision-date-localized\n"),
        ("hugo.toml", "enableGitInfo = true\n"),
    ],
)
def test_git_stays_where_something_may_ask_it(path: str, text: str) -> None:
    assert ".git" not in hidden({**APP, path: text})
    assert ".git" in reasons({**APP, path: text, ".git/HEAD": "", ".dockerignore": ""}) or "Git" in reasons(
        {**APP, path: text, ".git/HEAD": "", ".dockerignore": ""}
    )


@pytest.mark.parametrize(
    "lines",
    [
        "RUN go build -buildvcs=true .",
        "RUN git submodule update --init",
        'CMD ["sh", "-c", "git pull; python main.py"]',
    ],
)
def test_git_stays_where_a_command_asks_it(lines: str) -> None:
    assert ".git" not in hidden(APP, HEAD + lines + "\n")


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("package.json", '{"repository": {"type": "git", "url": "git+https://github.com/a/b.git"}}'),
        ("requirements.txt", "git+https://github.com/a/b.git\n"),
        ("deploy.sh", "git pull\n"),
        ("main.py", "url = 'https://github.com/a/b'\n"),
    ],
)
def test_words_that_ask_no_git_let_it_go(path: str, text: str) -> None:
    assert ".git" in hidden({**APP, path: text})


@pytest.mark.parametrize(
    ("name", "more"),
    [
        ("id_rsa", {"main.py": 'paramiko.RSAKey.from_private_key_file("id_rsa")\n'}),
        (
            "credentials.json",
            {"compose.yaml": "services:\n  a:\n    build: .\n    command: run --key credentials.json\n"},
        ),
        ("serviceAccountKey.json", {"src/fb.ts": 'import k from "../serviceAccountKey.json"\n'}),
        ("tls.pem", {"main.go": 'tls.LoadX509KeyPair("tls.pem", "tls.pem")\n'}),
        ("web.env", {"main.py": 'read("web.env")\n'}),
    ],
)
def test_key_that_the_code_names_is_reported(name: str, more: dict[str, str]) -> None:
    pattern = {"tls.pem": "*.pem", "web.env": "*.env"}.get(name, name)
    assert pattern not in hidden({**APP, name: "x", **more})
    assert pattern in hidden({**APP, name: "x"})


@pytest.mark.parametrize("name", [".Dockerignore", ".DOCKERIGNORE", "dockerignore", ".docker-ignore"])
def test_ignore_file_by_another_name_gets_no_second_one(name: str) -> None:
    found = outcome_of({**APP, name: ".git\n"})
    assert not found.files
    assert [one.finding.because for one in found.remaining] == ["rename it to .dockerignore"]


def test_ignore_file_that_is_a_link_is_not_edited(tmp_path: Path) -> None:
    for name, text in {**APP, ".gitignore": "*.log\n", ".env": "A=1\n"}.items():
        (tmp_path / name).write_text(text)
    (tmp_path / ".dockerignore").symlink_to(".gitignore")
    found = repair(parse(HEAD + START), BuildContext.at(tmp_path, "Dockerfile"), [MissingIgnoreFile()])
    assert not found.files
    assert ".dockerignore is a link to .gitignore, which others read" in [o.finding.because for o in found.remaining]


def test_containerfile_with_its_own_ignore_file_needs_nothing() -> None:
    found = outcome_of({**APP, ".containerignore": ".git\n.env\n"}, name="Containerfile")
    assert not found.files
    assert not found.remaining


def test_dockerfile_beside_a_containerignore_gets_its_lines() -> None:
    assert outcome_of({**APP, ".containerignore": "# ours\nnotes\n"}).files[0].after == b"# ours\nnotes\n"


def test_single_files_need_no_ignore_file_with_buildkit() -> None:
    found = outcome_of(APP, "FROM python:3.12\nCOPY main.py /\n")
    assert [one.finding.fix.applicability for one in found.remaining if one.finding.fix] == [Applicability.UNSAFE]
    assert "BuildKit sends no others" in found.remaining[0].finding.because


def test_the_real_names_of_dockerfiles_are_listed() -> None:
    found = hidden({**APP, "Containerfile": "FROM a\n"}, name="web.dockerfile")
    assert {"Containerfile", "*.dockerfile"} <= found
    assert "Dockerfile" not in found


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("compose.yaml", "services:\n  t:\n    build:\n      context: .\n      dockerfile: ops/t.file\n"),
        (".github/workflows/a.yml", "jobs:\n  a:\n    steps:\n    - run: docker build -f ops/t.file .\n"),
        ("Makefile", "image:\n\tdocker build --file ops/t.file .\n"),
    ],
)
def test_dockerfile_that_others_build_from_the_context_counts(tmp_path: Path, path: str, text: str) -> None:
    other = "FROM python:3.12\nCOPY . .\nRUN cp .env.example .env && pytest\n"
    changes = {path: text, "ops/t.file": other, "tests/test_a.py": "", "Dockerfile.prod": "FROM a\n"}
    found = repaired("ignore-breaks-the-other-dockerfile", tmp_path, changes)
    assert not {".env.*", "tests"} & {*(found.ignore_file or "").splitlines()}
    assert "DF601" in found.applied


def test_dockerfile_of_another_context_does_not_count(tmp_path: Path) -> None:
    other = "FROM python:3.12\nCOPY . .\nRUN cp .env.example .env && pytest\n"
    compose = "services:\n  w:\n    build: worker\n"
    changes = {"compose.yaml": compose, "worker/Dockerfile": other, "tests/a.py": "", "Dockerfile.prod": "FROM a\n"}
    found = repaired("ignore-breaks-the-other-dockerfile", tmp_path, changes)
    assert {".env.*", "tests"} <= {*(found.ignore_file or "").splitlines()}
