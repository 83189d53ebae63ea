"""What a build leaves that only root can use."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from dockerfix.image import image
from dockerfix.plans.user.root_home import left_for_root
from dockerfix.programs.starts import start_of
from dockerfix.project.context.build_context import BuildContext
from dockerfix.syntax import parse


def left(lines: str, files: Mapping[str, str] | None = None, base: str = "python:3.12-slim") -> list[str]:
    model = image(parse(f"FROM {base}\n{lines}\n"), BuildContext.of_files(files or {}))
    stage = model.final
    assert stage is not None
    return list(left_for_root(model, stage, start_of(model, stage)))


@pytest.mark.parametrize(
    "line",
    [
        "RUN pip install --user flask",
        "RUN curl -LsSf https://astral.sh/uv/install.sh | sh",
        "RUN curl -sSL https://install.python-poetry.org | python3 -",
        "RUN curl https://sh.rustup.rs -sSf | sh -s -- -y",
        "RUN playwright install --with-deps chromium",
        "RUN python -m playwright install",
        "RUN python -m nltk.downloader punkt",
        "RUN python -c \"import nltk; nltk.download('punkt')\"",
        "RUN huggingface-cli download gpt2",
        "RUN git config --global user.name bot",
        "RUN uv python install 3.12",
        "RUN poetry install --no-root",
        "RUN pipenv install",
        "RUN echo 'conda activate x' >> ~/.bashrc",
        "RUN mkdir -p /root/.streamlit",
        "RUN cp config.toml $HOME/.config/",
        "COPY a /root/",
        "COPY --from=build /root/.local /root/.local",
        "RUN openssl req -x509 -nodes -newkey rsa:2048 -keyout /c/a.key -out /c/a.crt -subj /CN=a",
        "RUN cd /c && openssl genrsa -out a.key 2048",
        "RUN openssl ecparam -genkey -name prime256v1 -out /c/a.key",
        "RUN ssh-keygen -q -N '' -f /c/id",
        "COPY --chmod=700 a /a",
        "RUN chmod u+x /a",
        "RUN chmod 750 /a",
        "RUN chmod -R go-r /a",
        "WORKDIR /root/app",
        "ENV PATH=/root/.cargo/bin:$PATH",
        "ENV HOME=/root",
        "ENV HF_HOME=/root/models",
        "RUN apt-get install -y supervisor",
        "RUN apk add --no-cache openssh",
    ],
)
def test_left_for_root(line: str) -> None:
    assert len(left(line)) == 1


@pytest.mark.parametrize(
    "line",
    [
        "RUN pip install --no-cache-dir flask",
        "RUN curl -LsSf https://astral.sh/uv/install.sh | env UV_INSTALL_DIR=/usr/local/bin sh",
        "ENV POETRY_HOME=/opt/poetry\nRUN curl -sSL https://install.python-poetry.org | python3 -",
        "ENV PLAYWRIGHT_BROWSERS_PATH=/ms-playwright\nRUN playwright install",
        "RUN python -m nltk.downloader -d /usr/share/nltk_data punkt",
        "ENV POETRY_VIRTUALENVS_CREATE=false\nRUN poetry install",
        "RUN poetry config virtualenvs.create false && poetry install",
        "RUN pipenv install --system --deploy",
        "RUN rm -rf /root/.cache",
        "RUN --mount=type=cache,target=/root/.cache pip install flask",
        "RUN git config --system user.name bot",
        "RUN chmod 755 /a",
        "RUN chmod 644 /a",
        "RUN chmod +x /a",
        "RUN curl -o get_helm.sh https://x && chmod 700 get_helm.sh && ./get_helm.sh",
        "RUN apt-get install -y curl",
        "RUN useradd -m web\nUSER web\nRUN pip install --user flask",
    ],
)
def test_nothing_left_for_root(line: str) -> None:
    assert left(line) == []


def test_poetry_run_does_not_find_settings_of_root() -> None:
    lines = "RUN poetry config virtualenvs.create false && poetry install\nCMD poetry run serve"
    assert left(lines)[0].startswith("`poetry config` wrote its settings to root's home")


def test_poetry_settings_in_a_file_of_the_project() -> None:
    assert left("RUN poetry install", {"poetry.toml": "[virtualenvs]\ncreate = false\n"}) == []


def test_script_that_fetches_models_at_build() -> None:
    files = {"fetch.py": "import whisper\n\nwhisper.load_model('base')\n"}
    assert left("COPY fetch.py /app/\nWORKDIR /app\nRUN python fetch.py", files) == [
        "line 4 runs fetch.py, which may keep files of whisper in root's home, where another user does not look"
    ]


def test_uv_brings_a_python_where_there_is_none() -> None:
    assert left("RUN uv sync", base="debian:12") == [
        "uv may have put a Python of its own into root's home; set UV_PYTHON_INSTALL_DIR=/opt/python first"
    ]


def test_environment_that_another_stage_made_with_a_python_in_root_s_home() -> None:
    model = image(
        parse(
            "FROM debian:12 AS build\nRUN uv python install 3.12 && uv sync\n"
            "FROM debian:12\nCOPY --from=build /app /app\nCMD /app/.venv/bin/serve\n"
        ),
        BuildContext.of_files({}),
    )
    stage = model.final
    assert stage is not None
    assert list(left_for_root(model, stage, None)) == [
        "what is copied needs the Python that uv installed in root's home"
    ]


def test_variable_of_the_base_image_is_its_own_matter() -> None:
    assert left("ENV A=b", base="maven:3.9") == []


@pytest.mark.parametrize(
    "line",
    [
        "RUN openssl genrsa -out /c/a.key 2048 && chown -R app /c",
        "RUN openssl genrsa -out /c/a.key 2048 && chmod 644 /c/*",
        "RUN openssl rsa -in a.key -pubout -out /c/a.pub",
        "RUN openssl x509 -req -in a.csr -out /c/a.crt",
        "RUN openssl genrsa 2048 > /c/a.key",
        "RUN openssl rand -out /c/a 16",
    ],
)
def test_a_key_that_others_can_read(line: str) -> None:
    assert left(line) == []
