"""Topics, logins and rights of a Kafka cluster, made from the catalogue and held against it.

python -m deploy.kafka apply|drift|rotate|suspend|resume --help
"""

from deploy.kafka.changes import (
    apply,
    drift,
    finish_rotation,
    resume,
    rotate,
    rotate_at_once,
    suspend,
)

__all__ = [
    "apply",
    "drift",
    "finish_rotation",
    "resume",
    "rotate",
    "rotate_at_once",
    "suspend",
]
