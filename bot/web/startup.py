"""What has to be right before the slow part of starting: all that is wrong is said at once."""

from __future__ import annotations

import socket

from bot.errors import AddressError, SettingsError
from bot.settings import Settings
from bot.web.visitors import storage_answers


def prepare(settings: Settings, problems: dict[str, str]) -> socket.socket:
    """Check what the settings name, and take the address to serve on.

    Args:
        settings: as far as they could be read.
        problems: what is wrong with them already, by variable.

    Raises:
        SettingsError: naming all that is wrong.
        AddressError: when that is only that the address cannot be had.
    """
    said = [*problems.values(), *_wrong(settings)]
    if {"HOST", "PORT"} & problems.keys():
        raise SettingsError.of(said)
    try:
        bound = bind(settings.host, settings.port)
    except AddressError as error:
        if not said:
            raise
        said.append(str(error))
    if said:
        raise SettingsError.of(said)
    return bound


def bind(host: str, port: int, names: str = "HOST and PORT") -> socket.socket:
    """Take an address; `names` are the settings that change it.

    Raises:
        AddressError: when it is taken or is none of this machine's.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
        bound.listen()  # else another process could take it meanwhile; who comes now has to wait
    except OSError as error:
        bound.close()
        raise AddressError(
            f"Cannot serve on {host} port {port}: {error.strerror}. "
            f"Stop what serves there, or set {names} to another address."
        ) from error
    return bound


def _wrong(settings: Settings) -> list[str]:
    problems = []
    if not settings.seeds_dir.is_dir():
        problems.append(f"SEEDS_DIR={settings.seeds_dir}: there is no such folder")
    if settings.index_dir.exists() and not settings.index_dir.is_dir():
        problems.append(f"INDEX_DIR={settings.index_dir}: this is a file, not a folder")
    if not storage_answers(settings.limits_storage):
        problems.append("LIMITS_STORAGE: there is no Redis that answers at this address")
    if settings.metrics_port is not None:
        try:
            names = "METRICS_HOST and METRICS_PORT"
            bind(settings.metrics_host, settings.metrics_port, names).close()
        except AddressError as error:
            problems.append(f"METRICS_PORT: {error}")
    return problems
