"""OpenLDN: from a patient's record to a verdict, a measurable plan and its follow-up."""

__version__ = "0.1.0"
