"""Contracts: what a store, a codec, a buffer and a metadata document must offer."""
