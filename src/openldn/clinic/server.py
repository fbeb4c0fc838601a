"""How gunicorn serves the clinic; read by it under the names that it expects."""

from __future__ import annotations

import threading
from typing import Any, Final

STOPPED: Final = threading.Event()

preload_app = True
worker_class = "gthread"
threads = 4
loglevel = "warning"
control_socket_disable = True


def post_worker_init(worker: Any) -> None:
    """Each worker goes round too: whoever comes first to a patient looks at the diary."""
    from openldn.clinic.rounds import keep_going_round  # noqa: PLC0415 - after Django is loaded

    threading.Thread(target=keep_going_round, args=(STOPPED,), name="morning round", daemon=True).start()


def worker_exit(server: Any, worker: Any) -> None:
    """Let the round end with its worker."""
    STOPPED.set()
