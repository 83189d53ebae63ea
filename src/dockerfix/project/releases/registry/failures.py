"""Why a registry gave no answer."""

from __future__ import annotations

__all__ = ["MissingError", "RegistryError", "SilentError"]


class RegistryError(Exception):
    """No answer; the message is one clause for people. Nothing that a repair needs: the offline answer stands."""


class MissingError(RegistryError):
    """The registry answered: there is no such image, or no such tag."""


class SilentError(RegistryError):
    """It cannot be reached, or wants to be left alone: nothing else is worth asking it in this run."""
