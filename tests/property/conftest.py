"""The same examples on every run and machine: a failure can be met again."""

from hypothesis import HealthCheck, settings

settings.register_profile(
    "openldn", derandomize=True, deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("openldn")
