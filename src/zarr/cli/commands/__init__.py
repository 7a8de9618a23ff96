"""One file per command; all files here are found by listing the folder."""
