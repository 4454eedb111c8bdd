"""Where am I signed in? One's sessions, and ending them."""

from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def sessions(request) -> HttpResponse:
    """The browsers this person is signed in with; POST ends one of them (`end`), or all but this one."""
    mine = UserSession.objects.purge_and_list(request.user)
    others = [each for each in mine if each.session_key != request.session.session_key]
    if request.method != "POST":
        mine.sort(key=lambda each: each.created_at, reverse=True)
        return render(request, "accounts/sessions.html", {"sessions": mine, "others": others})
    chosen = request.POST.get("end", "")
    ended = [each for each in others if chosen in (str(each.pk), "others")]
    for each in ended:
        each.end()
    if ended:
        messages.success(request, _("That session has been signed out."))
    return redirect("usersessions_list")
