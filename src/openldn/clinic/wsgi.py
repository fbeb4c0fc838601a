"""What the web server calls."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

from openldn.knowledge.load import load_knowledge

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "openldn.clinic.settings")
application = get_wsgi_application()
load_knowledge()  # before the workers are forked: they share it, and the first page need not wait for it
