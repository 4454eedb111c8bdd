"""What the environment decides. Each environment is read by a process of its own."""

import json
import os
import subprocess
import sys

import pytest
from django.conf import settings

from serverlesspresso.core.env import Environment

SCRIPT = """
import json
from serverlesspresso import settings
print(json.dumps({name: getattr(settings, name) for name in dir(settings) if name.isupper()}, default=str))
"""


@pytest.fixture(scope="module")
def settings_in(tmp_path_factory):
    """Settings by name, in an environment of nothing but what is given."""
    folder = tmp_path_factory.mktemp("data")

    def read(**environment):
        output = subprocess.run(
            [sys.executable, "-c", SCRIPT],
            cwd=settings.BASE_DIR,
            env={"PATH": os.environ["PATH"], "DATA_DIR": str(folder)} | environment,
            capture_output=True,
            text=True,
            check=True,
        )
        return json.loads(output.stdout)

    return read


def test_without_anything_given_one_process_does_it_all(settings_in):
    said = settings_in()
    assert said["EMBEDDED"] is True
    assert said["DEBUG"] is False
    assert (said["HOST"], said["PORT"]) == ("0.0.0.0", 8000)
    assert said["CELERY_BROKER_URL"].startswith("memory://")
    assert said["DATABASES"]["default"]["ENGINE"].endswith("sqlite3")
    assert said["ALLOWED_HOSTS"][0] == "*"


def test_plain_http_promises_no_encryption(settings_in):
    said = settings_in(PUBLIC_URL="http://192.168.7.20:8000")
    assert said["SESSION_COOKIE_SECURE"] is False
    assert said["SESSION_COOKIE_NAME"] == "sessionid"
    assert said["SECURE_HSTS_SECONDS"] == 0


def test_https_keeps_cookies_to_this_host_and_to_encrypted_connections(settings_in):
    said = settings_in(PUBLIC_URL="https://coffee.example.org/")
    for cookie in ("SESSION", "CSRF", "LANGUAGE"):
        assert said[f"{cookie}_COOKIE_SECURE"] is True
        assert said[f"{cookie}_COOKIE_NAME"].startswith("__Host-")
    assert said["SECURE_HSTS_SECONDS"] >= 31_536_000
    assert said["CSRF_TRUSTED_ORIGINS"] == ["https://coffee.example.org"]


def test_a_proxy_is_believed_only_when_its_number_is_given(settings_in):
    assert "SECURE_PROXY_SSL_HEADER" not in settings_in(PUBLIC_URL="https://coffee.example.org")
    said = settings_in(PUBLIC_URL="https://coffee.example.org", TRUSTED_PROXIES="1")
    assert said["SECURE_PROXY_SSL_HEADER"] == ["HTTP_X_FORWARDED_PROTO", "https"]
    assert said["SECURE_SSL_REDIRECT"] is True
    assert said["ALLAUTH_TRUSTED_PROXY_COUNT"] == 1


@pytest.mark.parametrize("address", ["coffee.example.org", "https://example.org/coffee", "ftp://example.org"])
def test_a_public_address_that_cannot_be_one_is_said_in_one_line(settings_in, address):
    with pytest.raises(subprocess.CalledProcessError) as failed:
        settings_in(PUBLIC_URL=address)
    assert failed.value.stderr.startswith(f"PUBLIC_URL is {address!r}")
    assert failed.value.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("name", "value", "so"),
    [
        ("PORT", "abc", "PORT is 'abc'; it must be a number from 1 to 65535."),
        ("REDIS_URL", "nonsense", "it must be like redis://"),
        ("DATABASE_URL", "nonsense", "it must be like postgres://"),
        ("DATABASE_URL", "mysql://coffee:secret@db/coffee", "it must be like postgres://"),
        ("EMAIL_URL", "mail.example.org", "it must be like smtp+tls://"),
        ("TRUSTED_PROXIES", "two", "it must be a whole number"),
        ("SMS_PRICE", "cheap", "it must be a number"),
        ("TRUSTED_PROXIES", "-1", "it must be a whole number from 0 on"),
        ("SMS_BUDGET", "nan", "it must be a number from 0 on"),
        ("SECOND_FACTOR", "enabled", "it must be on or off"),
        ("DEBUG", "maybe", "it must be on or off"),
        ("SMS_OPTIONS", "{", "it must be JSON"),
        ("SMS_OPTIONS", "5", "it must be a JSON object"),
        ("EXTENSIONS", "metrics,karaoke", "EXTENSIONS names karaoke; there are only "),
        ("LOG_LEVEL", "loud", "it must be DEBUG, INFO"),
    ],
)
def test_what_cannot_be_read_is_said_in_one_line_that_says_what_it_must_be(settings_in, name, value, so):
    with pytest.raises(subprocess.CalledProcessError) as failed:
        settings_in(**{name: value})
    said = failed.value.stderr
    assert said.startswith(name) and so in said
    assert said.count("\n") == 1
    assert "secret" not in said


def test_a_pool_without_a_connection_is_said_in_one_line(settings_in):
    with pytest.raises(subprocess.CalledProcessError) as failed:
        settings_in(DATABASE_URL="postgres://localhost/coffee", DATABASE_POOL="0")
    assert failed.value.stderr == "DATABASE_POOL is 0; it must be at least 1.\n"


@pytest.mark.parametrize(
    ("typed", "on"), [("on", True), ("Yes", True), (" 1 ", True), ("off", False), ("No", False), ("0", False)]
)
def test_a_switch_is_what_was_typed(settings_in, typed, on):
    assert settings_in(SECOND_FACTOR=typed)["SECOND_FACTOR"] is on


