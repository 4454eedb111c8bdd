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

from serverlesspresso.core import data_dir, metrics
from serverlesspresso.server import (
    bootstrap,
    connections,
    daphne,
    process_definitions,
    startup_banner,
    static_files,
    supervisor,
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
        connections.raise_limit()
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
            bootstrap.checkpoint()

    def _listen(self) -> socket.socket:
        """The listening socket; or one clear line and the end, for what whoever started us can mend."""
        if not settings.EMBEDDED and connection.vendor == "sqlite":
            raise SystemExit(
                "REDIS_URL is for a bar in several processes, which want PostgreSQL: give DATABASE_URL too,"
                " like postgres://user:password@localhost:5432/coffee, or leave REDIS_URL out."
            )
        try:
            data_dir.prepare(settings.DATA_DIR)
            return daphne.listen(settings.HOST, settings.PORT)
        except data_dir.Unusable as problem:
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
        bootstrap.prepare()
        static_files.collect_in_child()
        self.stdout.write(startup_banner.text(self.stdout.isatty()))

    def _await_database(self) -> None:
        """A server that starts beside us may need a moment. One that is not there, or behind a pooler
        that spoils something: one line."""
        if connection.vendor == "sqlite":
            return
        import psycopg

        from serverlesspresso.core.db import connection as postgres

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
        supervisor.run_in_child(self._prepare, process_definitions.load)
        process_definitions.freeze()
        supervisor.run(process_definitions.children(listener, web_processes))

    def _embedded(self, listener: socket.socket, *, signals: bool = True) -> None:
        from serverlesspresso.server.embedded import workers

        with workers():
            daphne.serve(listener.fileno(), signals=signals)
        bootstrap.checkpoint()
        self.stdout.write("Stopped.")
        daphne.leave()


def _quit(*_):
    raise SystemExit(0)
