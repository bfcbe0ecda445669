"""The logins of services in PostgreSQL.

python -m deploy.postgres rotate --help
"""
