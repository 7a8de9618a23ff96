"""The inside of the package; see docs/design.md for its floors."""
