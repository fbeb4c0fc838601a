"""The clinic's settings for tests: state in a folder of its own that goes away."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile

_VAR = tempfile.mkdtemp(prefix="openldn-clinic-")
atexit.register(shutil.rmtree, _VAR, ignore_errors=True)
os.environ["OPENLDN_VAR"] = _VAR

from openldn.clinic.settings import *  # noqa: E402, F403 - after the folder is set

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
"""Argon2 costs a tenth of a second each time; that it is used is tested in test_sign_in.py."""
