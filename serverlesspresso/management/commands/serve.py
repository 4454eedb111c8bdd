"""`manage.py serve`: the whole bar, in one process or, with servers given, in several."""

import os
import signal
import socket
import sys
import time

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import connection
from django.utils import autoreload

from serverlesspresso import (
    crowd,
    datadir,
    installation,
    metrics,
    parts,
    statics,
    supervisor,
    web,
    welcome,
)


class Command(BaseCommand):
    help = "Run the bar: web server, live screens and workers. bin/run starts it."
    requires_system_checks = []
    requires_migrations_checks = False

    def add_arguments(self, parser):
        """Only what the environment cannot say."""
        parser.add_argument(
            "--reload", action="store_true", help="start again when code changes (one process only)"
        )
        parser.add_argument(
            "--processes", type=int, default=0, help="web processes, with servers given [one per core]"
        )

    def handle(self, *, reload, processes, **options):
        """Check, prepare, say where it is, serve."""
        signal.signal(signal.SIGTERM, _quit)
        signal.signal(signal.SIGINT, _quit)
        if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:  # the terminal's window was closed; not `nohup`
            signal.signal(signal.SIGHUP, lambda *_: os.kill(os.getpid(), signal.SIGTERM))
        sys.stdout.reconfigure(errors="replace", line_buffering=True)
        crowd.raise_limit()
        restarted = os.environ.get(autoreload.DJANGO_AUTORELOAD_ENV) == "true"
        listener = self._listen()
        if not settings.EMBEDDED:
            return self._several(listener, processes or os.cpu_count() or 1)
        try:
            if not restarted:
                self._prepare()
            if not reload:
                return self._embedded(listener)
            if not restarted:
                listener.close()  # the process that is started anew each time listens by itself
            autoreload.run_with_reloader(self._embedded, listener, signals=False)
        finally:
            installation.checkpoint()

    def _listen(self) -> socket.socket:
        """The listening socket; or one clear line and the end, for what whoever started us can mend."""
        if not settings.EMBEDDED and connection.vendor == "sqlite":
            raise SystemExit(
                "REDIS_URL is for a bar in several processes, which want PostgreSQL: give DATABASE_URL too,"
                " like postgres://user:password@localhost:5432/coffee, or leave REDIS_URL out."
            )
        try:
            datadir.prepare(settings.DATA_DIR)
            return web.listen(settings.HOST, settings.PORT)
        except datadir.Unusable as problem:
            raise SystemExit(str(problem)) from None
        except OSError as error:
            raise SystemExit(
                f"Port {settings.PORT} on {settings.HOST} cannot be used: {error.strerror or error}."
                " Give another with PORT=8001 bin/run"
            ) from None

    def _prepare(self) -> None:
        if self.stdout.isatty():
            self.stdout.write("Preparing the database …")
        self._await_database()
        installation.prepare()
        statics.gather_apart()
        self.stdout.write(welcome.text(self.stdout.isatty()))

    def _await_database(self) -> None:
        """A server that starts beside us may need a moment. One that is not there, or behind a pooler
        that spoils something: one line."""
        if connection.vendor == "sqlite":
            return
        import psycopg

        from serverlesspresso import postgres

        until = time.monotonic() + settings.DATABASE_WAIT
        while True:
            try:
                if spoiled := postgres.problem(connection):
                    raise SystemExit(spoiled)
                return
            except psycopg.OperationalError as error:
                if time.monotonic() > until:
                    raise SystemExit(f"The database does not answer: {str(error).strip()}") from None
                time.sleep(1)

    def _several(self, listener: socket.socket, web_processes: int) -> None:
        metrics.clean()
        supervisor.beside(self._prepare, parts.load)
        parts.freeze()
        supervisor.run(parts.children(listener, web_processes))

    def _embedded(self, listener: socket.socket, *, signals: bool = True) -> None:
        from serverlesspresso.embedded import workers

        with workers():
            web.serve(listener.fileno(), signals=signals)
        installation.checkpoint()
        self.stdout.write("Stopped.")
        web.leave()


def _quit(*_):
    raise SystemExit(0)
