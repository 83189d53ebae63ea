"""The aspects under which two images are compared, and that a rule may declare to change."""

from __future__ import annotations

from enum import Enum

__all__ = ["Aspect"]


class Aspect(Enum):
    """One side of what an image is; the value is the word that messages use."""

    BASE_IMAGE = "base image"
    FILES = "copied files"
    COMMANDS = "commands run"
    COMMAND_WORDS = "options of commands"
    LAYER_ORDER = "layer order"
    SYSTEM_PACKAGES = "packages of the system"
    BUILD_CACHE = "caches left by package managers"
    USER = "user and ownership"
    START_COMMAND = "start command"
    ENVIRONMENT = "environment"
    WORKDIR = "working directory"
    PORTS = "ports"
    VOLUMES = "volumes"
    LABELS = "labels"
    HEALTHCHECK = "health check"
    STOP_SIGNAL = "stop signal"
    SHELL = "default shell"
    TRIGGERS = "ONBUILD triggers"
    BUILD_CONTEXT = "build context"
    PYTHON_SOURCE = "Python source"
