"""Translate FHIR to and from the core, at the edge and without decisions."""
