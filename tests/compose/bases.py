"""The images below and beside ours: public ones, or stand-ins that a folder's build.sh makes."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from tests.compose.stack import Failed, docker

LARGEST = 250 * 10**6
"""Bytes of the image, with a slim base."""
SLIM = 130 * 10**6
"""Bytes that a slim base has by itself, when a stand-in, which is larger, lies below."""


def variables(stand_ins: Path | None) -> Mapping[str, str]:
    """What docker-compose.yml reads its images from."""
    if stand_ins is None:
        return {}
    build = stand_ins / "build.sh"
    if not build.is_file():
        raise Failed(f"there is no {build}")
    names = ("python", "postgres", "kafka", "caddy", "prometheus")
    wanted = [name for name in names if not _is_there(f"stand-in/{name}")]
    if wanted:
        subprocess.run([str(build.resolve()), *wanted], check=True)
    user = docker("run", "--rm", "--entrypoint", "id", "stand-in/postgres", "-u", "postgres").strip()
    return {f"{name.upper()}_IMAGE": f"stand-in/{name}" for name in names} | {"POSTGRES_UID": user}


def build_image(tag: str, python_image: str | None) -> str:
    """Build ours, with the classic builder where the base is a stand-in. A line about its size. Raises Failed."""
    chosen = ["--build-arg", f"PYTHON_IMAGE={python_image}"] if python_image else []
    classic = {"DOCKER_BUILDKIT": "0"} if python_image else {}
    docker("build", "--quiet", *chosen, "--tag", tag, ".", **classic)
    return measured(tag, python_image)


def measured(tag: str, python_image: str | None) -> str:
    """A line about an image's size. Raises Failed when it is too large."""
    size = _size(tag)
    if python_image is None:
        _must_be_small(size)
        return f"the image has {size / 1e6:.0f} MB"
    ours = size - _size(python_image)
    _must_be_small(ours + SLIM)
    return f"the image has {size / 1e6:.0f} MB, {ours / 1e6:.0f} MB of them ours"


def _must_be_small(size: int) -> None:
    if size > LARGEST:
        raise Failed(f"the image has {size / 1e6:.0f} MB on a slim base, more than {LARGEST / 1e6:.0f} MB")


def _size(image: str) -> int:
    return int(docker("image", "inspect", "--format", "{{.Size}}", image))


def _is_there(image: str) -> bool:
    command = ["docker", "image", "inspect", image]
    return subprocess.run(command, env=os.environ, capture_output=True, check=False).returncode == 0
