"""What is known about the drug, each value with its source: data in YAML, its shape in `schema`.

Nothing here decides about a patient. Numbers, lists and wording live in the YAML files of this
folder; *if* and *then* live in the packages above.
"""
