"""The data types of machine learning, small floats and integers, by the optional package ``ml_dtypes``.

Their documents are read and written without it; it is imported when a native dtype or a scalar is needed.
"""
