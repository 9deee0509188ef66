"""Real browsers on a real installation: what only a browser can tell."""
