"""Kernels written from the models (`openldn.pharmacology.kernel`)."""
