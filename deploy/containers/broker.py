"""The broker's settings in a container: those of the local stack, with TLS on its listeners."""

from __future__ import annotations

from pathlib import Path

from deploy.local.kafka_properties import KafkaNode, server_properties

_JAAS = "listener.name.{}.scram-sha-{}.sasl.jaas.config"


def broker_properties(node: KafkaNode, secrets: Path, outside_port: int) -> str:
    """The text of `server.properties`; it holds the node's passwords.

    CLIENT is for the containers; OUTSIDE is what partners on this machine reach at `localhost`.
    `secrets` holds `kafka.pem` (key, then certificate) and `ca.crt`.
    """
    lines = dict(line.split("=", 1) for line in server_properties(node).splitlines())
    controller = f"CONTROLLER://127.0.0.1:{node.controller_port}"
    lines |= {
        "listeners": (
            f"CLIENT://{node.listen}:{node.port},OUTSIDE://{node.listen}:{outside_port},{controller}"
        ),
        "advertised.listeners": (
            f"CLIENT://{node.host}:{node.port},OUTSIDE://localhost:{outside_port}"
        ),
        # The controller's listener is on the container's own loopback.
        "listener.security.protocol.map": (
            "CLIENT:SASL_SSL,OUTSIDE:SASL_SSL,CONTROLLER:SASL_PLAINTEXT"
        ),
        **{_JAAS.format("outside", n): lines[_JAAS.format("client", n)] for n in (512, 256)},
        "ssl.keystore.type": "PEM",
        "ssl.keystore.location": str(secrets / "kafka.pem"),
        "ssl.truststore.type": "PEM",
        "ssl.truststore.location": str(secrets / "ca.crt"),
        "ssl.enabled.protocols": "TLSv1.3,TLSv1.2",
    }
    return "".join(f"{name}={value}\n" for name, value in lines.items())
