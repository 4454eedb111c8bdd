"""HTTP and sockets of the usual bar, by Daphne on an inherited listening socket."""

import os
import sys

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bench.usual.settings")

from django.core.asgi import get_asgi_application

http = get_asgi_application()

from channels.auth import AuthMiddlewareStack  # noqa: E402
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from django.urls import path  # noqa: E402

from .consumers import Phone, Screen  # noqa: E402

application = ProtocolTypeRouter(
    {
        "http": http,
        "websocket": AuthMiddlewareStack(
            URLRouter(
                [
                    path("ws/orders/<int:pk>/", Phone.as_asgi()),
                    path("ws/<str:kind>/<slug:slug>/", Screen.as_asgi()),
                ]
            )
        ),
    }
)

if __name__ == "__main__":
    from daphne.server import Server

    Server(application=application, endpoints=[f"fd:fileno={int(sys.argv[1])}"], verbosity=0).run()
