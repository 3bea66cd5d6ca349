"""What every test may ask for. Each fixture lives beside the thing it starts; this file stays a list."""

pytest_plugins = ["tests.kafka.fixtures", "tests.postgres.fixtures", "tests.world.fixtures"]

from shared.telemetry import logs

logs.configure(service="test", process="test", level="error")  # as the product logs: no locals, no words
