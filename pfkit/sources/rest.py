"""Read the pages of a REST service: dlt pages, retries and signs; rows come back page by page."""

from __future__ import annotations

import importlib
import json
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

from pfkit.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    Json = Mapping[str, Any]

#: How a service gives the next page: a number, an offset, a cursor in the answer, the address of
#: the next page in the answer or in its header, or all in one page.
Paging = Literal["pages", "offset", "cursor", "link", "header", "single"]

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_REFUSED = frozenset({401, 403})
_LONGEST_WAIT = 120


@dataclass(frozen=True, kw_only=True)
class Service:
    """What to ask a service for, and how it answers.

    Attributes
    ----------
    url : str
        The whole address of the list.
    token : str
        The bearer token; never printed.
    params : mapping
        The parameters of the first request.
    rows : str
        Where the rows stand in an answer, as ``data.items``; empty where the answer is the list.
    paging : str
        How the next page is found.
    param, next, start, size : str, str, int, int
        The parameter of the page, offset or cursor; where the answer holds what comes next; the
        first page's number; and the rows of a page where it is an offset.
    attempts, timeout, wait : int, int, float
        Requests made before giving up, seconds each may take, and seconds before the second; what
        `Retry-After` says counts instead.
    """

    url: str
    token: str = field(default="", repr=False)
    params: Json = field(default_factory=dict)
    rows: str = ""
    paging: Paging = "single"
    param: str = ""
    next: str = ""
    start: int = 1
    size: int = 100
    attempts: int = 5
    timeout: int = 60
    wait: float = 1.0

    @property
    def host(self) -> str:
        """The host and port that requests may go to."""
        return urlsplit(self.url).netloc


def unsafe(url: str) -> str:
    """Return why an address may not be asked with a token; empty where it may.

    Examples
    --------
    >>> unsafe("http://api.example.com/v1/tickets")
    "'http://api.example.com/v1/tickets' would send what it asks and answers in the clear"
    >>> unsafe("https://api.example.com/v1/tickets"), unsafe("http://localhost:8000/tickets")
    ('', '')
    """
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        return f"{url!r} is no address of a service"
    if parts.scheme == "http" and parts.hostname not in _LOOPBACK:
        return f"{url!r} would send what it asks and answers in the clear"
    return ""


def pages(service: Service) -> Iterator[list[dict[str, Any]]]:
    """Give the rows of a service page by page.

    A request that is answered with 429 or 5xx, or not at all, is made again: after the seconds the
    service asks for, else after waits that double. No request leaves the service's own host, so
    that its token goes nowhere else.

    Parameters
    ----------
    service : Service
        What to ask for.

    Raises
    ------
    SourceError
        If dlt is not installed, the service refuses or does not answer, or an answer has no rows
        where they are declared.
    """
    requests, client = _client(service)
    seen = False
    try:
        for page in client.paginate(
            urlsplit(service.url).path.rpartition("/")[2] or "",
            params=dict(service.params),
            data_selector=service.rows or None,
            paginator=_paginator(service),
        ):
            if not seen and not page:
                _require_rows(page.response.json(), service)
            seen = True
            yield _rows(list(page), service)
    except requests.exceptions.HTTPError as error:
        raise _refused(service, error.response.status_code) from None
    except requests.exceptions.JSONDecodeError:
        raise SourceError(
            "the answer is no JSON", where=_place(service), advice="Look at the address."
        ) from None
    except requests.exceptions.RequestException as error:
        raise SourceError(
            f"the service does not answer ({type(error).__name__}), asked {service.attempts} times",
            where=_place(service),
            advice="Nothing was kept; pull again when it does.",
        ) from None


