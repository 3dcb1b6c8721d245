"""Addresses: where the server listens, and by which address it is found there."""

import errno
import ipaddress
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from digitnet.errors import DigitnetError
from digitnet.text import plain

PORT = 8460


def is_local(host: str) -> bool:
    """Whether only this computer can connect to what listens there."""
    with suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return host == "localhost"


@contextmanager
def listening(host: str, port: int | None) -> Iterator[socket.socket]:
    """A socket that listens there. Raises DigitnetError if it cannot."""
    _check_name(host)
    wanted = PORT if port is None else port
    try:
        try:
            listener = _listener(host, wanted)
        except OSError:
            if port is not None:
                raise
            listener = _listener(host, 0)
    except OSError as error:
        option = "--host" if error.errno == errno.EADDRNOTAVAIL else "--port"
        problem = f"cannot listen at {host}, port {wanted}: {error.strerror or error}"
        raise DigitnetError(f"argument {option}: {problem}") from error
    with listener:
        yield listener


def _check_name(host: str) -> None:
    """Raise DigitnetError unless it is an address, or the name of one."""
    if not host:  # as of a variable that is not set: it would listen at all of them
        raise DigitnetError("argument --host: expected an address of this computer, got nothing")
    try:
        socket.getaddrinfo(host, 0, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:  # the latter for what cannot be a name at all
        got = f"got {plain(host, 80)}: {getattr(error, 'strerror', None) or error}"
        raise DigitnetError(
            f"argument --host: expected an address of this computer, {got}"
        ) from error


def _listener(host: str, port: int) -> socket.socket:
    """A socket that listens there; at "::", for IPv4 as well where that can be.

    Its connections send at once what they are given. asyncio asks for that only where a socket
    names its protocol, which those of create_server do not; without, the second of two small
    frames waits until the first is acknowledged, up to 40 ms (Nagle's algorithm, RFC 896).
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    both = host == "::" and socket.has_dualstack_ipv6()
    listener = socket.create_server((host, port), family=family, dualstack_ipv6=both)
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # connections inherit it
    return listener


def address_of(listener: socket.socket, token: str | None) -> str:
    """What to type into a browser."""
    host, port = listener.getsockname()[:2]
    if ipaddress.ip_address(host).is_unspecified:
        own = next(filter(None, map(_own_address, _families(listener))), None)
        host = own or socket.gethostname()
    host = f"[{host}]" if ":" in host else host
    return f"http://{host}:{port}/" + (f"?token={token}" if token else "")


def _families(listener: socket.socket) -> list[socket.AddressFamily]:
    """By which it can be reached: the one that people can type before the other."""
    if listener.family != socket.AF_INET6:
        return [socket.AF_INET]
    only = listener.getsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY)
    return [socket.AF_INET6] if only else [socket.AF_INET, socket.AF_INET6]


def _own_address(family: socket.AddressFamily) -> str | None:
    """An address of this computer by which others may reach it, if there is one."""
    far = "2001:db8::1" if family == socket.AF_INET6 else "192.0.2.1"
    candidates = []
    with suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as asking:
        asking.connect((far, 9))  # of no computer, and nothing is sent: it tells the way out
        candidates.append(asking.getsockname()[0])
    with suppress(OSError):
        named = socket.getaddrinfo(socket.gethostname(), None, family)
        candidates += [address[0] for *_, address in named]
    return next((str(each) for each in candidates if _is_for_others(each)), None)


def _is_for_others(address: str) -> bool:
    with suppress(ValueError):
        found = ipaddress.ip_address(address)
        return not (found.is_loopback or found.is_link_local or found.is_unspecified)
    return False
