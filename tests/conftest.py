"""What every test may ask for. Each fixture lives beside the thing it starts; this file stays a list."""

pytest_plugins = ["tests.kafka.fixtures", "tests.postgres.fixtures", "tests.world.fixtures"]
