"""The engines, one file each, and the choice between them."""

from dockerfix.verify.engines.choice import NAMES, choose_engine, engine_named

__all__ = ["NAMES", "choose_engine", "engine_named"]
