"""Tapering an opioid in what the pharmacy has: never up, never below the target, as close to it as can be."""
