"""The jobs of `docker-compose.yml` that run once: secrets and certificates, database."""
