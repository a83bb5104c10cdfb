"""Where the work of a run is done: here, or by the workers of a Dask cluster."""

from __future__ import annotations

import importlib
from collections import deque
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from pfkit.errors import ParameterError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

_Part = TypeVar("_Part")
_Found = TypeVar("_Found")
#: Parts that wait at a worker's door, for each of its threads.
_AHEAD = 4
#: Seconds until a cluster that is gone counts as gone.
_PATIENCE = 30


class Spreader(Protocol):
    """Does one thing to many parts and yields what came of them, in their order."""

    def __call__(
        self, work: Callable[..., _Found], parts: Iterable[_Part], *shared: object
    ) -> Iterator[_Found]:
        """Yield ``work(part, *shared)`` of each part."""


def here(work: Callable[..., _Found], parts: Iterable[_Part], *shared: object) -> Iterator[_Found]:
    """Yield what comes of each part, one after the other, in this process.

    Examples
    --------
    >>> list(here(pow, [2, 3], 2))
    [4, 9]
    """
    for part in parts:
        yield work(part, *shared)


def cluster(client: Any) -> Spreader:  # noqa: ANN401 - Dask comes only with the extra
    """Return what has the workers of a cluster do the work.

    Parameters
    ----------
    client : distributed.Client
        Connected to a scheduler.

    Notes
    -----
    What all parts share is sent to every worker once. No more parts are under way than the workers
    can soon begin, so that neither they nor this process hold the whole.
    """

    def spread(
        work: Callable[..., _Found], parts: Iterable[_Part], *shared: object
    ) -> Iterator[_Found]:
        sent = [client.scatter(one, broadcast=True, hash=False) for one in shared]
        most = _AHEAD * max(sum(client.nthreads().values()), 1)
        waiting: deque[Any] = deque()
        try:
            for part in parts:
                waiting.append(client.submit(work, part, *sent, pure=False))
                if len(waiting) >= most:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            client.cancel(list(waiting))

    return spread


def spreader(executor: Any) -> Spreader:  # noqa: ANN401 - a name, or a client of Dask
    """Return what does the work: ``local``, ``dask`` for the client at hand, or a client.

    Raises
    ------
    ParameterError
        If `executor` is none of them, `distributed` is not installed, or no client is at hand.
    """
    if executor == "local":
        return here
    try:
        dask = importlib.import_module("distributed")
    except ImportError as error:
        raise ParameterError(
            f"executor {executor!r} needs Dask, which is not installed",
            advice="Install pfkit[dask] (or distributed), or leave executor out.",
        ) from error
    if isinstance(executor, dask.Client):
        return cluster(executor)
    if executor != "dask":
        raise ParameterError(
            f"executor {executor!r} is not known",
            advice="Use local, dask, or a client of dask.distributed.",
        )
    try:
        return cluster(dask.get_client(timeout=_PATIENCE))
    except ValueError as error:
        raise ParameterError(
            "executor 'dask' finds no cluster: no client is connected",
            advice="Connect first: distributed.Client('scheduler:8786'), or Client() for this "
            "machine; or hand the client over as executor.",
        ) from error
