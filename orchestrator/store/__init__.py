"""PostgreSQL: the log of events, the tables pages read, and the engine itself. asyncpg only here."""
