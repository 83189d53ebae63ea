"""The words of `buildah build`, which `podman build` takes as well."""

from __future__ import annotations

from dockerfix.verify.engine import LABEL, BuildOrder

__all__ = ["buildah_words"]


def buildah_words(order: BuildOrder) -> list[str]:
    """Layers are kept for later builds, and the image is in Docker's format: OCI's has no HEALTHCHECK and no SHELL.

    Proxies of the environment are passed on by the command itself.
    """
    words = ["build", "--layers", "--format=docker", f"--tag={order.tag}", f"--label={LABEL}={order.run_id}"]
    words += [f"--file={order.dockerfile}"]
    words += [] if order.network == "default" else [f"--network={order.network}"]
    words += [] if order.use_cache else ["--no-cache"]
    words += [f"--target={order.target}"] if order.target is not None else []
    return [*words, *(f"--build-arg={name}={value}" for name, value in order.args), str(order.context)]
