"""Numbered .sql files; what they do is said in their first lines."""
