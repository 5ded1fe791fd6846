"""What each page shows: pure functions from what is known to what its template needs, and the handlers that answer with it."""
