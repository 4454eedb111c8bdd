"""The API's addresses: no slash at the end."""

from django.urls import path, re_path
from django.utils.module_loading import autodiscover_modules
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from . import openapi_docs
from .api import api, problem_details
from .problems import missing

app_name = "api"
autodiscover_modules("api")  # as the admin does: each app's calls come in with its module of that name
_calls, _app, _namespace = api.urls
for _call in _calls:
    _call.callback = problem_details(_call.callback)  # type: ignore[arg-type]
urlpatterns = [
    path("openapi.json", problem_details(csrf_exempt(require_safe(openapi_docs.openapi))), name="openapi"),
    path("docs", problem_details(csrf_exempt(require_safe(openapi_docs.docs))), name="docs"),
    *_calls,
    re_path("", csrf_exempt(problem_details(missing))),
]
