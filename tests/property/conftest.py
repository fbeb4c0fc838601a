"""The same examples on every run and every machine."""

from hypothesis import HealthCheck, settings

settings.register_profile(
    "fixed",
    derandomize=True,
    deadline=None,
    max_examples=50,
    suppress_health_check=list(HealthCheck),
    database=None,
)
settings.load_profile("fixed")
