"""Proofs: every history a rule can meet, visited; what may never happen, looked for in each."""
