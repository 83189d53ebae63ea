"""What the system gives to root alone: a suggestion that names the line, never a safe repair."""

from __future__ import annotations

from pathlib import Path

import pytest
from cases import Repaired, repaired

SOCKET = "user-unix-socket-in-run"
PORT = "user-low-port-other-ways"
RAW = "user-raw-socket"
DEVICES = "user-devices-and-capabilities"
VOLUME = "user-volume-of-docker-run"
HOME = "user-downloads-in-root-home"

APP = "from fastapi import FastAPI\napp = FastAPI()\n"
HEAD = (
    "FROM python:3.12-slim\nWORKDIR /app\nCOPY requirements.txt .\nRUN pip install --no-cache-dir -r requirements.txt\n"
)
SERVE = 'CMD ["uvicorn", "main:app", "--host", "0.0.0.0", "--port", "8000"]\n'


def assert_suggested(found: Repaired, *texts: str) -> None:
    assert "DF501" not in found.applied
    assert found.offered("DF501") == "suggestion"
    for text in texts:
        assert text in found.because("DF501")


def assert_safe(found: Repaired) -> None:
    assert "DF501" in found.applied, found.because("DF501")


def test_socket_in_run(tmp_path: Path) -> None:
    assert_suggested(repaired("user-unix-socket-in-run", tmp_path), "CMD writes to /run, which belongs to the system")


def test_port_below_1024_of_a_plain_server(tmp_path: Path) -> None:
    assert_suggested(repaired("user-low-port-other-ways", tmp_path), "main.py:2 listens on port 80")


def test_raw_socket(tmp_path: Path) -> None:
    assert_suggested(repaired("user-raw-socket", tmp_path), "main.py:1 imports icmplib for raw sockets")


def test_device_of_a_compose_file(tmp_path: Path) -> None:
    found = repaired("user-devices-and-capabilities", tmp_path)
    assert_suggested(found, "main.py:1 imports serial for devices", "main.py:2 names /dev/ttyUSB0")


def test_volume_of_docker_run(tmp_path: Path) -> None:
    assert_suggested(repaired("user-volume-of-docker-run", tmp_path), "Makefile:3 mounts data over /data")
