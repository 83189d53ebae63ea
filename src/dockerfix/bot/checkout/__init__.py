"""A hostile repository's files on this machine: fetched and written without running anything of it."""

from __future__ import annotations

from dockerfix.bot.checkout.clone import Checkout, clone
from dockerfix.bot.checkout.git import CheckoutError, Credentials, Limits

__all__ = ["Checkout", "CheckoutError", "Credentials", "Limits", "clone"]
