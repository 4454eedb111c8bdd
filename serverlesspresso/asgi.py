"""The one entry of all requests and sockets."""

import os
from importlib import import_module
from importlib.util import find_spec

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "serverlesspresso.settings")

from django.core.asgi import get_asgi_application  # isort: skip

django_application = get_asgi_application()  # before anything below imports models

from channels.auth import AuthMiddlewareStack  # noqa: E402
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402

from serverlesspresso.origins import SameOrigin  # noqa: E402

sockets = [
    route
    for app in ("orders", "baristas", "display")
    if find_spec(f"{app}.routing")
    for route in import_module(f"{app}.routing").websocket_urlpatterns
]
application = ProtocolTypeRouter(
    {"http": django_application, "websocket": SameOrigin(AuthMiddlewareStack(URLRouter(sockets)))}
)
