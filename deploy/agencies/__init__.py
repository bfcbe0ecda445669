"""The agencies of each installation: one TOML file, read by `shared.contracts.agencies`."""
