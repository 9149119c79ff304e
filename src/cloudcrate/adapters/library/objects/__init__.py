"""The library in an object store: made whole in a local folder, uploaded, verified there."""
