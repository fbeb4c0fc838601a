"""What is known about one patient: the only patient the core knows, immutable and without I/O."""
