"""The web server, in this process and its workers."""

from __future__ import annotations

import threading
from typing import Any, Final

from django.db import connections
from gunicorn.app.base import BaseApplication

from openldn.clinic.rounds import keep_going_round
from openldn.clinic.wsgi import application
from openldn.pharmacology.simulate import warm_up

_THREADS: Final = 4
_STOPPED: Final = threading.Event()


class Server(BaseApplication):  # type: ignore[misc]
    """gunicorn with our settings; the application is loaded before its workers, which share it."""

    def __init__(self, host: str, port: int, workers: int) -> None:
        self.bind = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        self.workers = workers
        super().__init__()

    def load_config(self) -> None:
        """What gunicorn asks for."""
        told = {
            "bind": self.bind,
            "workers": self.workers,
            "threads": _THREADS,
            "worker_class": "gthread",
            "preload_app": True,
            "loglevel": "warning",
            "control_socket_disable": True,
            "post_worker_init": _begins,
            "worker_exit": _ends,
        }
        for name, value in told.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        """The application."""
        return application


def serve(host: str, port: int, workers: int) -> None:
    """Serve until somebody stops it."""
    # A connection that two processes share destroys a SQLite file.
    connections.close_all()
    Server(host, port, workers).run()


def _begins(worker: Any) -> None:
    """Each worker goes round too: whoever comes first to a patient looks at the diary.

    The simulator is compiled beside it where this machine has not yet, so that no page waits for that.
    """
    threading.Thread(target=keep_going_round, args=(_STOPPED,), name="morning round", daemon=True).start()
    threading.Thread(target=warm_up, name="simulator", daemon=True).start()


def _ends(server: Any, worker: Any) -> None:
    """Let the round end with its worker."""
    _STOPPED.set()
