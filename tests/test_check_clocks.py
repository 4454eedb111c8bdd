"""`bin/check-clocks` refuses a time that is not the bar's own, and lets through what is right."""

import importlib.machinery
import importlib.util
import subprocess
import sys

import pytest
from django.conf import settings

SCRIPT = settings.BASE_DIR / "bin" / "check-clocks"


@pytest.fixture(scope="module")
def check():
    loader = importlib.machinery.SourceFileLoader("check_clocks", str(SCRIPT))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("check_clocks", loader))
    loader.exec_module(module)
    return module


@pytest.fixture
def says(check, tmp_path):
    """Whether a line in a file of that kind is refused."""

    def says(kind: str, text: str) -> bool:
        file = tmp_path / f"file.{kind}"
        file.write_text(text)
        return bool(check.faults(file))

    return says


def test_the_house_itself_tells_the_right_time():
    done = subprocess.run([sys.executable, SCRIPT], check=False, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("py", "today = clock.now().date()"),
        ("py", "class A:\n    def day(self):\n        return self.order.created_at.date()"),
        ("py", "day = moment.astimezone(dt.UTC).date()"),
        ("py", "orders.filter(created_at__date=day)"),
        ("py", "orders.annotate(hour=TruncHour('completed_at'))"),
        ("py", "cell = order.created_at.strftime('%H:%M')"),
        ("py", "cell = order.created_at.isoformat()"),
        ("py", "text = f'{order.created_at:%H:%M}'"),
        ("py", "text = date_format(order.created_at, 'H:i')"),
        ("py", "now = timezone.now()"),
        ("py", "now = dt.datetime.now(dt.UTC)"),
        ("py", "today = dt.date.today()"),
        ("html", '<p>{{ order.created_at|time:"H:i" }}</p>'),
        (
            "html",
            '{% blocktranslate with time=order.created_at|time:"H:i" %}at {{ time }}{% endblocktranslate %}',
        ),
        ("html", '<p>{{ order.created_at|date:"DATETIME_FORMAT" }}</p>'),
        ("html", "<p>{{ order.created_at }}</p>"),
        ("html", '{% now "H:i" %}'),
        ("js", "clock.textContent = format.format(new Date());"),
        ("js", "const now = new Date;"),
        ("js", "show(new Date(Date.now()).toLocaleTimeString(lang, { timeZone }));"),
        ("js", "text = moment.toLocaleTimeString(lang);"),
        ("js", "if (new Date(serverNow()).getHours() < 5) reload();"),
        ("js", "const left = Date.parse(end) - Date.now();"),
    ],
)
def test_a_time_that_is_not_the_bars_is_refused(says, kind, text):
    assert says(kind, text)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("py", "today = store.local_day(clock.now())"),
        ("py", "today = moment.astimezone(store.zone).date()"),
        ("py", "text = f'{moment.astimezone(store.zone):%H:%M}'"),
        (
            "py",
            "def f(m, store):\n    there = m.astimezone(store.zone)\n    return date_format(there, 'H:i')",
        ),
        ("py", "text = day.isoformat() + f'{seconds:.1f} {share:.0%}'"),
        ("py", "orders.annotate(hour=TruncHour('completed_at', tzinfo=store.zone))"),
        ("py", "now = timezone.now()  # clock: as Django does"),
        ("html", '{{ order.created_at|timezone:order.store.zone|time:"H:i" }}'),
        ("html", '<time datetime="{{ order.created_at|date:"c" }}"></time>'),
        ("html", '{{ purge_on|date:"DATE_FORMAT" }} {{ day|date:"Y-m-d" }}'),
        ("js", "const waited = Date.now() - began;"),
        ("js", "write(clock, format.format(serverNow()));"),
        ("js", "const seconds = (serverNow() - Date.parse(since)) / 1000;"),
        ("js", "new Intl.DateTimeFormat(lang, { timeZone: zone });"),
    ],
)
def test_the_bars_own_time_is_let_through(says, kind, text):
    assert not says(kind, text)