def test_an_empty_switch_is_the_default_and_not_off(settings_in):
    assert settings_in(PUBLIC_URL="https://coffee.example.org", SECOND_FACTOR="")["SECOND_FACTOR"] is True


def test_blanks_between_names_do_not_count(settings_in):
    said = settings_in(ALLOWED_HOSTS="a.example.org, b.example.org ,", PRIVATE_HOSTS=" till , ")
    assert said["ALLOWED_HOSTS"][:2] == ["a.example.org", "b.example.org"]
    assert said["PRIVATE_HOSTS"] == ["till"]


def test_what_is_empty_counts_as_not_given(settings_in):
    given = ("HOST", "PORT", "DATABASE_URL", "REDIS_URL", "EMAIL_URL", "TRUSTED_PROXIES", "SMS_OPTIONS")
    empty, none = settings_in(LOG_LEVEL="", **dict.fromkeys(given, "")), settings_in()
    for name in ("HOST", "PORT", "EMBEDDED", "EMAIL_BACKEND", "TRUSTED_PROXIES", "SMS_OPTIONS", "LOGGING"):
        assert empty[name] == none[name]
    assert empty["DATABASES"]["default"]["ENGINE"] == none["DATABASES"]["default"]["ENGINE"]


@pytest.mark.parametrize(
    ("environment", "hosts"),
    [
        ({"PUBLIC_URL": "https://coffee.example.org"}, ["coffee.example.org"]),
        ({"PUBLIC_URL": "http://bar.local:8000", "ALLOWED_HOSTS": "a,b"}, ["a", "b", "bar.local"]),
        ({"ALLOWED_HOSTS": "a"}, ["a"]),
    ],
)
def test_hosts_are_those_given_and_this_machine(settings_in, environment, hosts):
    assert settings_in(**environment)["ALLOWED_HOSTS"] == [*hosts, "localhost", "127.0.0.1", "[::1]"]


def test_with_servers_not_every_host_is_ours(settings_in):
    said = settings_in(REDIS_URL="redis://localhost")
    assert said["EMBEDDED"] is False
    assert "*" not in said["ALLOWED_HOSTS"]
    assert said["CELERY_BROKER_URL"] == "redis://localhost"
    assert "pubsub" in said["CHANNEL_LAYERS"]["default"]["BACKEND"]


def test_another_broker_carries_the_tasks_and_nothing_else(settings_in):
    rabbit = "amqp://coffee:secret@rabbit:5672/coffee"
    said = settings_in(REDIS_URL="redis://localhost", CELERY_BROKER_URL=rabbit)
    assert said["CELERY_BROKER_URL"] == rabbit
    assert said["CELERY_BROKER_TRANSPORT_OPTIONS"] == {"confirm_publish": True}
    assert said["CELERY_WORKER_DISABLE_PREFETCH"] is False, "only Redis can"
    assert said["CHANNEL_LAYERS"]["default"]["CONFIG"]["hosts"] == ["redis://localhost"]


def test_a_broker_without_redis_is_said_in_one_line(settings_in):
    with pytest.raises(subprocess.CalledProcessError) as failed:
        settings_in(CELERY_BROKER_URL="amqp://rabbit")
    assert failed.value.stderr == (
        "CELERY_BROKER_URL is for a bar in several processes: give REDIS_URL too.\n"
    )


def test_nothing_waits_in_the_broker_and_no_result_is_kept(settings_in):
    said = settings_in(REDIS_URL="redis://localhost")
    assert said["CELERY_RESULT_BACKEND"] is None
    assert said["CELERY_TASK_ACKS_LATE"] is True
    assert said["CELERY_ACCEPT_CONTENT"] == ["json"]
    assert said["CELERY_BROKER_TRANSPORT_OPTIONS"]["visibility_timeout"] > 2 * said["CELERY_TASK_TIME_LIMIT"]


def test_postgresql_gives_up_rather_than_hang(settings_in):
    options = settings_in(DATABASE_URL="postgres://localhost/coffee")["DATABASES"]["default"]["OPTIONS"]
    assert "statement_timeout" in options["options"]
    assert options["pool"]["timeout"] == 3


def test_extensions_are_switched_off_by_name(settings_in):
    assert not [app for app in settings_in(EXTENSIONS="")["INSTALLED_APPS"] if app.startswith("extensions")]


def test_an_extension_whose_package_is_missing_says_so_at_the_start(tmp_path):
    for name in ("journey", "tickets"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "apps.py").touch()
    (tmp_path / "tickets/requirements.in").write_text("django\nno-such-printer\n")
    with pytest.raises(SystemExit, match=r"extension tickets needs no-such-printer: .* leave tickets out"):
        Environment().extensions("EXTENSIONS_HERE", tmp_path)
    (tmp_path / "tickets/requirements.in").write_text("django\n")
    assert Environment().extensions("EXTENSIONS_HERE", tmp_path) == ["journey", "tickets"]


def test_a_key_that_is_given_is_used_and_one_that_is_not_is_kept(settings_in):
    assert settings_in(SECRET_KEY="given")["SECRET_KEY"] == "given"
    assert settings_in()["SECRET_KEY"] == settings_in()["SECRET_KEY"] != "given"


def test_with_servers_limits_are_kept_in_the_database_and_not_in_redis(settings_in):
    said = settings_in(DATABASE_URL="postgres://localhost/coffee", REDIS_URL="redis://localhost")
    assert said["CACHES"]["default"]["BACKEND"].endswith("DatabaseCache")
    assert settings_in()["CACHES"]["default"]["BACKEND"].endswith("LocMemCache")
