"""The JSON API (docs/reference/api.md). Each app adds its calls to it, in its own `api` module."""

import functools
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI

from . import problems, request_bodies
from .auth import bearer


class Api(NinjaAPI):
    """Ninja, with operations named as their functions are."""

    def get_openapi_operation_id(self, operation) -> str:
        """Such as `get_store`."""
        return operation.view_func.__name__


api = Api(
    title="Serverlesspresso",
    version="1",
    urls_namespace="api",
    auth=bearer,
    parser=request_bodies.JsonParser(),
    openapi_url=None,
    docs_url=None,
    servers=[{"url": "/", "description": "The bar that gave this description."}],
    openapi_extra={
        "info": {"license": {"name": "MIT", "identifier": "MIT"}},
        "tags": [
            {"name": "Stores", "description": "What a store offers, its code, its orders and its log."},
            {"name": "Orders", "description": "An order, for its owner and its store's staff."},
        ],
    },
)
problems.install(api)


def problem_details(view: Callable) -> Callable:
    """Wrap a view: the body within bounds before it, every refusal and mistake a problem after it.

    HEAD is answered as GET is; the server leaves out the body.
    """

    @functools.wraps(view)
    def wrapper(request: HttpRequest, *args, **kwargs) -> HttpResponse:
        if request.method == "HEAD":
            request.method = "GET"
        try:
            request_bodies.read_body(request)
            response = view(request, *args, **kwargs)
        except Exception as error:
            response = api.on_exception(request, error)
        return problems.not_allowed(response) if response.status_code == 405 else response

    return wrapper
