"""The installed app: its manifest, the service worker, and the page it shows without a network.

Nothing depends on it: over plain http to a network address browsers run no service worker at all.
"""

import hashlib

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import get_language, get_language_bidi
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

_ICONS = (("192", "any"), ("512", "any"), ("512", "maskable"))
_PARTS = ("css/tokens.css", "css/base.css", "js/offline.js", "favicon.svg")
"""What the page without a network is made of."""


@require_safe
@cache_control(max_age=3600)
def manifest(request: HttpRequest) -> HttpResponse:
    """What a phone wants to know to put this on its home screen, in the reader's language."""
    icons = [
        {
            "src": static(f"icons/{'app' if purpose == 'any' else purpose}-{size}.png"),
            "sizes": f"{size}x{size}",
            "type": "image/png",
            "purpose": purpose,
        }
        for size, purpose in _ICONS
    ]
    icons.append({"src": static("favicon.svg"), "sizes": "any", "type": "image/svg+xml", "purpose": "any"})
    about = {
        "id": "/",
        "name": "Serverlesspresso",
        "short_name": "Espresso",
        "description": _("Order a coffee on your phone, and watch it being made."),
        "start_url": "/",
        "scope": "/",
        "display": "standalone",
        "background_color": "#fbf5ec",
        "theme_color": "#fbf5ec",
        "lang": get_language(),
        "dir": "rtl" if get_language_bidi() else "ltr",
        "icons": icons,
    }
    return JsonResponse(about, content_type="application/manifest+json")


@require_safe
@cache_control(no_cache=True)
def worker(request: HttpRequest) -> HttpResponse:
    """The service worker. It keeps the page for no network, and shows what is pushed."""
    page = render_to_string("shell/offline.html", {"csp_nonce": ""})
    shell = [reverse("offline"), *map(static, _PARTS)]
    icon = static("icons/app-192.png")
    version = hashlib.sha256((page + " ".join(shell)).encode()).hexdigest()[:12]
    script = render_to_string("shell/sw.js", {"shell": shell, "version": version, "icon": icon})
    return HttpResponse(script, content_type="text/javascript")


@require_safe
@cache_control(no_cache=True)
def offline(request: HttpRequest) -> HttpResponse:
    """What the service worker keeps for when there is no network."""
    return render(request, "shell/offline.html")