def _client(service: Service) -> tuple[Any, Any]:
    """Return the module of requests, and dlt's client, guarded against other hosts."""
    try:
        rest = importlib.import_module("dlt.sources.helpers.rest_client")
        auth = importlib.import_module("dlt.sources.helpers.rest_client.auth")
        retry = importlib.import_module("dlt.sources.helpers.requests.retry")
        specs = importlib.import_module("dlt.common.configuration.specs")
    except ModuleNotFoundError as error:
        raise SourceError(
            "a pull needs dlt, which is not installed",
            where=_place(service),
            advice="Install it with `pip install 'pfkit[dlt]'`.",
        ) from error
    session = retry.Client(
        request_timeout=service.timeout,
        raise_for_status=False,
        request_max_attempts=service.attempts,
        request_backoff_factor=service.wait,
        request_max_retry_delay=_LONGEST_WAIT,
    ).session
    session.send = _guarded(session.send, service)
    client = rest.RESTClient(
        base_url=service.url.rpartition("/")[0],
        auth=auth.BearerTokenAuth(service.token) if service.token else None,
        session=session,
        config=specs.RuntimeConfiguration(),  # and not what a file of dlt's in the folder says
    )
    return importlib.import_module("requests"), client


def _guarded(send: Callable[..., Any], service: Service) -> Callable[..., Any]:
    def guarded(request: Any, **more: Any) -> Any:  # noqa: ANN401 (of requests)
        if urlsplit(request.url).netloc != service.host:
            raise SourceError(
                f"the service points to another host, {urlsplit(request.url).netloc}",
                where=_place(service),
                advice="Its token is for its own host; nothing was sent. Look at `paging`.",
            )
        response = send(request, **more)
        response.json = lambda **_: _exact(response, service)
        return response

    return guarded


def _exact(response: Any, service: Service) -> Any:  # noqa: ANN401 (an answer, and any JSON)
    """Return an answer with every number as it is written: none goes through a float."""

    def refused(word: str) -> None:
        raise SourceError(
            f"the answer has {word}, which is no number",
            where=_place(service),
            advice="Leave the column out with `params`, or ask the service to send null.",
        )

    try:
        return json.loads(response.content, parse_float=Decimal, parse_constant=refused)
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        requests = importlib.import_module("requests")
        raise requests.exceptions.JSONDecodeError(str(error), "", 0) from None


def _paginator(service: Service) -> Any:  # noqa: ANN401 (a paginator of dlt's)
    kinds = importlib.import_module("dlt.sources.helpers.rest_client.paginators")
    if service.paging == "pages":
        return kinds.PageNumberPaginator(
            base_page=service.start, page_param=service.param or "page", total_path=None
        )
    if service.paging == "offset":
        return kinds.OffsetPaginator(
            limit=service.size, offset_param=service.param or "offset", total_path=None
        )
    if service.paging == "cursor":
        return kinds.JSONResponseCursorPaginator(
            cursor_path=service.next or "next", cursor_param=service.param or "cursor"
        )
    if service.paging == "link":
        return kinds.JSONLinkPaginator(next_url_path=service.next or "next")
    if service.paging == "header":
        return kinds.HeaderLinkPaginator(links_next_key=service.next or "next")
    return kinds.SinglePagePaginator()


def _rows(page: list[Any], service: Service) -> list[dict[str, Any]]:
    for row in page:
        if not isinstance(row, dict):
            raise SourceError(
                f"a row is {type(row).__name__}, not an object with columns",
                where=_place(service),
                advice="Name the list of rows in `rows`.",
            )
    return page


def _require_rows(answer: object, service: Service) -> None:
    """Refuse an answer without a list where the rows are said to be; an empty one is a list."""
    at = answer
    for name in service.rows.split(".") if service.rows else ():
        at = at.get(name) if isinstance(at, dict) else None
    if not isinstance(at, list):
        keys = ", ".join(map(repr, answer)) if isinstance(answer, dict) else "no names"
        raise SourceError(
            f"the answer has no list at {service.rows!r}",
            where=_place(service),
            advice=f"Name it in `rows`; the answer has {keys}.",
        )


def _refused(service: Service, status: int) -> SourceError:
    if status in _REFUSED:
        return SourceError(
            f"the service refuses the token ({status})",
            where=_place(service),
            advice="Renew the token in the place that `token` names.",
        )
    again = f", asked {service.attempts} times" if status not in range(400, 429) else ""
    return SourceError(
        f"the service answers {status}{again}",
        where=_place(service),
        advice="Nothing was kept; pull again when it does better.",
    )


def _place(service: Service) -> str:
    """Return the address without its query, which may hold what nobody should read."""
    parts = urlsplit(service.url)
    return f"{parts.scheme}://{parts.netloc}{parts.path}"
