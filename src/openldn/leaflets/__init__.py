"""Paper for the patient: the plan's own values in words and pictures, nothing decided here."""
