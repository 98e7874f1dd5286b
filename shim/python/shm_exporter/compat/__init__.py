"""Other libraries' module names, for the change of one import line."""
