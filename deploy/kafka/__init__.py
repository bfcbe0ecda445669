"""Topics, logins and rights of a Kafka cluster, made from the catalogue and held against it.

python -m deploy.kafka apply|drift|rotate|suspend|resume --help
"""

from deploy.kafka.changes import apply, drift, resume, rotate, suspend

__all__ = ["apply", "drift", "resume", "rotate", "suspend"]
