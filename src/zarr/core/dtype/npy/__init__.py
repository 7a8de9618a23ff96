"""The data types that NumPy itself has, one file per family."""
