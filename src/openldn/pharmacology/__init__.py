"""A simulator that explains doses and never decides: one model for a patient and for a population.

Nothing that screens, plans, dispenses or reviews imports it.
"""
