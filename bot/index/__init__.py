"""The built index and the folder it lives in."""
