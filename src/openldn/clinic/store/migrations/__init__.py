"""The tables as they came to be: forward only."""
