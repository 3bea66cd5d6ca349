"""What every test may ask for. Each fixture lives beside the thing it starts; this file stays a list."""

from shared.telemetry import logs

pytest_plugins = ["tests.kafka.fixtures", "tests.postgres.fixtures", "tests.world.fixtures"]

logs.configure(service="test", process="test", level="error")  # as the product logs: no locals, no words
