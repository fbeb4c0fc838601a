"""Follow-up: the diary steers the plan."""
