"""What is kept: SQLAlchemy Core on SQLite and PostgreSQL. SQL is written here and nowhere else."""
