"""Rules of dockerfix that hold at Acme."""
