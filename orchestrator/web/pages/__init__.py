"""What each page shows: from what is known to what its template needs, and the handlers that answer."""
