"""Two plug-ins for Marshrut to learn from."""
