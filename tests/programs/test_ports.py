"""Ports that an image listens on."""

from __future__ import annotations

import pytest

from dockerfix.image import image
from dockerfix.programs.ports import low_port
from dockerfix.programs.starts import start_of
from dockerfix.project.context.build_context import BuildContext
from dockerfix.syntax import parse


def port(lines: str, base: str = "python:3.12-slim") -> int | None:
    model = image(parse(f"FROM {base}\n{lines}\n"), BuildContext.of_files({}))
    stage = model.final
    assert stage is not None
    return low_port(stage, start_of(model, stage))


@pytest.mark.parametrize(
    "lines",
    [
        "EXPOSE 80",
        "EXPOSE 80/tcp 8000",
        "ARG P=80\nEXPOSE $P",
        "ENV PORT=80",
        "CMD uvicorn a:b --port 80",
        "CMD uvicorn a:b --port=80",
        'CMD ["gunicorn", "-b", "0.0.0.0:80", "a:b"]',
        'CMD ["gunicorn", "--bind=:80", "a:b"]',
        "CMD gunicorn -b [::]:80 a:b",
        "CMD daphne -p 80 a:b",
        "CMD python manage.py runserver 0.0.0.0:80",
        "CMD python manage.py runserver 80",
        "CMD streamlit run a.py --server.port 80",
    ],
)
def test_low_port(lines: str) -> None:
    assert port(lines) == 80


@pytest.mark.parametrize(
    "lines",
    [
        "EXPOSE 8000",
        "EXPOSE $PORT",
        "ENV DB_PORT=80",
        "CMD uvicorn a:b --port 8000",
        "CMD uvicorn a:b --port $PORT",
        "CMD gunicorn --workers 4 --timeout 120 a:b",
        "CMD gunicorn -w 4 -b 0.0.0.0:8080 a:b",
    ],
)
def test_no_low_port(lines: str) -> None:
    assert port(lines) is None


def test_port_of_the_base_image_s_own_server() -> None:
    assert port("COPY . /app", "tiangolo/uvicorn-gunicorn:python3.11") == 80
