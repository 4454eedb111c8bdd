"""The one entry of all requests and sockets."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "serverlesspresso.settings")

import django  # isort: skip

django.setup(set_prefix=False)  # before anything below imports models

from channels.auth import AuthMiddlewareStack  # noqa: E402
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from channels.security.websocket import WebsocketDenier  # noqa: E402
from django.urls import re_path  # noqa: E402

from baristas import routing as baristas  # noqa: E402
from display import routing as display  # noqa: E402
from orders import routing as orders  # noqa: E402
from organisers import routing as organisers  # noqa: E402

from .accounts.mfa.enforcement import SecondFactorSockets  # noqa: E402
from .server.asgi_handler import Handler  # noqa: E402
from .server.concurrency import PasswordLane, PinLane, ScanLimiter  # noqa: E402
from .web import extension_loader  # noqa: E402
from .web.websocket_origin import SameOrigin  # noqa: E402

sockets = [
    *orders.websocket_urlpatterns,
    *baristas.websocket_urlpatterns,
    *display.websocket_urlpatterns,
    *organisers.websocket_urlpatterns,
    *extension_loader.sockets(),
    re_path("", WebsocketDenier.as_asgi()),  # any other address is refused, where Channels would crash
]
http = ScanLimiter(PasswordLane(PinLane(Handler())))
application = ProtocolTypeRouter(
    {"http": http, "websocket": SameOrigin(AuthMiddlewareStack(SecondFactorSockets(URLRouter(sockets))))}
)
