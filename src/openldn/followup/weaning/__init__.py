"""An opioid taper, steered: what the diary asks for, and what a prescriber signs."""
