"""PostgreSQL: tables, migrations, units of work; the only importer of sqlalchemy."""
