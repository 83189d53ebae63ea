"""Imported by the process that those for single Dockerfiles are forked from: whatever a repair needs is then loaded."""

from __future__ import annotations

import gc

from dockerfix.api import fix_source

__all__: list[str] = []

fix_source("FROM python:3.12-slim\nWORKDIR /app\nCOPY . .\nRUN pip install flask\nCMD python app.py\n")
gc.collect()
gc.freeze()  # a collection in a forked process would copy the pages that it shares with the others
