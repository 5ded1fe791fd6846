"""Media: from an encoder's signal to what the public may see."""
